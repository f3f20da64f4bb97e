// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vmstate.ram.BlockMismatchException;
import org.vmstate.ram.RamBlock;

/// Where the blocks of a guest's RAM are in its physical address space. Immutable.
///
/// A stream does not say it, so it follows from the machine type:
///
/// | machine | main memory | else |
/// |---|---|---|
/// | `pc` | 0 to 3.5 GiB, or 3 GiB if there is more; the rest from 4 GiB on | `pc.bios` below 4 GiB |
/// | `q35` | 0 to 2.75 GiB, or 2 GiB if there is more; the rest from 4 GiB on | the same |
/// | `microvm` | 0 to 3 GiB; the rest from 4 GiB on | |
/// | `virt` of aarch64 | from 1 GiB on | `virt.flash0`, `virt.flash1` at 0 and 64 MiB |
/// | `pseries`, `s390-ccw-virtio` | from 0 on | |
///
/// What a PC's CMOS says about its memory below 4 GiB goes before this table.
///
/// Main memory is the block that the machine makes itself (`pc.ram`), or the memory backends that
/// stand for it, NUMA nodes in the order of their names. A single backend beside it is a memory
/// module plugged in, at the beginning of the machine's place for these.
///
/// @param ranges in order of their addresses
/// @param unplaced blocks whose place is not known, which are mostly firmware and video memory
public record GuestMap(List<GuestRange> ranges, List<RamBlock> unplaced) {
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;
    private static final long FOUR_GIB = 4 * GIB;
    private static final List<String> MAIN =
            List.of("pc.ram", "microvm.ram", "mach-virt.ram", "ppc_spapr.ram", "s390.ram");

    /// What no memory backend is called: device memory is named by its device, firmware by what it
    /// is.
    private static final Pattern NOT_MEMORY =
            Pattern.compile(
                    "^/rom@.*|^[^/].*/.*|.*\\.(rom|bios|vram|flash[0-9]*|secure-ram)$|^(isa-bios|pc\\.bios|pc\\.rom|system\\.flash.*)$");

    /// A map that does not change any more.
    public GuestMap {
        ranges = List.copyOf(ranges);
        unplaced = List.copyOf(unplaced);
    }

    /// What the user or the machine's state says of the layout, which goes before the table.
    /// Immutable.
    public static final class Overrides {
        /// No overrides.
        public static final Overrides NONE = new Overrides(null, Map.of());

        private final @Nullable Long lowMemory;
        private final Map<String, Long> addresses;

        private Overrides(@Nullable Long lowMemory, Map<String, Long> addresses) {
            this.lowMemory = lowMemory;
            this.addresses = addresses;
        }

        /// With the size of the main memory below 4 GiB, of a machine that has a hole there.
        public Overrides withLowMemory(long bytes) {
            return new Overrides(bytes, addresses);
        }

        /// With the addresses of blocks, by name; each of these is placed as a whole.
        public Overrides withAddresses(Map<String, Long> addresses) {
            return new Overrides(lowMemory, Map.copyOf(addresses));
        }
    }

    /// How a machine lays out its memory.
    private enum Layout {
        PC(0, 0xe000_0000L, 0xc000_0000L),
        Q35(0, 0xb000_0000L, 0x8000_0000L),
        MICROVM(0, 0xc000_0000L, 0xc000_0000L),
        VIRT(GIB, Long.MAX_VALUE, Long.MAX_VALUE),
        FLAT(0, Long.MAX_VALUE, Long.MAX_VALUE),
        UNKNOWN(0, 0, 0);

        private final long base;
        private final long lowFits;
        private final long lowElse;

        Layout(long base, long lowFits, long lowElse) {
            this.base = base;
            this.lowFits = lowFits;
            this.lowElse = lowElse;
        }

        long low(long total) {
            return total >= lowFits ? lowElse : total;
        }
    }

    /// The map of a machine.
    ///
    /// @param machineType as in the configuration section, empty if there is none
    /// @throws org.vmstate.ram.BlockMismatchException if ranges overlap or an override names no
    ///   block
    public static GuestMap of(
            String machineType,
            Architecture architecture,
            Collection<RamBlock> blocks,
            Overrides overrides) {
        return create(machineType, Objects.requireNonNull(architecture), blocks, overrides);
    }

    /// The map of a machine whose architecture is not known: of a PC, and of the blocks that
    /// `overrides` places.
    ///
    /// @param machineType as in the configuration section, empty if there is none
    /// @throws org.vmstate.ram.BlockMismatchException if ranges overlap or an override names no
    ///   block
    public static GuestMap of(
            String machineType, Collection<RamBlock> blocks, Overrides overrides) {
        return create(machineType, null, blocks, overrides);
    }

    private static GuestMap create(
            String machineType,
            @Nullable Architecture architecture,
            Collection<RamBlock> blocks,
            Overrides overrides) {
        Map<String, RamBlock> left = new LinkedHashMap<>();
        for (RamBlock block : blocks) {
            left.put(block.name(), block);
        }
        List<GuestRange> ranges = new ArrayList<>();
        for (Map.Entry<String, Long> place : overrides.addresses.entrySet()) {
            RamBlock block = left.remove(place.getKey());
            if (block == null) {
                throw new BlockMismatchException("no block " + place.getKey());
            }
            ranges.add(new GuestRange(place.getValue(), block, 0, block.length()));
        }
        Layout layout = layout(machineType, architecture, left);
        if (layout != Layout.UNKNOWN) {
            place(layout, left, overrides.lowMemory, ranges);
        }
        return new GuestMap(checked(ranges), List.copyOf(left.values()));
    }

    private static Layout layout(
            String machineType, @Nullable Architecture architecture, Map<String, RamBlock> blocks) {
        String type = machineType.toLowerCase(Locale.ROOT);
        if (type.contains("q35")) {
            return Layout.Q35;
        } else if (type.equals("microvm")) {
            return Layout.MICROVM;
        } else if (type.startsWith("pc")
                || type.equals("isapc")
                || (type.isEmpty() && blocks.containsKey("pc.ram"))) {
            return Layout.PC;
        }
        boolean virt = type.equals("virt") || type.startsWith("virt-") || type.isEmpty();
        return switch (architecture) {
            case null -> Layout.UNKNOWN;
            case AARCH64 -> virt ? Layout.VIRT : Layout.UNKNOWN;
            case PPC64 ->
                    type.startsWith("pseries") || type.isEmpty() ? Layout.FLAT : Layout.UNKNOWN;
            case S390X -> Layout.FLAT;
            case X86_64 -> Layout.UNKNOWN;
        };
    }

    private static void place(
            Layout layout,
            Map<String, RamBlock> left,
            @Nullable Long lowMemory,
            List<GuestRange> ranges) {
        List<RamBlock> backends =
                left.values().stream()
                        .filter(
                                b ->
                                        !MAIN.contains(b.name())
                                                && !NOT_MEMORY.matcher(b.name()).matches())
                        .sorted(Comparator.comparing(b -> padded(b.name())))
                        .toList();
        List<RamBlock> main = left.values().stream().filter(b -> MAIN.contains(b.name())).toList();
        List<RamBlock> plugged = backends;
        if (main.isEmpty()) {
            main = backends;
            plugged = List.of();
        }
        long total = main.stream().mapToLong(RamBlock::length).sum();
        long low = Math.min(total, lowMemory == null ? layout.low(total) : lowMemory);
        long at = 0;
        for (RamBlock block : main) {
            long below = Math.clamp(low - at, 0, block.length());
            if (below > 0) {
                ranges.add(new GuestRange(layout.base + at, block, 0, below));
            }
            if (below < block.length()) {
                ranges.add(
                        new GuestRange(
                                FOUR_GIB + at + below - low, block, below, block.length() - below));
            }
            at += block.length();
            left.remove(block.name());
        }
        if (plugged.size() == 1) {
            RamBlock module = left.remove(plugged.getFirst().name());
            if (module != null) {
                long end =
                        switch (layout) {
                            case PC, Q35, MICROVM -> FOUR_GIB + total - low;
                            default -> layout.base + total;
                        };
                ranges.add(
                        new GuestRange(Math.ceilDiv(end, GIB) * GIB, module, 0, module.length()));
            }
        }
        switch (layout) {
            case PC, Q35 -> fixed(left, "pc.bios", -1, ranges);
            case VIRT -> {
                fixed(left, "virt.flash0", 0, ranges);
                fixed(left, "virt.flash1", 64 * MIB, ranges);
            }
            default -> {}
        }
    }

    private static void fixed(
            Map<String, RamBlock> left, String name, long address, List<GuestRange> ranges) {
        RamBlock block = left.remove(name);
        if (block != null && block.length() > 0 && block.length() <= GIB) {
            ranges.add(
                    new GuestRange(
                            address < 0 ? FOUR_GIB - block.length() : address,
                            block,
                            0,
                            block.length()));
        }
    }

    /// A name whose numbers sort by their value.
    private static String padded(String name) {
        return Pattern.compile("[0-9]{1,9}")
                .matcher(name)
                .replaceAll(m -> "0".repeat(9 - m.group().length()) + m.group());
    }

    private static List<GuestRange> checked(List<GuestRange> ranges) {
        List<GuestRange> sorted =
                ranges.stream().sorted(Comparator.comparingLong(GuestRange::address)).toList();
        for (int i = 1; i < sorted.size(); i++) {
            if (sorted.get(i).address() < sorted.get(i - 1).end()) {
                throw new BlockMismatchException(
                        "blocks "
                                + sorted.get(i - 1).block().name()
                                + " and "
                                + sorted.get(i).block().name()
                                + " overlap at 0x"
                                + Long.toHexString(sorted.get(i).address()));
            }
        }
        return sorted;
    }
}
