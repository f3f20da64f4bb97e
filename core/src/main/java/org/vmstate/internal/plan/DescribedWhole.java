// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.DescriptionKeys;
import org.vmstate.internal.format.RenderedText;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireWriter;

/// The text of a body whose text depends only on which of its subsections are sent.
///
/// All fields, including those of the subsections, have the same text and the same size for every
/// state. The text can therefore be derived from the bytes of a written body: the headers of the
/// subsections that were sent follow the fields.
public final class DescribedWhole {
    /// The maximum number of bytes to reserve at once.
    private static final int MAX_BYTES = 1 << 15;

    private final DescribedBody.Rendered fields;
    private final List<Subsection> subsections;
    private final int mostBytes;

    /// Not volatile: the object is immutable, and a thread that reads an old value renders the text
    /// again.
    private @Nullable Sent last;

    /// The header and the body of a subsection.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Subsection(byte[] header, DescribedBody.Rendered body) {}

    /// The text for a set of subsections that were sent.
    private record Sent(long bits, String text) {}

    private DescribedWhole(
            DescribedBody.Rendered fields, List<Subsection> subsections, int mostBytes) {
        this.fields = fields;
        this.subsections = subsections;
        this.mostBytes = mostBytes;
    }

    /// Returns the whole of these fields and subsections, or null if there are too many of them.
    static @Nullable DescribedWhole of(
            DescribedBody.Rendered fields, List<Subsection> subsections) {
        long bytes = fields.bytes();
        for (Subsection subsection : subsections) {
            bytes += subsection.header.length + subsection.body.bytes();
        }
        return bytes > MAX_BYTES || subsections.size() > Long.SIZE
                ? null
                : new DescribedWhole(fields, List.copyOf(subsections), (int) bytes);
    }

    /// Reserves contiguous space in the writer's buffer for the largest body.
    public void reserve(WireWriter out) throws IOException {
        out.reserve(mostBytes);
    }

    /// Returns the text of the body that was written last, in the space that [#reserve] reserved.
    public String text(WireWriter out, long written) {
        long bits = subsections.isEmpty() ? 0 : sent(out, (int) written);
        Sent known = last;
        if (known == null || known.bits != bits) {
            known = new Sent(bits, text(bits));
            last = known;
        }
        return known.text;
    }

    private long sent(WireWriter out, int written) {
        byte[] bytes = out.buffer();
        int end = out.index();
        int at = end - written + (int) fields.bytes();
        long bits = 0;
        for (int i = 0; i < subsections.size() && at < end; i++) {
            Subsection subsection = subsections.get(i);
            byte[] header = subsection.header;
            int body = at + header.length;
            if (body <= end && Arrays.equals(bytes, at, body, header, 0, header.length)) {
                bits |= 1L << i;
                at = body + (int) subsection.body.bytes();
            }
        }
        return bits;
    }

    private String text(long bits) {
        if (bits == 0) {
            return fields.text();
        }
        VmDescWriter text = new VmDescWriter();
        RenderedText.append(text, fields.text(), 1);
        text.startArray(DescriptionKeys.SUBSECTIONS);
        for (int i = 0; i < subsections.size(); i++) {
            if ((bits >>> i & 1) != 0) {
                text.startObject();
                RenderedText.append(text, subsections.get(i).body.text(), 1);
                text.endObject();
            }
        }
        return text.endArray().toString();
    }
}
