package org.archipelago.node.dimse;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.node.association.ProposedContext;
import org.archipelago.node.retrieve.HeldInstance;

/**
 * Splits instances into associations of at most 128 presentation contexts (PS3.8 §9.3.2.2): for each SOP Class one
 * context per stored transfer syntax, and one with the uncompressed ones besides.
 */
final class MovePlan {
    private MovePlan() {}

    /** What one association is opened for. */
    record Batch(List<HeldInstance> instances, List<ProposedContext> contexts) {}

    static List<Batch> of(List<HeldInstance> instances) {
        List<Batch> batches = new ArrayList<>();
        Map<String, Set<TransferSyntaxUid>> stored = new LinkedHashMap<>();
        List<HeldInstance> current = new ArrayList<>();
        for (HeldInstance instance : instances) {
            Map<String, Set<TransferSyntaxUid>> with = with(stored, instance);
            if (contexts(with).size() > ProposedContext.MOST_PER_ASSOCIATION) {
                batches.add(new Batch(List.copyOf(current), proposed(stored)));
                current.clear();
                with = with(Map.of(), instance);
            }
            stored = with;
            current.add(instance);
        }
        if (!current.isEmpty()) {
            batches.add(new Batch(List.copyOf(current), proposed(stored)));
        }
        return batches;
    }

    private static Map<String, Set<TransferSyntaxUid>> with(
            Map<String, Set<TransferSyntaxUid>> stored, HeldInstance instance) {
        String sopClass = instance.current().sopClassUid().value();
        TransferSyntaxUid syntax = instance.current().transferSyntax();
        if (stored.getOrDefault(sopClass, Set.of()).contains(syntax)) {
            return stored;
        }
        Map<String, Set<TransferSyntaxUid>> more = new LinkedHashMap<>();
        stored.forEach((c, s) -> more.put(c, new LinkedHashSet<>(s)));
        more.computeIfAbsent(sopClass, _ -> new LinkedHashSet<>()).add(syntax);
        return more;
    }

    private record Context(String sopClass, List<String> syntaxes) {}

    private static List<Context> contexts(Map<String, Set<TransferSyntaxUid>> stored) {
        List<Context> contexts = new ArrayList<>();
        stored.forEach((sopClass, syntaxes) -> {
            syntaxes.forEach(s -> contexts.add(new Context(sopClass, List.of(s.value()))));
            List<String> decoded = InstanceSender.UNCOMPRESSED.stream()
                    .filter(s -> !syntaxes.contains(s))
                    .map(TransferSyntaxUid::value)
                    .toList();
            if (!decoded.isEmpty()) {
                contexts.add(new Context(sopClass, decoded));
            }
        });
        return contexts;
    }

    private static List<ProposedContext> proposed(Map<String, Set<TransferSyntaxUid>> stored) {
        List<ProposedContext> proposed = new ArrayList<>();
        for (Context context : contexts(stored)) {
            proposed.add(new ProposedContext(2 * proposed.size() + 1, context.sopClass(), context.syntaxes()));
        }
        return proposed;
    }
}
