// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;

/// Says that bytes, or the state they describe, cannot be accepted: where and why.
///
/// This is the one error channel of the library for wrong input. The subclasses tell the reasons
/// apart that a caller may want to act on. The path names the way from the outside to the inside
/// (`spapr > spapr_pending_events > pending_events[1]`); it is put together by [#within(String)]
/// while the exception passes outwards, so a good stream pays nothing for it.
public sealed class VMStateException extends IOException
        permits TruncatedException,
                CorruptException,
                VersionTooNewException,
                VersionTooOldException,
                LimitExceededException,
                UnsupportedException,
                RefusedException {
    /// The offset of an error that has none, such as an error while saving to memory.
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

    /// Puts the name of an enclosing thing before the path, and returns this exception for throwing
    /// on.
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

    /// The way to the place that is wrong, names joined by ` > `; empty where nothing encloses it.
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
