package org.archipelago.node.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.archipelago.node.dicom.phantom.Phantoms.PhantomStudy;

/** Gives each site of a demo its studies, all sites at once. */
record DemoLoad(ObjectSenders senders, Map<DemoSite, NodeAddress> nodes) {
    /**
     * Through real associations, like modalities. What is there already is a retransmission and changes nothing.
     *
     * @return the images of each site
     */
    Map<DemoSite, Integer> run() throws InterruptedException {
        Map<DemoSite, Integer> images = new LinkedHashMap<>();
        nodes.keySet().forEach(site -> images.put(site, images(site)));
        List<Future<?>> sending = new ArrayList<>();
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor();
                ProgressLine progress = ProgressLine.start("loading", "images")) {
            progress.total(images.values().stream().mapToInt(Integer::intValue).sum());
            nodes.forEach((site, node) -> sending.add(each.submit(() -> {
                send(site, node, progress);
                return null;
            })));
        }
        for (Future<?> sent : sending) {
            requireSent(sent);
        }
        return images;
    }

    private static int images(DemoSite site) {
        return PhantomFile.studies(site).stream().mapToInt(PhantomStudy::count).sum();
    }

    private void send(DemoSite site, NodeAddress node, Progress progress) throws IOException {
        try (ObjectSenders.ObjectSender sender = senders.open(node, Optional.empty())) {
            for (PhantomStudy study : PhantomFile.studies(site)) {
                PhantomFile.send(sender, study, progress);
            }
        }
    }

    private static void requireSent(Future<?> sent) throws InterruptedException {
        try {
            sent.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof CommandFailure refused) {
                throw refused;
            }
            if (e.getCause() instanceof IOException broken) {
                throw new CommandFailure("Synthetic studies could not be sent to the node: " + broken.getMessage());
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
