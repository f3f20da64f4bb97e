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
/// Looks ahead and consumes nothing until the name fits. Where the input ends, no subsection
/// follows.
///
/// Looking waits for a channel's next byte, as QEMU does. Behind a body that ends the outermost one
/// and whose description has no subsections, only a subsection that is refused could follow: there
/// it does not wait, and looks at what has arrived.
final class SubsectionHeaders {
    private final WireReader in;

    SubsectionHeaders(WireReader in) {
        this.in = in;
    }

    /// The layout of the subsection whose name comes next, which has then been read; null where
    /// none comes that belongs to `parent`; `ends` says that it ends the outermost body and has no
    /// subsections.
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

    /// Whether the mark and name of a subsection can be looked at without waiting.
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
