package org.archipelago.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.archipelago.contract.Actor;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.contract.study.StudyCommand.CommitInstances;
import org.archipelago.contract.study.StudyCopyId;
import org.archipelago.domain.study.StudyContents;
import org.archipelago.node.dimse.CommitmentCheck;
import org.archipelago.node.dimse.PendingReport.ReferencedInstance;

/**
 * The sender may delete what this says is committed, so every kept version is read to its end, authenticated, before it is said.
 * And it is recorded first, with one command for each study: from then on a change of an instance is a conflict, not a
 * correction. A quarantined object is not committed: no peer could retrieve it, and commitment promises that
 * (PS3.4 §J.1.1).
 */
final class DurabilityCheck implements CommitmentCheck {
    private static final System.Logger LOG = System.getLogger(DurabilityCheck.class.getName());
    private static final int BUFFER_BYTES = 128 << 10;

    private final Archive archive;

    DurabilityCheck(Archive archive) {
        this.archive = archive;
    }

    @Override
    public List<Result> check(List<ReferencedInstance> references, Actor requester) {
        List<Result> results = new ArrayList<>(references.size());
        Map<StudyCopyId, List<SopInstanceUid>> readable = new LinkedHashMap<>();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        for (ReferencedInstance reference : references) {
            SopInstanceUid instance = new SopInstanceUid(reference.sopInstanceUid());
            List<StudyContents> holders = archive.catalog().holdersOf(instance);
            Result result = result(holders, instance, new SopClassUid(reference.sopClassUid()), buffer);
            results.add(result);
            if (result == Result.COMMITTED) {
                holders.forEach(holder -> readable.computeIfAbsent(holder.copy().orElseThrow(), _ -> new ArrayList<>())
                        .add(instance));
            }
        }
        Set<SopInstanceUid> refused = commit(readable, requester);
        for (int i = 0; i < references.size(); i++) {
            SopInstanceUid instance = new SopInstanceUid(references.get(i).sopInstanceUid());
            if (results.get(i) == Result.COMMITTED && refused.contains(instance)) {
                results.set(i, Result.PROCESSING_FAILURE);
            }
        }
        return results;
    }

    /** @return the instances that a study copy did not commit */
    private Set<SopInstanceUid> commit(Map<StudyCopyId, List<SopInstanceUid>> readable, Actor requester) {
        Set<SopInstanceUid> refused = new HashSet<>();
        readable.forEach((copy, instances) -> {
            List<SopInstanceUid> left = new ArrayList<>(instances);
            left.removeAll(Set.copyOf(archive.commands().send(new CommitInstances(copy, instances, requester))));
            refused.addAll(left);
        });
        return refused;
    }

    /** Any kept version may be the one that the sender means, so one that cannot be read is none that is committed. */
    private Result result(
            List<StudyContents> holders, SopInstanceUid instance, SopClassUid sopClass, ByteBuffer buffer) {
        if (holders.isEmpty()) {
            return Result.NO_SUCH_OBJECT;
        }
        if (holders.stream()
                .noneMatch(holder -> current(holder, instance).sopClassUid().equals(sopClass))) {
            return Result.CLASS_INSTANCE_CONFLICT;
        }
        boolean whole = holders.stream()
                .allMatch(holder -> holder.instance(instance)
                        .orElseThrow()
                        .versions()
                        .allMatch(version -> isWhole(holder, version.object(), buffer)));
        return whole ? Result.COMMITTED : Result.PROCESSING_FAILURE;
    }

    private static StoredObject current(StudyContents holder, SopInstanceUid instance) {
        return holder.instance(instance).orElseThrow().current().object();
    }

    private boolean isWhole(StudyContents holder, StoredObject object, ByteBuffer buffer) {
        try (SeekableByteChannel plain = archive.bytes().open(holder.copy().orElseThrow().stream(), object.blob())) {
            if (lengthBytes(plain, buffer) == object.lengthBytes()) {
                return true;
            }
            LOG.log(System.Logger.Level.ERROR, "a stored object that is to be committed has another length");
        } catch (IOException e) {
            LOG.log(System.Logger.Level.ERROR, "a stored object that is to be committed cannot be read", e);
        } catch (ArchiveException e) {
            if (e.error().retry() == ArchiveError.Retry.LATER) {
                throw e;
            }
            LOG.log(System.Logger.Level.ERROR, "a stored object that is to be committed: {0}", e.getMessage());
        }
        return false;
    }

    private static long lengthBytes(SeekableByteChannel plain, ByteBuffer buffer) throws IOException {
        long read = 0;
        for (int count = 0; count >= 0; count = plain.read(buffer.clear())) {
            read += count;
        }
        return read;
    }
}
