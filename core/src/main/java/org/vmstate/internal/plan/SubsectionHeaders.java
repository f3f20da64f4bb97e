// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.trace.VMStateTrace;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;

/// Finds the subsections that follow the fields of a body.
///
/// Looks ahead and consumes no bytes until the name matches. If the input ends, no subsection
/// follows.
///
/// Looking ahead waits for a channel's next byte, as in QEMU. It does not wait after a body that
/// ends the outermost body and whose description has no subsections: only an unknown subsection
/// could follow, and only bytes that have already arrived are checked for one.
final class SubsectionHeaders {
    private final WireReader in;

    SubsectionHeaders(WireReader in) {
        this.in = in;
    }

    /// Reads the name of the next subsection and returns the subsection's layout; returns null and
    /// reads nothing if no subsection of `parent` follows. `ends` is true if `parent` ends the
    /// outermost body and has no subsections.
    @Nullable Layout next(Layout parent, boolean ends) throws IOException {
        if ((ends && !hasArrived()) || in.peek(0) != SubsectionHeader.MARK) {
            VMStateTrace.subsectionLoadGood(parent.name());
            return null;
        }
        int length = in.peek(SubsectionHeader.NAME_LENGTH_AT);
        int own = parent.name().getBytes(StandardCharsets.UTF_8).length;
        if (length < own + 1) {
            VMStateTrace.subsectionLoadBad(parent.name(), "(short)", "");
            return null;
        }
        if (in.peek(SubsectionHeader.NAME_AT + length - 1) < 0) {
            VMStateTrace.subsectionLoadBad(parent.name(), "(peek fail)", "");
            return null;
        }
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) in.peek(SubsectionHeader.NAME_AT + i);
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

    /// Whether the mark and name of a subsection can be read without waiting.
    private boolean hasArrived() throws IOException {
        int arrived = in.buffered();
        return in.seekable()
                || (arrived >= SubsectionHeader.NAME_AT
                        && arrived
                                >= SubsectionHeader.NAME_AT
                                        + in.peek(SubsectionHeader.NAME_LENGTH_AT));
    }

    /// Reads the version that follows the name.
    int version() throws IOException {
        return SubsectionHeader.loaded(in.int32());
    }
}
