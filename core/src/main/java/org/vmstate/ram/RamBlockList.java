// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.util.Collection;
import org.vmstate.wire.WireWriter;

/// Writes the body of the first section of `ram`, which declares the blocks.
///
/// ```
/// u64 (total length | 0x04)   block*   u64 0x10
/// block := str8 name  u64 length  [u64 guest address]
/// ```
///
/// QEMU: `ram_save_setup`.
public final class RamBlockList {
    private RamBlockList() {}

    /// Writes a body that declares blocks, without the sizes of their host pages, and has no pages.
    public static void write(WireWriter out, Collection<RamBlock> blocks) throws IOException {
        out.u64(blocks.stream().mapToLong(RamBlock::length).sum() | RamFlags.MEM_SIZE);
        for (RamBlock block : blocks) {
            out.str8(block.name());
            out.u64(block.length());
            if (block.guestAddress().isPresent()) {
                out.u64(block.guestAddress().getAsLong());
            }
        }
        out.u64(RamFlags.EOS);
    }
}
