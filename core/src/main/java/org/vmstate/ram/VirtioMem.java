// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.vmstate.stream.Body;
import org.vmstate.stream.Section;
import org.vmstate.wire.LimitExceededException;

/// The memory of a virtio-mem device: its RAM block, its address, and which parts are plugged.
/// Immutable; valid as long as the stream is open.
///
/// Since QEMU 8.0 the device's state is in the stream before the pages:
///
/// ```
/// virtio-mem-device-early v1 := u64 address  u64 region size  u64 block size  u32 node  u64 size  bitmap of u64 words
/// ```
///
/// The RAM block is named after the device's path, as the section is, and is as long as the region.
/// Older versions have the bitmap inside the section `virtio-mem`, which nothing describes.
public final class VirtioMem {
    private static final String SECTION = "/virtio-mem-device-early";
    private static final int VERSION = 1;
    private static final int BITMAP_AT = 8 + 8 + 8 + 4 + 8;

    /// The most plugged ranges of one device.
    private static final int MAX_RANGES = 1 << 20;

    private static final ValueLayout.OfLong U64 =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final RamBlock block;
    private final long address;
    private final long unit;
    private final MemorySegment bitmap;
    private final long offset;

    private VirtioMem(RamBlock block, long address, long unit, MemorySegment bitmap, long offset) {
        this.block = block;
        this.address = address;
        this.unit = unit;
        this.bitmap = bitmap;
        this.offset = offset;
    }

    /// The devices whose state is among these sections and whose memory is among these blocks.
    public static List<VirtioMem> of(Iterable<Section.Full> sections, Collection<RamBlock> blocks) {
        Map<String, List<RamBlock>> blocksByPath = new HashMap<>();
        for (RamBlock block : blocks) {
            blocksByPath.computeIfAbsent(path(block.name()), _ -> new ArrayList<>()).add(block);
        }
        List<VirtioMem> devices = new ArrayList<>();
        for (Section.Full section : sections) {
            if (isState(section)) {
                // Removed, as a path belongs to one device.
                List<RamBlock> candidates =
                        blocksByPath.remove(path(section.identity().idString()));
                if (candidates != null) {
                    of(section, candidates).ifPresent(devices::add);
                }
            }
        }
        return devices;
    }

    /// Whether a section is the state of such a device.
    static boolean isState(Section.Full section) {
        return section.identity().idString().endsWith(SECTION);
    }

    /// The device's path in the name of a section or a block: what is before the last `/`.
    static String path(String name) {
        return name.substring(0, name.lastIndexOf('/') + 1);
    }

    private static Optional<VirtioMem> of(Section.Full section, List<RamBlock> blocks) {
        if (section.identity().versionId() != VERSION
                || !(section.body() instanceof Body.Present body)
                || body.memory().byteSize() < BITMAP_AT) {
            return Optional.empty();
        }
        MemorySegment state = body.memory();
        long address = state.get(U64, 0);
        long length = state.get(U64, 8);
        long unit = state.get(U64, 16);
        MemorySegment bitmap = state.asSlice(BITMAP_AT);
        if (Long.bitCount(unit) != 1
                || unit < PageSize.MAX_BYTES
                || length < 0
                || address < 0
                || address > Long.MAX_VALUE - length
                || Math.ceilDiv(length / unit, (long) Long.SIZE) * Long.BYTES
                        != bitmap.byteSize()) {
            return Optional.empty();
        }
        return blocks.stream()
                .filter(block -> block.length() == length)
                .findFirst()
                .map(block -> new VirtioMem(block, address, unit, bitmap, body.offset()));
    }

    /// The device's memory.
    public RamBlock block() {
        return block;
    }

    /// The guest-physical address of its first byte.
    public long address() {
        return address;
    }

    /// The plugged parts of the block, in order.
    ///
    /// @throws LimitExceededException if there are more than a million
    public List<RamCoverage.Range> plugged() throws LimitExceededException {
        List<RamCoverage.Range> ranges = new ArrayList<>();
        long units = block.length() / unit;
        for (long from = next(0, true); from < units; ) {
            long to = next(from, false);
            if (ranges.size() == MAX_RANGES) {
                throw new LimitExceededException(
                        "more than " + MAX_RANGES + " plugged ranges of a virtio-mem device",
                        offset);
            }
            ranges.add(new RamCoverage.Range(from * unit, to * unit));
            from = next(to, true);
        }
        return ranges;
    }

    /// Notes in `arrivals` what is not plugged.
    void excuse(ArrivalMap arrivals) {
        long units = block.length() / unit;
        for (long from = next(0, false); from < units; ) {
            long to = next(from, true);
            arrivals.range(from * unit, to * unit);
            from = next(to, false);
        }
    }

    /// The first unit from `at` on that is plugged, or is not; the number of units if there is
    /// none.
    private long next(long at, boolean plugged) {
        long units = block.length() / unit;
        while (at < units) {
            long word = bitmap.get(U64, at / Long.SIZE * Long.BYTES);
            long wanted = (plugged ? word : ~word) >>> at % Long.SIZE;
            if (wanted != 0) {
                return Math.min(units, at + Long.numberOfTrailingZeros(wanted));
            }
            at = (at / Long.SIZE + 1) * Long.SIZE;
        }
        return units;
    }
}
