// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// A disagreement between a section's bytes and their description.
///
/// @param offset the absolute offset at which it was noticed
/// @param path where in the state
/// @param detail what is wrong
public record Problem(long offset, String path, String detail) {
    /// Path, detail and offset in one line.
    @Override
    public String toString() {
        return path + ": " + detail + " (offset 0x" + Long.toHexString(offset) + ")";
    }
}
