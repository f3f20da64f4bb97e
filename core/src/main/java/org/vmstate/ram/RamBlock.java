// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// A named piece of guest memory, as the block list of a stream declares it.
///
/// The name comes from the stream and may be anything of up to 255 bytes: it is never a file name
/// as it stands.
///
/// @param name QEMU's name of the block, such as `pc.ram` or `/rom@etc/acpi/tables`
/// @param length the block's length in bytes
/// @param pageSize the size of the host pages behind the block where the stream tells it (postcopy
///   with huge pages)
/// @param guestAddress the guest-physical address where the stream tells it (`x-ignore-shared`)
/// @param mapped where the block's pages lie in the file with `mapped-ram`, else null
///
///   Corresponds to QEMU's `RAMBlock`.
public record RamBlock(
        String name,
        long length,
        OptionalLong pageSize,
        OptionalLong guestAddress,
        @Nullable MappedRam mapped) {
    /// A block of which the stream tells name and length only.
    public RamBlock(String name, long length) {
        this(name, length, OptionalLong.empty(), OptionalLong.empty(), null);
    }

    /// A block whose length is not negative.
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
