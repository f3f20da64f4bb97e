// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Map;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.WireReader;

/// Finds the byte order of the bitmaps of a mapped-ram file. It is the byte order of the host that
/// wrote the file, and the file does not state it.
///
/// A byte order is wrong if it gives set bits after the last page of a block. Otherwise the pages
/// decide that only one of the two orders declares present: a page of the file that has data counts
/// for the order in which its bit is set, a page of zeros for the order in which its bit is clear.
/// Both rules have exceptions (a page that became zero later, zeros written as data), so an order
/// is chosen only if more than twice as many pages count for it as for the other.
final class BitmapOrder {
    /// The maximum number of pages that are examined, independent of the guest's size.
    private static final int MAX_VOTES = 4096;

    private final WireReader in;
    private boolean littlePossible = true;
    private boolean bigPossible = true;
    private int forLittle;
    private int forBig;

    private BitmapOrder(WireReader in) {
        this.in = in;
    }

    /// Returns the byte order of the bitmaps of these blocks.
    ///
    /// @throws CorruptException if neither order is possible, or if both are and they give
    ///   different memory, but the pages do not decide
    static ByteOrder find(WireReader in, Map<RamBlock, MappedRam> blocks) throws IOException {
        BitmapOrder order = new BitmapOrder(in);
        for (Map.Entry<RamBlock, MappedRam> block : blocks.entrySet()) {
            order.look(block.getKey(), block.getValue());
        }
        return order.decided();
    }

    private void look(RamBlock block, MappedRam mapped) throws IOException {
        PageBitmap little = mapped.bitmap(in, block.length(), ByteOrder.LITTLE_ENDIAN);
        PageBitmap big = mapped.bitmap(in, block.length(), ByteOrder.BIG_ENDIAN);
        littlePossible &= !little.hasBitsAfterEnd();
        bigPossible &= !big.hasBitsAfterEnd();
        long pages = mapped.pages(block.length());
        for (long page = 0; page < pages && forLittle + forBig < MAX_VOTES; page += 64) {
            long differ = little.word(page) ^ big.word(page);
            for (; differ != 0; differ &= differ - 1) {
                int bit = Long.numberOfTrailingZeros(differ);
                if (page + bit < pages) {
                    boolean inLittle = (little.word(page) >>> bit & 1) != 0;
                    boolean data = !isZero(mapped, page + bit);
                    forLittle += data == inLittle ? 1 : 0;
                    forBig += data == inLittle ? 0 : 1;
                }
            }
        }
    }

    private boolean isZero(MappedRam mapped, long page) throws IOException {
        return Pages.isZero(
                in.view(mapped.pagesOffset() + page * mapped.pageSize(), mapped.pageSize()));
    }

    private ByteOrder decided() throws CorruptException {
        if (!bigPossible && !littlePossible) {
            throw wrong("bits after the last page of a block");
        }
        boolean little = littlePossible && (!bigPossible || forLittle >= forBig);
        int inFavour = little ? forLittle : forBig;
        int against = little ? forBig : forLittle;
        boolean certain =
                (littlePossible && bigPossible)
                        ? inFavour > 2 * against || against == 0
                        : against <= 2 * inFavour;
        if (!certain) {
            throw wrong("an undetermined byte order");
        }
        return little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
    }

    private CorruptException wrong(String what) {
        return new CorruptException(
                "mapped-ram bitmaps with "
                        + what
                        + "; pages for little-endian words: "
                        + forLittle
                        + ", for big-endian ones: "
                        + forBig,
                in.position());
    }
}
