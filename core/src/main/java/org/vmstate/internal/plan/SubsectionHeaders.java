// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.Layout;
import org.vmstate.trace.VMStateTrace;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;

/// Finds the subsections that follow the fields of a body.
///
/// Looks ahead and consumes nothing until the name fits. Where the input ends, no subsection
/// follows.
final class SubsectionHeaders {
    private final WireReader in;

    SubsectionHeaders(WireReader in) {
        this.in = in;
    }

    /// The layout of the subsection whose name comes next, which has then been read; null where
    /// none comes that belongs to `parent`.
    @Nullable Layout next(Layout parent) throws IOException {
        if (in.peek(0) != Saver.SUBSECTION) {
            VMStateTrace.subsectionLoadGood(parent.name());
            return null;
        }
        int length = in.peek(1);
        int own = parent.name().getBytes(StandardCharsets.UTF_8).length;
        if (length < own + 1) {
            VMStateTrace.subsectionLoadBad(parent.name(), "(short)", "");
            return null;
        }
        if (in.peek(1 + length) < 0) {
            VMStateTrace.subsectionLoadBad(parent.name(), "(peek fail)", "");
            return null;
        }
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) in.peek(2 + i);
        }
        String name = new String(bytes, StandardCharsets.UTF_8);
        if (!name.startsWith(parent.name())) {
            VMStateTrace.subsectionLoadBad(parent.name(), name, "(prefix)");
            return null;
        }
        for (Layout subsection : parent.subsections()) {
            if (subsection.name().equals(name)) {
                in.skip(2 + length);
                return subsection;
            }
        }
        VMStateTrace.subsectionLoadBad(parent.name(), name, "(lookup)");
        throw new CorruptException(
                "'" + parent.name() + "' has no subsection '" + name + "'", in.position());
    }

    /// Reads the version that follows the name; of its 32 bits, QEMU keeps the low 8.
    int version() throws IOException {
        return in.int32() & 0xff;
    }
}
