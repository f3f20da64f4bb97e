// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;

/// Thrown when bytes, or the state they describe, cannot be accepted; says where and why.
///
/// This is the library's only error channel for wrong input. The subclasses are the reasons that a
/// caller may want to tell apart. The path leads from the outermost to the innermost part (`spapr >
/// spapr_pending_events > pending_events[1]`); [#within(String)] builds it while the exception
/// propagates, so a good stream pays nothing for it.
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

    /// Gives an error without an offset the offset of what was being processed, and returns this
    /// exception for throwing on.
    public final VMStateException at(long place) {
        if (offset == NO_OFFSET) {
            offset = place;
        }
        return this;
    }

    /// What is wrong, without path and offset.
    public final String detail() {
        return detail;
    }

    /// The path to the part that is wrong, names joined by ` > `; empty at the top.
    public final String path() {
        return path;
    }

    /// The absolute offset in the stream of the first byte of what is wrong, or [#NO_OFFSET].
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
