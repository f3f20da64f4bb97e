// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;

/// Thrown when bytes, or the state they represent, cannot be accepted; contains the place and the
/// reason.
///
/// All errors in the input are reported with this exception. The subclasses are the kinds of errors
/// that a caller may want to distinguish. The path consists of the names of the enclosing parts,
/// outermost first (`spapr > spapr_pending_events > pending_events[1]`). [#within(String)] builds
/// it while the exception propagates, so it has no cost for a valid stream.
public sealed class VMStateException extends IOException
        permits TruncatedException,
                CorruptException,
                VersionTooNewException,
                VersionTooOldException,
                LimitExceededException,
                UnsupportedException,
                RefusedException {
    /// The offset of an exception that has none, such as an error while saving to memory.
    public static final long NO_OFFSET = -1;

    private static final long serialVersionUID = 1L;

    private final String detail;
    private long offset;
    private String path = "";

    VMStateException(String detail, long offset) {
        super(detail);
        this.detail = detail;
        this.offset = offset;
    }

    /// Prefixes the name of an enclosing part to the path, and returns this exception for
    /// rethrowing.
    public final VMStateException within(String name) {
        path = path.isEmpty() ? name : path.startsWith("[") ? name + path : name + " > " + path;
        return this;
    }

    /// Sets the offset, if this exception has none, and returns this exception for rethrowing.
    public final VMStateException at(long place) {
        if (offset == NO_OFFSET) {
            offset = place;
        }
        return this;
    }

    /// The error, without path and offset.
    public final String detail() {
        return detail;
    }

    /// The path of the invalid part, with the names separated by ` > `; empty at the outermost
    /// level.
    public final String path() {
        return path;
    }

    /// The absolute offset in the stream of the first invalid byte, or [#NO_OFFSET].
    public final long offset() {
        return offset;
    }

    /// Path, detail and offset in one line: `spapr > queue[1]: version_id 3 too new, supported 1..2
    /// (offset 0x55f2a0)`.
    @Override
    public final String getMessage() {
        String text = path.isEmpty() ? detail : path + ": " + detail;
        return offset < 0 ? text : text + " (offset 0x" + Long.toHexString(offset) + ")";
    }
}
