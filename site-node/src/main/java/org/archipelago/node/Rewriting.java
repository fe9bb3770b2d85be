package org.archipelago.node;

import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.util.List;
import org.archipelago.contract.dicom.Attribute;
import org.archipelago.contract.dicom.AttributeSet;
import org.archipelago.contract.dicom.Tags;
import org.archipelago.contract.dicom.TransferSyntaxUid;
import org.archipelago.contract.dicom.Value;
import org.archipelago.contract.study.StoredObject;
import org.archipelago.node.dicom.dataset.DataSetLimits;
import org.archipelago.node.dicom.dictionary.TransferSyntax;
import org.archipelago.node.dicom.output.Corrections;
import org.archipelago.node.dicom.output.OutputFilter;
import org.archipelago.node.dicom.output.PreparedOutput;
import org.archipelago.node.retrieve.DataSetRewriter;

/** Corrects and decodes by the output filter. */
final class Rewriting implements DataSetRewriter {
    private final DataSetLimits limits;

    Rewriting(DataSetLimits limits) {
        this.limits = limits;
    }

    @Override
    public boolean isUncompressed(TransferSyntaxUid transferSyntax) {
        TransferSyntax syntax = TransferSyntax.of(transferSyntax);
        return TransferSyntax.isRegistered(transferSyntax) && syntax.uncompressed() && !syntax.encapsulated();
    }

    @Override
    public Rewritten rewrite(
            SeekableByteChannel plain, StoredObject stored, AttributeSet replacements, TransferSyntaxUid target)
            throws IOException {
        List<Value> items = replacements
                .get(Tags.ORIGINAL_ATTRIBUTES_SEQUENCE)
                .map(Attribute::values)
                .orElse(List.of());
        // The object's own items stay as they are encoded; only the last is ours.
        List<AttributeSet> ours = items.isEmpty() ? List.of() : List.of(((Value.Item) items.getLast()).attributes());
        Corrections corrections =
                new Corrections(replacements.filter(tag -> tag != Tags.ORIGINAL_ATTRIBUTES_SEQUENCE), ours);
        PreparedOutput output = OutputFilter.prepare(
                plain, stored.transferSyntax(), corrections, target, stored.assumedCharacterSet(), limits);
        return output::writeTo;
    }
}
