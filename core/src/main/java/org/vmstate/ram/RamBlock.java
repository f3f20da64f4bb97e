// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// A named piece of guest memory, as the block list of a stream declares it.
///
/// The name is taken from the stream and contains up to 255 arbitrary bytes. Do not use it as a
/// file name; see [BlockFileNames].
///
/// @param name QEMU's name of the block, such as `pc.ram` or `/rom@etc/acpi/tables`
/// @param length the block's length in bytes
/// @param pageSize the size of the host pages that back the block, if the stream states it
///   (postcopy with huge pages)
/// @param guestAddress the guest-physical address, if the stream states it (`x-ignore-shared`)
/// @param mapped where the block's pages are in a `mapped-ram` file, else null
///
///   Corresponds to QEMU's `RAMBlock`.
public record RamBlock(
        String name,
        long length,
        OptionalLong pageSize,
        OptionalLong guestAddress,
        @Nullable MappedRam mapped) {
    /// Creates a block with a name and a length only.
    public RamBlock(String name, long length) {
        this(name, length, OptionalLong.empty(), OptionalLong.empty(), null);
    }

    /// Creates a block.
    ///
    /// @throws IllegalArgumentException if the length is negative
    public RamBlock {
        if (length < 0) {
            throw new IllegalArgumentException("negative length " + length);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
