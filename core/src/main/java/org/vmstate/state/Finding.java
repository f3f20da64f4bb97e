// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import org.vmstate.wire.VMStateException;

/// Something in a stream that is not as it should be but does not keep the rest from being read,
/// such as a disagreement between a section's bytes and their description.
///
/// @param path where in the state, empty for the stream as a whole
/// @param detail what is wrong
/// @param offset the absolute offset at which it was noticed, or [VMStateException#NO_OFFSET]
public record Finding(String path, String detail, long offset) {
    /// Path, detail and, if there is one, offset in one line.
    @Override
    public String toString() {
        String place =
                offset == VMStateException.NO_OFFSET
                        ? ""
                        : " (offset 0x" + Long.toHexString(offset) + ")";
        return (path.isEmpty() ? "" : path + ": ") + detail + place;
    }
}
