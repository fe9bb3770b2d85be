package org.archipelago.federation.merkle;

import java.util.ArrayList;
import java.util.List;
import org.archipelago.contract.Digest;

/** RFC 9162 §2.1.1, §2.1.3.1 and §2.1.4.1 as they are written: recursive, over all leaves, with nothing remembered. */
public final class NaiveTree {
    private NaiveTree() {}

    public static Digest root(List<byte[]> entries) {
        return switch (entries.size()) {
            case 0 -> Digest.sha256();
            case 1 -> Digest.sha256(new byte[] {0}, entries.getFirst());
            default -> {
                int k = split(entries.size());
                yield node(root(entries.subList(0, k)), root(entries.subList(k, entries.size())));
            }
        };
    }

    private static Digest node(Digest left, Digest right) {
        return Digest.sha256(new byte[] {1}, left.toBytes(), right.toBytes());
    }

    public static List<Digest> path(int m, List<byte[]> entries) {
        int n = entries.size();
        if (n == 1) {
            return List.of();
        }
        int k = split(n);
        return m < k
                ? with(path(m, entries.subList(0, k)), root(entries.subList(k, n)))
                : with(path(m - k, entries.subList(k, n)), root(entries.subList(0, k)));
    }

    public static List<Digest> proof(int m, List<byte[]> entries) {
        return subproof(m, entries, true);
    }

    private static List<Digest> subproof(int m, List<byte[]> entries, boolean known) {
        int n = entries.size();
        if (m == n) {
            return known ? List.of() : List.of(root(entries));
        }
        int k = split(n);
        return m <= k
                ? with(subproof(m, entries.subList(0, k), known), root(entries.subList(k, n)))
                : with(subproof(m - k, entries.subList(k, n), false), root(entries.subList(0, k)));
    }

    private static List<Digest> with(List<Digest> path, Digest last) {
        List<Digest> all = new ArrayList<>(path);
        all.add(last);
        return all;
    }

    /** The largest power of two below n. */
    private static int split(int n) {
        int k = 1;
        while (2 * k < n) {
            k *= 2;
        }
        return k;
    }
}
