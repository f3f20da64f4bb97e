// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.vmstate.stream.Body;
import org.vmstate.stream.Command;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;

/// The devices because of which a source leaves out pages that the guest does not use.
///
/// - **virtio-mem**: memory that is not plugged is not sent. Its state, sent before the pages since
///   QEMU 8.0, says what is plugged:
///
///   ```
///   virtio-mem-device-early v1 := u64 address  u64 region size  u64 block size  u32 node  u64 size  bitmap of u64 words
///   ```
///
///   The block is named after the device's path, as the section is. Older devices do not describe
///   their bitmap in a section of its own; nothing is reported as missing of their blocks.
/// - **free page hinting**: pages that a balloon's guest reported as free are not sent, and nothing
///   says which these are; nothing is reported as missing of blocks of which some pages came. The
///   balloon's state then has the subsection `virtio-balloon-device/free-page-hint`.
final class SparseMemory {
    private static final String EARLY = "/virtio-mem-device-early";
    private static final String LATE = "/virtio-mem";
    private static final String BALLOON = "virtio-balloon";
    private static final byte[] HINTING =
            "virtio-balloon-device/free-page-hint".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int BITMAP_AT = 8 + 8 + 8 + 4 + 8;

    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final List<Section.Full> early = new ArrayList<>();
    private final List<String> late = new ArrayList<>();
    private boolean hinting;

    /// Looks at an element.
    void see(StreamElement element) {
        if (element instanceof Command.Packaged packaged) {
            packaged.elements().forEach(this::see);
        } else if (element instanceof Section.Full full
                && full.body() instanceof Body.Present body) {
            String name = full.identity().idString();
            if (name.endsWith(EARLY)) {
                early.add(full);
            } else if (name.endsWith(LATE)) {
                late.add(name.substring(0, name.length() - LATE.length() + 1));
            } else if (name.endsWith(BALLOON)) {
                hinting |= contains(body.memory());
            }
        }
    }

    /// Marks the pages that these devices leave out as not missing.
    void excuse(RamImage image) {
        for (RamBlock block : image.blocks()) {
            ArrivalMap arrivals = image.arrivals(block);
            boolean known = false;
            for (Section.Full section : early) {
                known |= excuse(section, block, arrivals);
            }
            if (!known && late.stream().anyMatch(block.name()::startsWith)) {
                arrivals.all();
            }
            if (hinting && arrivals.nextPresent(0) < arrivals.pages()) {
                arrivals.all();
            }
        }
    }

    /// Marks what a virtio-mem device has not plugged; false if the block is not this device's.
    private static boolean excuse(Section.Full section, RamBlock block, ArrivalMap arrivals) {
        String name = section.identity().idString();
        MemorySegment state = section.body().memory();
        if (section.identity().versionId() != VERSION
                || !block.name().startsWith(name.substring(0, name.length() - EARLY.length() + 1))
                || state.byteSize() < BITMAP_AT
                || state.get(U64, 8) != block.length()) {
            return false;
        }
        long blockSize = state.get(U64, 16);
        long words = (state.byteSize() - BITMAP_AT) / Long.BYTES;
        if (Long.bitCount(blockSize) != 1
                || blockSize < PageSize.MAX_BYTES
                || Math.ceilDiv(block.length() / blockSize, (long) Long.SIZE) != words) {
            return false;
        }
        for (long at = 0; at < block.length() / blockSize; at++) {
            long word = state.get(U64, BITMAP_AT + at / Long.SIZE * Long.BYTES);
            if ((word >>> at % Long.SIZE & 1) == 0) {
                arrivals.range(at * blockSize, (at + 1) * blockSize);
            }
        }
        return true;
    }

    private static boolean contains(MemorySegment body) {
        MemorySegment wanted = MemorySegment.ofArray(HINTING);
        for (long at = 0; at <= body.byteSize() - HINTING.length; at++) {
            if (body.get(ValueLayout.JAVA_BYTE, at) == HINTING[0]
                    && MemorySegment.mismatch(
                                    body, at, at + HINTING.length, wanted, 0, HINTING.length)
                            < 0) {
                return true;
            }
        }
        return false;
    }
}
