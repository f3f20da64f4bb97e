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

/// The text of a body whose text depends on nothing but which of its subsections are sent.
///
/// All fields, those of the subsections included, have the same text and the same number of bytes
/// for each state. So the bytes of a body that has been written show its text: behind the fields
/// stand the headers of the subsections that were sent.
public final class DescribedWhole {
    /// More bytes than this are not reserved at once.
    private static final int MAX_BYTES = 1 << 15;

    private final DescribedBody.Rendered fields;
    private final List<Subsection> subsections;
    private final int mostBytes;

    /// Read without a lock: a text never changes, so seeing it late is all that can happen.
    private @Nullable Sent last;

    /// The header of a subsection, and its body.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Subsection(byte[] header, DescribedBody.Rendered body) {}

    /// Which subsections were sent, and the text then.
    private record Sent(long bits, String text) {}

    private DescribedWhole(
            DescribedBody.Rendered fields, List<Subsection> subsections, int mostBytes) {
        this.fields = fields;
        this.subsections = subsections;
        this.mostBytes = mostBytes;
    }

    /// The whole of these fields and subsections; null where there are too many of them.
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

    /// Makes room for any body in one piece of the writer's buffer.
    public void reserve(WireWriter out) throws IOException {
        out.reserve(mostBytes);
    }

    /// The text of the body whose bytes are the last ones written, for which [#reserve] made room.
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
