package org.archipelago.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.crypto.SecretKey;
import org.archipelago.contract.AeTitle;
import org.archipelago.contract.ArchiveError;
import org.archipelago.contract.ArchiveException;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.SopClassUid;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.log.KeyClass;
import org.archipelago.contract.log.KeyRef;
import org.archipelago.eventstore.record.Aes256Gcm;
import org.archipelago.node.association.AssociationLimits;
import org.archipelago.node.association.AssociationMetrics;
import org.archipelago.node.association.TlsContext;
import org.archipelago.node.audit.AccessRecorder;
import org.archipelago.node.configuration.Configuration;
import org.archipelago.node.configuration.ConfigurationException;
import org.archipelago.node.dicom.dataset.DataSetCodec;
import org.archipelago.node.dicom.dictionary.SopClasses;
import org.archipelago.node.dimse.DimseConfiguration;
import org.archipelago.node.dimse.DimseConfiguration.Listener;
import org.archipelago.node.dimse.DimseConfiguration.Permission;
import org.archipelago.node.dimse.DimseConfiguration.RemoteAe;
import org.archipelago.node.dimse.DimseConfiguration.ServiceLimits;
import org.archipelago.node.dimse.DimsePorts;
import org.archipelago.node.dimse.DimseServer;
import org.archipelago.node.dimse.FilePendingReports;
import org.archipelago.node.dimse.IdentifierCodec;
import org.archipelago.node.dimse.ImportIssuer;
import org.archipelago.node.dimse.NetworkAe;
import org.archipelago.node.ingest.ObjectIngest;
import org.archipelago.node.network.NetworkView;
import org.archipelago.node.retrieve.Retrieval;
import org.archipelago.query.ArchiveQueries;

/** Puts the DIMSE services on top of the archive, as configured. */
final class DicomEdge {
    private DicomEdge() {}

    static DimseServer start(
            Archive archive,
            Configuration configuration,
            ObjectIngest ingest,
            Retrieval retrieval,
            ArchiveQueries queries,
            NetworkView network,
            AccessRecorder recorder,
            AssociationMetrics metrics,
            Clock clock)
            throws IOException {
        return DimseServer.start(
                services(configuration),
                new DimsePorts(
                        ingest,
                        retrieval,
                        queries,
                        networkAe(configuration, network),
                        archive.log()::head,
                        recorder,
                        ArchiveNode.identifiers(configuration),
                        SopClasses::isStorage,
                        new Codec(),
                        new DurabilityCheck(archive),
                        new FilePendingReports(
                                archive.directory().pendingReports(),
                                new ReportSealing(archive),
                                configuration.dicom().commitment().maxPendingReports()),
                        metrics,
                        clock,
                        UUID::randomUUID));
    }

    private static Optional<NetworkAe> networkAe(Configuration configuration, NetworkView view) {
        Set<AeTitle> strict = configuration.network().strictAeTitles().stream()
                .map(AeTitle::new)
                .collect(Collectors.toSet());
        return configuration.networkAeTitle().map(title -> new NetworkAe(new AeTitle(title), strict, view));
    }

    static AssociationLimits limits(Configuration.Dicom dicom) {
        try {
            return new AssociationLimits(
                    dicom.maxPduBytes(),
                    dicom.maxPduBytes(),
                    dicom.maxAssociatePduBytes(),
                    dicom.maxAssociateItems(),
                    AssociationLimits.DEFAULTS.maxCommandSetBytes(),
                    dicom.maxConnections(),
                    dicom.maxAssociations(),
                    dicom.maxAssociationsPerPeer(),
                    Duration.ofMillis(dicom.artimTimeoutMs()),
                    Duration.ofMillis(dicom.idleTimeoutMs()),
                    Duration.ofMillis(dicom.readTimeoutMs()),
                    dicom.minReceiveBytesPerSecond(),
                    Duration.ofMillis(dicom.writeTimeoutMs()),
                    Duration.ofMillis(dicom.connectTimeoutMs()));
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("dicom: " + e.getMessage(), e);
        }
    }

    private static ServiceLimits serviceLimits(Configuration.Dicom dicom) {
        Configuration.Commitment commitment = dicom.commitment();
        return new ServiceLimits(
                dicom.maxIdentifierBytes(),
                Duration.ofMillis(dicom.pendingIntervalMs()),
                dicom.pendingEverySubOperations(),
                Duration.ofMillis(commitment.quietMs()),
                Duration.ofMillis(commitment.retryMs()),
                Duration.ofMillis(commitment.retryMaxMs()),
                Duration.ofMinutes(commitment.giveUpMinutes()),
                Duration.ofMillis(dicom.shutdownTimeoutMs()));
    }

    static DimseConfiguration services(Configuration configuration) {
        Configuration.Dicom dicom = configuration.dicom();
        return new DimseConfiguration(
                dicom.listeners().stream().map(DicomEdge::listener).toList(),
                dicom.remotes().stream().map(DicomEdge::remote).toList(),
                permissions(dicom.unknownOnLoopback()),
                configuration.site().defaultIssuer(),
                configuration.ingest().extraStorageSopClasses().stream()
                        .map(SopClassUid::new)
                        .collect(Collectors.toSet()),
                dicom.preferredTransferSyntaxes(),
                limits(dicom),
                serviceLimits(dicom),
                tls(dicom.tls()));
    }

    private static Set<Permission> permissions(List<org.archipelago.node.configuration.Permission> named) {
        return named.stream()
                .map(permission -> Permission.valueOf(permission.name()))
                .collect(Collectors.toSet());
    }

    static Optional<TlsContext> tls(Configuration.Tls tls) {
        if (!tls.isConfigured()) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    TlsContext.read(Path.of(tls.certificateFile()), Path.of(tls.keyFile()), Path.of(tls.trustFile())));
        } catch (IOException e) {
            throw new ConfigurationException("dicom.tls: " + e.getMessage(), e);
        }
    }

    private static Listener listener(Configuration.Listener listener) {
        Set<AeTitle> titles =
                listener.aeTitles().stream().map(AeTitle::new).collect(Collectors.toCollection(LinkedHashSet::new));
        try {
            return new Listener(
                    InetAddress.getByName(listener.address()),
                    listener.port(),
                    titles,
                    listener.beyondLoopback().orElse(false),
                    listener.tls().orElse(false));
        } catch (UnknownHostException e) {
            throw new ConfigurationException("dicom.listeners.address: " + listener.address() + " is not known", e);
        } catch (IllegalArgumentException e) {
            throw new ConfigurationException("dicom.listeners: " + e.getMessage(), e);
        }
    }

    private static RemoteAe remote(Configuration.Remote remote) {
        if (new AeTitle(remote.title()).equals(ImportIssuer.COMMAND_LINE)) {
            throw new ConfigurationException("dicom.remotes: " + ImportIssuer.COMMAND_LINE
                    + " is the title under which 'import' sends; give the other AE another one");
        }
        return new RemoteAe(
                new AeTitle(remote.title()),
                remote.host(),
                remote.port(),
                remote.addressChecked().orElse(true),
                permissions(remote.may()),
                remote.defaultIssuer(),
                remote.characterSet(),
                remote.tls().orElse(false));
    }

    private static final class Codec implements IdentifierCodec {
        @Override
        public AttributeSet decode(
                byte[] bytes, TransferSyntaxUid transferSyntax, Optional<String> defaultCharacterSet) {
            return DataSetCodec.decode(bytes, transferSyntax, defaultCharacterSet);
        }

        @Override
        public byte[] encode(AttributeSet attributes, TransferSyntaxUid transferSyntax) {
            return DataSetCodec.encode(attributes, transferSyntax);
        }
    }

    /** Under a key of the site's own. */
    private static final class ReportSealing implements FilePendingReports.Sealing {
        private static final byte[] PURPOSE = "pending storage commitment reports".getBytes(StandardCharsets.US_ASCII);

        private final SecretKey key;
        private final Aes256Gcm cipher = new Aes256Gcm(new SecureRandom());

        ReportSealing(Archive archive) {
            key = archive.keys()
                    .obtain(new KeyRef(KeyClass.SITE, archive.names().site("pending-reports")))
                    .secret();
        }

        @Override
        public byte[] seal(byte[] plain) {
            return cipher.seal(key, PURPOSE, plain);
        }

        @Override
        public byte[] open(byte[] sealed) {
            return Aes256Gcm.open(key, PURPOSE, sealed)
                    .orElseThrow(() -> new ArchiveException(ArchiveError.CORRUPT, "pending storage commitment report"));
        }
    }
}
