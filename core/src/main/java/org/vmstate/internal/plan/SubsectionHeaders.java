// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.trace.VMStateTrace;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.WireReader;

/// Finds the subsections that follow the fields of a body.
///
/// It looks ahead and takes nothing until the name fits. Looking may run past the end of the input:
/// no error by itself, but as in QEMU the next field that is loaded then fails.
final class SubsectionHeaders {
    private final WireReader in;
    private boolean pastEnd;

    SubsectionHeaders(WireReader in, boolean pastEnd) {
        this.in = in;
        this.pastEnd = pastEnd;
    }

    /// The layout of the subsection whose name comes next, which has then been read; null where
    /// none comes that belongs to `parent`.
    @Nullable Layout next(Layout parent) throws IOException {
        if (peek(0) != SubsectionHeader.MARK) {
            VMStateTrace.subsectionLoadGood(parent.name());
            return null;
        }
        int length = peek(SubsectionHeader.NAME_LENGTH_AT);
        int own = parent.name().getBytes(StandardCharsets.UTF_8).length;
        if (length < own + 1) {
            VMStateTrace.subsectionLoadBad(parent.name(), "(short)", "");
            return null;
        }
        if (peek(SubsectionHeader.NAME_AT + length - 1) < 0) {
            VMStateTrace.subsectionLoadBad(parent.name(), "(peek fail)", "");
            return null;
        }
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) peek(SubsectionHeader.NAME_AT + i);
        }
        String name = new String(bytes, StandardCharsets.UTF_8);
        if (!SubsectionHeader.belongsTo(name, parent.name())) {
            VMStateTrace.subsectionLoadBad(parent.name(), name, "(prefix)");
            return null;
        }
        for (Layout subsection : parent.subsections()) {
            if (subsection.name().equals(name)) {
                in.skip(SubsectionHeader.NAME_AT + length);
                return subsection;
            }
        }
        VMStateTrace.subsectionLoadBad(parent.name(), name, "(lookup)");
        throw new CorruptException(
                "'" + parent.name() + "' has no subsection '" + name + "'", in.position());
    }

    /// Reads the version that follows the name.
    int version() throws IOException {
        return SubsectionHeader.loaded(in.int32());
    }

    /// Whether looking for a subsection has met the end of the input.
    boolean pastEnd() {
        return pastEnd;
    }

    /// Throws if looking for a subsection has met the end of the input.
    void checkNotPastEnd() throws TruncatedException {
        if (pastEnd) {
            throw pastEnd(in);
        }
    }

    /// The error of loading on after looking for a subsection has met the end of the input.
    static TruncatedException pastEnd(WireReader in) {
        return new TruncatedException(
                "the input ends where a subsection could follow", in.position());
    }

    private int peek(int ahead) throws IOException {
        int value = in.peek(ahead);
        if (value < 0) {
            pastEnd = true;
        }
        return value;
    }
}
