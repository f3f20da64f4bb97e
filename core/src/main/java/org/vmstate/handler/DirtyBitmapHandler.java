// SPDX-License-Identifier: Apache-2.0
package org.vmstate.handler;

import java.io.IOException;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;

/// Skips `dirty-bitmap`, the bitmaps of changed blocks that are sent with the capability
/// `dirty-bitmaps`.
///
/// ```
/// body   := record*  up to one that is just END
/// record := flags  [str8 node]  [str8 bitmap]  rest
/// flags  := u8; 0x80 would announce more of them, which no version defines
/// START 0x10:    u32 granularity  u8 bitmap flags
/// COMPLETE 0x20
/// BITS 0x40:     u64 first sector  u32 sectors  unless ZEROES 0x02: u64 n, n bytes
/// ```
///
/// QEMU: `dirty_bitmap_load` in `migration/block-dirty-bitmap.c`.
final class DirtyBitmapHandler implements SectionHandler {
    private static final int END = 0x01;
    private static final int ZEROES = 0x02;
    private static final int BITMAP_NAME = 0x04;
    private static final int NODE_NAME = 0x08;
    private static final int START = 0x10;
    private static final int COMPLETE = 0x20;
    private static final int BITS = 0x40;
    private static final int MORE_FLAGS = 0x80;
    private static final int KIND = START | COMPLETE | BITS;

    @Override
    public void consume(WireReader in, SectionIdentity identity, StreamContext context)
            throws IOException {
        while (true) {
            long at = in.position();
            int flags = flags(in);
            if (flags == END) {
                return;
            }
            if ((flags & NODE_NAME) != 0) {
                in.str8();
            }
            if ((flags & BITMAP_NAME) != 0) {
                in.str8();
            }
            switch (flags & KIND) {
                case START -> in.skip(Integer.BYTES + 1);
                case COMPLETE -> {}
                case BITS -> bits(in, flags);
                default ->
                        throw new CorruptException(
                                "unknown flags 0x" + Integer.toHexString(flags), at);
            }
        }
    }

    private static int flags(WireReader in) throws IOException {
        long at = in.position();
        int first = in.u8();
        if ((first & MORE_FLAGS) != 0) {
            throw new CorruptException("flags of more than one byte, which no version defines", at);
        }
        return first;
    }

    private static void bits(WireReader in, int flags) throws IOException {
        in.skip(Long.BYTES + Integer.BYTES);
        if ((flags & ZEROES) == 0) {
            long at = in.position();
            long count = in.u64();
            if (count < 0) {
                throw new CorruptException(
                        "a bitmap of " + Long.toUnsignedString(count) + " bytes", at);
            }
            in.skip(count);
        }
    }
}
