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

/// The memory of a virtio-mem device: its RAM block, its address, and the plugged parts. Immutable;
/// valid while the stream is open.
///
/// Since QEMU 8.0 the device's state precedes the pages:
///
/// ```
/// virtio-mem-device-early v1 := u64 address  u64 region size  u64 block size  u32 node  u64 size  bitmap of u64 words
/// ```
///
/// The RAM block and the section are both named after the device's path; the block is as long as
/// the region. In older versions the state is part of the section `virtio-mem`, after the state
/// that every virtio device has:
///
/// ```
/// virtio-mem-device := u64 address  u64 region size  u64 block size  u32 node  u64 usable size  u64 size  u64 requested size  bitmap of u64 words
/// ```
public final class VirtioMem {
    private static final String SECTION = "/virtio-mem-device-early";
    private static final int VERSION = 1;
    private static final int SIZE_AT = 8 + 8 + 8 + 4;
    private static final int BITMAP_AT = SIZE_AT + 8;
    private static final int OLD_SIZE_AT = SIZE_AT + 8;
    private static final int OLD_BITMAP_AT = OLD_SIZE_AT + 8 + 8;

    /// The maximum number of plugged ranges of a device.
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

    /// The devices whose state is in one of these sections and whose memory is one of these blocks.
    public static List<VirtioMem> of(Iterable<Section.Full> sections, Collection<RamBlock> blocks) {
        Map<String, List<RamBlock>> blocksByPath = byPath(blocks);
        List<VirtioMem> devices = new ArrayList<>();
        for (Section.Full section : sections) {
            if (isState(section)) {
                // Removed, because a path belongs to one device.
                List<RamBlock> candidates =
                        blocksByPath.remove(path(section.identity().idString()));
                if (candidates != null) {
                    of(section, candidates).ifPresent(devices::add);
                }
            }
        }
        return devices;
    }

    /// Groups blocks by the path of their device, which ends in `/`.
    public static Map<String, List<RamBlock>> byPath(Collection<RamBlock> blocks) {
        Map<String, List<RamBlock>> blocksByPath = new HashMap<>();
        for (RamBlock block : blocks) {
            blocksByPath.computeIfAbsent(path(block.name()), _ -> new ArrayList<>()).add(block);
        }
        return blocksByPath;
    }

    /// Whether a section is the state of a virtio-mem device.
    static boolean isState(Section.Full section) {
        return section.identity().idString().endsWith(SECTION);
    }

    /// The device's path in the name of a section or a block: the part before the last `/`.
    public static String path(String name) {
        return name.substring(0, name.lastIndexOf('/') + 1);
    }

    private static Optional<VirtioMem> of(Section.Full section, List<RamBlock> blocks) {
        return section.identity().versionId() == VERSION
                        && section.body() instanceof Body.Present body
                        && body.memory().byteSize() >= BITMAP_AT
                ? of(body.memory(), body.memory().asSlice(BITMAP_AT), body.offset(), blocks)
                : Optional.empty();
    }

    /// The device with a state in the format of QEMU before 8.0; empty if the state has another
    /// format or its memory is not one of these blocks.
    ///
    /// @param state the section's body after the state that every virtio device has
    /// @param offset the absolute offset of the state
    /// @param blocks the blocks below the device's path
    public static Optional<VirtioMem> ofOldState(
            MemorySegment state, long offset, List<RamBlock> blocks) {
        if (state.byteSize() < OLD_BITMAP_AT || Long.bitCount(state.get(U64, 16)) != 1) {
            return Optional.empty();
        }
        long words = Math.ceilDiv(state.get(U64, 8) / state.get(U64, 16), (long) Long.SIZE);
        if (words < 0 || words > (state.byteSize() - OLD_BITMAP_AT) / Long.BYTES) {
            return Optional.empty();
        }
        return of(state, state.asSlice(OLD_BITMAP_AT, words * Long.BYTES), offset, blocks)
                .filter(device -> device.pluggedBytes() == state.get(U64, OLD_SIZE_AT));
    }

    private static Optional<VirtioMem> of(
            MemorySegment state, MemorySegment bitmap, long offset, List<RamBlock> blocks) {
        long address = state.get(U64, 0);
        long length = state.get(U64, 8);
        long unit = state.get(U64, 16);
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
                .map(block -> new VirtioMem(block, address, unit, bitmap, offset));
    }

    /// The device's memory.
    public RamBlock block() {
        return block;
    }

    /// The guest-physical address of the block.
    public long address() {
        return address;
    }

    /// The plugged ranges of the block, in ascending order.
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

    private long pluggedBytes() {
        long count = 0;
        for (long at = 0; at < bitmap.byteSize(); at += Long.BYTES) {
            count += Long.bitCount(bitmap.get(U64, at));
        }
        return count * unit;
    }

    /// Marks the parts that are not plugged as received.
    void markUnplugged(ArrivalMap arrivals) {
        long units = block.length() / unit;
        for (long from = next(0, false); from < units; ) {
            long to = next(from, true);
            arrivals.range(from * unit, to * unit);
            from = next(to, false);
        }
    }

    /// The first unit at or after `at` that is plugged (or is not, if `plugged` is false); the
    /// number of units if there is none.
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
