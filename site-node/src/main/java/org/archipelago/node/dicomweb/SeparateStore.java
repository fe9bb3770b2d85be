package org.archipelago.node.dicomweb;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.SopInstanceUid;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.Value;
import org.archipelago.node.dicom.dataset.AssembledDataSet;
import org.archipelago.node.dicom.dataset.HeaderMemory;
import org.archipelago.node.dicom.dataset.ReadingMemory;
import org.archipelago.node.dicom.json.DicomJson;
import org.archipelago.node.dicom.xml.NativeModel;
import org.archipelago.node.dicomweb.ObjectIntake.Announced;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * STOW-RS of metadata and bulk data (PS3.18 §10.5.1.4): all parts first wait on disk, in whatever order they come, then the
 * instances are put together one by one. An instance whose bulk data did not come whole is refused by itself.
 */
final class SeparateStore {
    private static final Logger LOG = LoggerFactory.getLogger(SeparateStore.class);
    private static final String OCTETS = "application/octet-stream";

    /** How metadata is written. */
    enum Form {
        JSON("application/dicom+json"),
        /** One data set in each part. */
        XML("application/dicom+xml");

        private final String media;

        Form(String media) {
            this.media = media;
        }

        static Optional<Form> of(String media) {
            for (Form form : values()) {
                if (form.media.equals(media)) {
                    return Optional.of(form);
                }
            }
            return Optional.empty();
        }
    }

    private record Metadata(Form form, Value.Bulk bytes) {}

    private final DicomWebLimits limits;
    private final Spool.Place place;
    private final ObjectIntake intake;
    private final StoreResult result;
    private final String address;
    private final List<Metadata> metadata = new ArrayList<>();
    private long metadataBytes;
    private long assembledBytes;

    SeparateStore(DicomWeb node, HttpServletRequest request, ObjectIntake intake, StoreResult result) {
        this.limits = node.limits();
        this.place = node.spools();
        this.intake = intake;
        this.result = result;
        this.address = request.getRequestURL().toString();
    }

    /** @param whole the form of parts that name none */
    void store(MultipartReader parts, Form whole) throws IOException {
        BulkParts bulk = new BulkParts(address);
        try (Spool spool = Spool.in(place)) {
            Optional<ArchiveError> cut = receive(parts, whole, bulk, spool);
            spool.seal();
            for (Metadata part : metadata) {
                takeAll(part, bulk, spool);
            }
            for (int i = 0; i < bulk.unused(); i++) {
                result.failed(Announced.NOTHING, ArchiveError.INVALID_REQUEST);
            }
            if (bulk.unused() > 0) {
                result.explain("no metadata refers to " + bulk.unused() + " of the bulk data parts");
            }
            cut.ifPresent(result::cutShort);
        }
    }

    /** @return why the rest was not read */
    private Optional<ArchiveError> receive(MultipartReader parts, Form whole, BulkParts bulk, Spool spool)
            throws IOException {
        try {
            while (parts.next()) {
                receivePart(parts, whole, bulk, spool);
            }
            return Optional.empty();
        } catch (MalformedMultipartException e) {
            LOG.info("a store request ended early: {}", e.getMessage());
            return Optional.of(ArchiveError.INVALID_REQUEST);
        } catch (ArchiveException e) {
            result.explain(e.subject());
            return Optional.of(e.error());
        }
    }

    private void receivePart(MultipartReader parts, Form whole, BulkParts bulk, Spool spool) throws IOException {
        Optional<String> location = parts.header("content-location");
        MediaRange type =
                MediaRange.parse(parts.header("content-type").orElse(location.isPresent() ? OCTETS : whole.media));
        Optional<Form> form = Form.of(type.type());
        if (form.isPresent()) {
            receiveMetadata(form.get(), parts, spool);
            return;
        }
        Value.Bulk bytes = spool.append(parts.body());
        if (location.isEmpty() || location.get().length() > BulkParts.MAX_LOCATION_CHARACTERS) {
            result.failed(Announced.NOTHING, ArchiveError.INVALID_REQUEST);
            result.explain("a bulk data part has no Content-Location, or one of more than "
                    + BulkParts.MAX_LOCATION_CHARACTERS + " characters");
            return;
        }
        bulk.add(
                location.get(),
                new BulkParts.Part(
                        type.type(), type.parameter("transfer-syntax"), bytes, flaw(parts, bytes.lengthBytes())));
    }

    private void receiveMetadata(Form form, MultipartReader parts, Spool spool) throws IOException {
        long left = limits.maxMetadataBytes() - metadataBytes;
        Value.Bulk bytes = spool.append(new BoundedInput(parts.body(), left));
        metadataBytes += bytes.lengthBytes();
        Optional<String> flaw = flaw(parts, bytes.lengthBytes());
        if (flaw.isPresent()) {
            intake.refused(
                    Announced.NOTHING, new ArchiveException(ArchiveError.INVALID_REQUEST, "metadata " + flaw.get()));
        } else {
            metadata.add(new Metadata(form, bytes));
        }
    }

    private static Optional<String> flaw(MultipartReader parts, long length) {
        Optional<String> announced = parts.header("content-length");
        if (announced.isPresent() && !announced.get().equals(Long.toString(length))) {
            return Optional.of("came in another length than its Content-Length says");
        }
        Optional<String> encoding = parts.header("content-transfer-encoding")
                .filter(name -> !name.matches("(?i)binary|8bit|7bit"))
                .or(() -> parts.header("content-encoding"));
        return encoding.map(_ -> "came in an encoding that is not taken here");
    }

    private void takeAll(Metadata part, BulkParts bulk, Spool spool) throws IOException {
        BulkReferences references = new BulkReferences(bulk);
        try (ReadingMemory memory = new ReadingMemory(limits.dataSet(), HeaderMemory.OF_NODE);
                InputStream text = spool.open(part.bytes())) {
            DicomJson.EachDataSet each = new DicomJson.EachDataSet() {
                @Override
                public void read(AttributeSet set) throws IOException {
                    intake.separate(announced(set), () -> assembled(set, references, spool));
                }

                @Override
                public void refused(ArchiveException reason) {
                    references.forget();
                    intake.refused(Announced.NOTHING, reason);
                }
            };
            switch (part.form()) {
                case JSON -> DicomJson.readEach(text, limits.maxMetadataBytes(), references, memory, each);
                case XML -> each.read(NativeModel.read(text, references, memory));
            }
        } catch (ArchiveException e) {
            intake.refused(Announced.NOTHING, e);
        }
    }

    /** Bulk data that many instances refer to is stored with each: what a request may bring bounds that, too. */
    private SeparateObject assembled(AttributeSet set, BulkReferences references, Spool spool) {
        references.check();
        SeparateObject object = SeparateObject.of(set, references, new AssembledDataSet.BulkValues() {
            @Override
            public InputStream open(Value.Bulk octets) {
                return spool.open(octets);
            }

            @Override
            public List<Value.Bulk> fragments(Value.Bulk encapsulated) {
                return references.compressed(encapsulated).frames();
            }
        });
        assembledBytes += object.dataset().lengthBytes();
        if (assembledBytes > limits.maxStoreBytes()) {
            throw new ArchiveException(
                    ArchiveError.REQUEST_TOO_LARGE, "bytes of one request: " + limits.maxStoreBytes());
        }
        return object;
    }

    private static Announced announced(AttributeSet set) {
        return new Announced(
                uid(set, Tags.SOP_CLASS_UID, SopClassUid::new), uid(set, Tags.SOP_INSTANCE_UID, SopInstanceUid::new));
    }

    private static <T> Optional<T> uid(AttributeSet set, int tag, Function<String, T> parse) {
        try {
            return set.text(tag).map(parse);
        } catch (ArchiveException e) {
            return Optional.empty();
        }
    }

    /** Fails beyond its bound. */
    private static final class BoundedInput extends InputStream {
        private final InputStream in;
        private long left;

        BoundedInput(InputStream in, long left) {
            this.in = in;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int n = in.read(target, offset, length);
            left -= Math.max(n, 0);
            if (left < 0) {
                throw new ArchiveException(ArchiveError.REQUEST_TOO_LARGE, "bytes of the metadata of one request");
            }
            return n;
        }
    }
}
