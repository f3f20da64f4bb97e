// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

/// Something in a stream that is not as it should be but does not keep the rest from being read.
///
/// @param path where in the state
/// @param detail what is wrong
/// @param offset the absolute offset at which it was noticed
public record Finding(String path, String detail, long offset) {
    /// Path, detail and offset in one line.
    @Override
    public String toString() {
        return path + ": " + detail + " (offset 0x" + Long.toHexString(offset) + ")";
    }
}
