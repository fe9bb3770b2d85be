package org.archipelago.node;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
 * The sender may delete what this says is committed, so each object is read to its end, authenticated, before it is said.
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
        List<Result> results = new ArrayList<>(Collections.nCopies(references.size(), Result.NO_SUCH_OBJECT));
        Map<StudyCopyId, List<SopInstanceUid>> readable = new LinkedHashMap<>();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        for (int i = 0; i < references.size(); i++) {
            ReferencedInstance reference = references.get(i);
            SopInstanceUid instance = new SopInstanceUid(reference.sopInstanceUid());
            Optional<StudyContents> holder = archive.catalog().holderOf(instance);
            if (holder.isPresent()) {
                Result result = result(holder.get(), instance, new SopClassUid(reference.sopClassUid()), buffer);
                results.set(i, result);
                if (result == Result.COMMITTED) {
                    readable.computeIfAbsent(holder.get().copy().orElseThrow(), _ -> new ArrayList<>())
                            .add(instance);
                }
            }
        }
        Set<SopInstanceUid> committed = commit(readable, requester);
        for (int i = 0; i < references.size(); i++) {
            SopInstanceUid instance = new SopInstanceUid(references.get(i).sopInstanceUid());
            if (results.get(i) == Result.COMMITTED && !committed.contains(instance)) {
                results.set(i, Result.PROCESSING_FAILURE);
            }
        }
        return results;
    }

    private Set<SopInstanceUid> commit(Map<StudyCopyId, List<SopInstanceUid>> readable, Actor requester) {
        Set<SopInstanceUid> committed = new HashSet<>();
        readable.forEach((copy, instances) ->
                committed.addAll(archive.commands().send(new CommitInstances(copy, instances, requester))));
        return committed;
    }

    private Result result(StudyContents holder, SopInstanceUid instance, SopClassUid sopClass, ByteBuffer buffer) {
        StoredObject object = holder.instance(instance).orElseThrow().current().object();
        if (!object.sopClassUid().equals(sopClass)) {
            return Result.CLASS_INSTANCE_CONFLICT;
        }
        try (SeekableByteChannel plain = archive.bytes().open(holder.copy().orElseThrow().stream(), object.blob())) {
            if (lengthBytes(plain, buffer) == object.lengthBytes()) {
                return Result.COMMITTED;
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
        return Result.PROCESSING_FAILURE;
    }

    private static long lengthBytes(SeekableByteChannel plain, ByteBuffer buffer) throws IOException {
        long read = 0;
        for (int count = 0; count >= 0; count = plain.read(buffer.clear())) {
            read += count;
        }
        return read;
    }
}
