// SPDX-License-Identifier: Apache-2.0
package org.vmstate.handler;

import java.io.IOException;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;

/// Skips `block`, the contents of disks that were migrated with the machine (QEMU up to 8.x).
///
/// ```
/// body   := record*  up to one with END
/// record := u64 (sector << 9 | flags)   BLOCK 0x01: str8 device, 1 MiB unless ZERO 0x08 | END 0x02 | PROGRESS 0x04
/// ```
///
/// QEMU: `block_load` in `migration/block.c`.
final class BlockMigrationHandler implements SectionHandler {
    private static final int FLAGS = 0x1ff;
    private static final int BLOCK = 0x01;
    private static final int END = 0x02;
    private static final int PROGRESS = 0x04;
    private static final int ZERO = 0x08;
    private static final int BLOCK_BYTES = 1 << 20;

    @Override
    public void consume(WireReader in, SectionIdentity identity, StreamContext context)
            throws IOException {
        while (true) {
            long at = in.position();
            int flags = (int) in.u64() & FLAGS;
            switch (flags) {
                case BLOCK -> {
                    in.str8();
                    in.skip(BLOCK_BYTES);
                }
                case BLOCK | ZERO -> in.str8();
                case PROGRESS -> {}
                case END -> {
                    return;
                }
                default ->
                        throw new CorruptException(
                                "unknown flags 0x" + Integer.toHexString(flags), at);
            }
        }
    }
}
