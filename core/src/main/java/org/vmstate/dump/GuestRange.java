// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import org.vmstate.ram.RamBlock;

/// A piece of a RAM block that the guest sees at a physical address.
///
/// @param address the guest-physical address of its first byte
/// @param block the block
/// @param offset the offset of the range in the block
/// @param length the number of bytes, more than 0
public record GuestRange(long address, RamBlock block, long offset, long length) {
    /// Creates a range.
    ///
    /// @throws IllegalArgumentException if it exceeds its block or the address space
    public GuestRange {
        if (address < 0
                || offset < 0
                || length <= 0
                || length > block.length() - offset
                || address > Long.MAX_VALUE - length) {
            throw new IllegalArgumentException("no such range of " + block.name());
        }
    }

    /// The address after its last byte.
    public long end() {
        return address + length;
    }
}
