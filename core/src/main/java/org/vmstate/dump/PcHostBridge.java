// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// The host bridge of a PC, which determines the memory that its CPUs see between 640 KiB and 1 MiB
/// and at the end of low memory, outside of system management mode.
///
/// Each of 13 areas shows either main memory or firmware on the PCI bus; where the bus has nothing,
/// main memory shows. Seven bytes of the bridge's PCI configuration space (PAM) contain four bits
/// per area. The low half of the first byte is unused, its high half is for the system BIOS,
/// 0xf0000 to 0xfffff. The other bytes, low half first, are for 12 areas of 16 KiB from 0xc0000 on.
/// Bit 0 directs reads to main memory, bit 1 writes. QEMU shows main memory if either is set.
///
/// @param config the configuration space
/// @param pam the offset of the first byte of PAM
/// @param smram the offset of the byte that controls the memory of system management mode
/// @param extended the offset of the byte that controls such memory at the end of low memory, 0 if
///   the bridge has none
record PcHostBridge(ByteBuffer config, int pam, int smram, int extended) {
    static final long VIDEO_START = 0xa_0000;
    static final long ROM_START = 0xc_0000;
    static final long BIOS_START = 0xf_0000;
    static final long BIOS_END = 0x10_0000;
    private static final int ROM_AREA = 0x4000;
    private static final int MAIN_MEMORY = 3;
    private static final int OPEN = 1 << 6;
    private static final int ENABLED = 1 << 3;
    private static final int EXTENDED_ENABLED = 1;
    private static final int EXTENDED_SIZE_AT = 0x50;
    private static final int MIB = 1 << 20;

    /// Creates the bridge of `pc`.
    static PcHostBridge i440fx(ByteBuffer config) {
        return new PcHostBridge(config, 0x59, 0x72, 0);
    }

    /// Creates the bridge of `q35`.
    static PcHostBridge q35(ByteBuffer config) {
        return new PcHostBridge(config, 0x90, 0x9d, 0x9e);
    }

    private int value(int offset) {
        return config.get(offset);
    }

    /// Whether the CPUs see video memory at 640 KiB, if there is any.
    boolean showsVideo() {
        return (value(smram) & OPEN) == 0;
    }

    /// The parts of ranges on the PCI bus that the CPUs see instead of main memory.
    List<GuestRange> visible(List<GuestRange> bus) {
        List<GuestRange> visible = new ArrayList<>();
        if (!mainMemory(0)) {
            add(visible, bus, BIOS_START, BIOS_END);
        }
        long start = ROM_START;
        for (int area = 1; start < BIOS_START; area++) {
            if (!mainMemory(area)) {
                add(visible, bus, start, start + ROM_AREA);
            }
            start += ROM_AREA;
        }
        return visible;
    }

    private static void add(List<GuestRange> visible, List<GuestRange> bus, long start, long end) {
        for (GuestRange range : bus) {
            long from = Math.max(start, range.address());
            long to = Math.min(end, range.end());
            if (from < to) {
                visible.add(GuestRanges.part(range, from, to));
            }
        }
    }

    /// Whether an area shows main memory. Number 0 is the system BIOS, the others follow from
    /// 0xc0000 on.
    private boolean mainMemory(int area) {
        int two = value(pam + (area + 1) / 2);
        return (two >> (area % 2 == 0 ? 4 : 0) & MAIN_MEMORY) != 0;
    }

    /// The number of bytes at the end of low memory that only system management mode sees.
    long reservedBytes() {
        if (extended == 0
                || (value(extended) & EXTENDED_ENABLED) == 0
                || (value(smram) & ENABLED) == 0) {
            return 0;
        }
        return switch (value(extended) >> 1 & 3) {
            case 0 -> MIB;
            case 1 -> 2 * MIB;
            case 2 -> 8 * MIB;
            default ->
                    (long) MIB
                            * Short.toUnsignedInt(
                                    config.order(ByteOrder.LITTLE_ENDIAN)
                                            .getShort(EXTENDED_SIZE_AT));
        };
    }
}
