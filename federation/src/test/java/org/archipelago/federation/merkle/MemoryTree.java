package org.archipelago.federation.merkle;

import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.Digest;

/** The tree in memory: the least that a tree can be. */
public final class MemoryTree implements HashTree {
    private final Frontier frontier = new Frontier();
    private final List<List<Digest>> levels = new ArrayList<>();

    public MemoryTree() {
        for (int level = 0; level < Long.SIZE; level++) {
            levels.add(new ArrayList<>());
        }
    }

    public void append(Digest leaf) {
        frontier.append(leaf, (level, _, hash) -> levels.get(level).add(hash));
    }

    public Digest frontierRoot() {
        return frontier.root();
    }

    @Override
    public long size() {
        return frontier.size();
    }

    @Override
    public Digest subtree(int level, long index) {
        return levels.get(level).get((int) index);
    }
}
