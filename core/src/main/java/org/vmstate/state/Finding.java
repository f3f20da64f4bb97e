// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import org.vmstate.wire.VMStateException;

/// A defect of a stream that does not prevent reading the rest, such as a contradiction between a
/// section's bytes and their description.
///
/// @param path the path in the state, empty for the stream as a whole
/// @param detail a description of the defect
/// @param offset the absolute offset of the defect, or [VMStateException#NO_OFFSET]
public record Finding(String path, String detail, long offset) {
    /// Path, detail and, if known, offset in one line.
    @Override
    public String toString() {
        String place =
                offset == VMStateException.NO_OFFSET
                        ? ""
                        : " (offset 0x" + Long.toHexString(offset) + ")";
        return (path.isEmpty() ? "" : path + ": ") + detail + place;
    }
}
