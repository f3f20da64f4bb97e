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
import org.vmstate.ram.RamCoverage;
import org.vmstate.ram.VirtioMem;
import org.vmstate.wire.LimitExceededException;

/// The map of a guest's RAM blocks in its physical address space. Immutable.
///
/// A stream does not contain it; it follows from the machine type:
///
/// | machine | main memory | else |
/// |---|---|---|
/// | `pc`, `isapc` | 0 to 3.5 GiB, or 3 GiB if there is more; the rest from 4 GiB on | `pc.bios` below 4 GiB |
/// | `q35` | 0 to 2.75 GiB, or 2 GiB if there is more; the rest from 4 GiB on | the same |
/// | `microvm` | 0 to 3 GiB; the rest from 4 GiB on | the same |
/// | `virt` of ARM | from 1 GiB on | `virt.flash0`, `virt.flash1` at 0 and 64 MiB |
/// | `virt` of RISC-V | from 2 GiB on | `riscv_virt_board.mrom` at 0x1000, `virt.flash0`, `virt.flash1` at 512 and 544 MiB |
/// | `virt` of LoongArch | 0 to 256 MiB; the rest from 2 GiB on | `virt.flash0`, `virt.flash1` at 448 and 464 MiB |
/// | `pseries`, `s390-ccw-virtio` | from 0 on | |
///
/// If a PC's CMOS states the size of its memory below 4 GiB, that size is used instead of the
/// table. Below 1 MiB a PC's CPUs see firmware instead of main memory where its host bridge maps
/// firmware, and no memory where the host bridge hides it: see [PcHostBridge].
///
/// Main memory is the block that the machine creates (`pc.ram`), or the memory backends that
/// replace it, in the order of the names of their NUMA nodes. A single other backend is a plugged
/// memory module, at the start of the machine's region for these. Several modules are placed if the
/// stream states their distances from there, as with `x-ignore-shared`. The address of a virtio-mem
/// device's memory, and its plugged parts, are in the device's state.
///
/// @param ranges in ascending order of their addresses
/// @param unplaced blocks whose address is unknown, mostly firmware and video memory
public record GuestMap(List<GuestRange> ranges, List<RamBlock> unplaced) {
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;
    private static final long FOUR_GIB = 4 * GIB;

    /// The maximum size of firmware below 1 MiB, and the size of the area below it for option ROMs.
    private static final long MAX_ROM_BYTES = 128 << 10;

    /// The maximum distance of a memory module from the first one.
    private static final long MAX_DISTANCE = 1L << 52;

    private static final List<String> MAIN =
            List.of(
                    "pc.ram",
                    "microvm.ram",
                    "mach-virt.ram",
                    "ppc_spapr.ram",
                    "s390.ram",
                    "riscv_virt_board.ram",
                    "loongarch.ram");

    /// Names of blocks that are not memory backends: device memory is named after its device,
    /// firmware after its kind.
    private static final Pattern NOT_MEMORY =
            Pattern.compile(
                    "^/rom@.*|^[^/].*/.*|.*\\.(rom|mrom|bios|vram|flash[0-9]*|secure-ram)$|^(isa-bios|pc\\.bios|pc\\.rom|system\\.flash.*)$");

    /// The video memory of a VGA device, which is visible at 640 KiB.
    private static final Pattern VIDEO = Pattern.compile("(.*/)?(vga\\.vram|qxl\\.vgavram)");

    /// Copies the lists.
    public GuestMap {
        ranges = List.copyOf(ranges);
        unplaced = List.copyOf(unplaced);
    }

    /// What the user or the machine's state specifies about the layout; takes precedence over the
    /// table. Immutable.
    public static final class Overrides {
        /// No overrides.
        public static final Overrides NONE = new Overrides(null, null, Map.of(), List.of(), null);

        private final @Nullable Long lowMemory;
        private final @Nullable Long mainMemory;
        private final Map<String, Long> addresses;
        private final List<Plugged> plugged;
        private final @Nullable PcHostBridge bridge;

        private Overrides(
                @Nullable Long lowMemory,
                @Nullable Long mainMemory,
                Map<String, Long> addresses,
                List<Plugged> plugged,
                @Nullable PcHostBridge bridge) {
            this.lowMemory = lowMemory;
            this.mainMemory = mainMemory;
            this.addresses = addresses;
            this.plugged = plugged;
            this.bridge = bridge;
        }

        /// Sets the size of the main memory below 4 GiB, for a machine that has a hole there.
        public Overrides withLowMemory(long bytes) {
            return new Overrides(bytes, mainMemory, addresses, plugged, bridge);
        }

        /// Sets the addresses of blocks, by name. Each of these blocks is placed as a whole.
        public Overrides withAddresses(Map<String, Long> addresses) {
            return new Overrides(lowMemory, mainMemory, Map.copyOf(addresses), plugged, bridge);
        }

        /// Sets the size of the main memory without memory modules.
        Overrides withMainMemory(long bytes) {
            return new Overrides(lowMemory, bytes, addresses, plugged, bridge);
        }

        /// Sets the blocks of which parts are plugged.
        Overrides withPlugged(List<Plugged> plugged) {
            return new Overrides(lowMemory, mainMemory, addresses, List.copyOf(plugged), bridge);
        }

        /// Sets the host bridge of a PC.
        Overrides withBridge(PcHostBridge bridge) {
            return new Overrides(lowMemory, mainMemory, addresses, plugged, bridge);
        }
    }

    /// A block of which parts are plugged.
    ///
    /// @param address the address of the block's first byte, plugged or not
    record Plugged(RamBlock block, long address, List<GuestRange> ranges) {
        static Plugged of(VirtioMem device) throws LimitExceededException {
            List<GuestRange> ranges = new ArrayList<>();
            for (RamCoverage.Range range : device.plugged()) {
                ranges.add(
                        new GuestRange(
                                device.address() + range.start(),
                                device.block(),
                                range.start(),
                                range.end() - range.start()));
            }
            return new Plugged(device.block(), device.address(), ranges);
        }
    }

    /// The memory layout of a machine.
    private enum Arrangement {
        PC(0, 0xe000_0000L, 0xc000_0000L, FOUR_GIB),
        Q35(0, 0xb000_0000L, 0x8000_0000L, FOUR_GIB),
        ISA_PC(0, 0xe000_0000L, 0xc000_0000L, FOUR_GIB),
        MICROVM(0, 0xc000_0000L, 0xc000_0000L, FOUR_GIB),
        VIRT_ARM(GIB),
        VIRT_RISCV(2 * GIB),
        VIRT_LOONGARCH(0, 256 * MIB, 256 * MIB, 2 * GIB),
        FLAT(0),
        UNKNOWN(0);

        private final long base;
        private final long lowFits;
        private final long lowElse;
        private final long high;

        /// Creates a layout with memory in one piece.
        Arrangement(long base) {
            this(base, Long.MAX_VALUE, Long.MAX_VALUE, 0);
        }

        /// Creates a layout with memory in two pieces if it does not fit into the lower region.
        Arrangement(long base, long lowFits, long lowElse, long high) {
            this.base = base;
            this.lowFits = lowFits;
            this.lowElse = lowElse;
            this.high = high;
        }

        /// The blocks at fixed addresses, by name.
        Map<String, Long> fixed() {
            return switch (this) {
                case VIRT_ARM -> Map.of("virt.flash0", 0L, "virt.flash1", 64 * MIB);
                case VIRT_RISCV ->
                        Map.of(
                                "riscv_virt_board.mrom",
                                0x1000L,
                                "virt.flash0",
                                512 * MIB,
                                "virt.flash1",
                                544 * MIB);
                case VIRT_LOONGARCH -> Map.of("virt.flash0", 448 * MIB, "virt.flash1", 464 * MIB);
                default -> Map.of();
            };
        }

        long low(long total) {
            return total >= lowFits ? lowElse : total;
        }

        boolean isPc() {
            return high == FOUR_GIB;
        }

        boolean hasBridge() {
            return this == PC || this == Q35;
        }
    }

    /// Creates the map of a machine.
    ///
    /// @param machineType the machine type in the configuration section, empty if there is none
    /// @throws org.vmstate.ram.BlockMismatchException if ranges overlap or an override names no
    ///   block
    public static GuestMap of(
            String machineType,
            Architecture architecture,
            Collection<RamBlock> blocks,
            Overrides overrides) {
        return create(machineType, Objects.requireNonNull(architecture), blocks, overrides);
    }

    /// Creates the map of a machine of unknown architecture: that of a PC, or else of the blocks
    /// that `overrides` places.
    ///
    /// @param machineType the machine type in the configuration section, empty if there is none
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
        GuestRanges ranges = new GuestRanges();
        for (Map.Entry<String, Long> place : overrides.addresses.entrySet()) {
            RamBlock block = left.remove(place.getKey());
            if (block == null) {
                throw new BlockMismatchException("no block " + place.getKey());
            }
            ranges.add(new GuestRange(place.getValue(), block, 0, block.length()));
        }
        Arrangement layout = layout(machineType, architecture, left);
        if (layout != Arrangement.UNKNOWN) {
            place(layout, left, overrides, ranges);
        }
        for (Plugged plugged : overrides.plugged) {
            RamBlock block = plugged.block;
            if (left.containsKey(block.name())
                    && ranges.addApart(
                            plugged.address, plugged.address + block.length(), plugged.ranges)) {
                left.remove(block.name());
            }
        }
        return new GuestMap(ranges.sorted(), List.copyOf(left.values()));
    }

    private static Arrangement layout(
            String machineType, @Nullable Architecture architecture, Map<String, RamBlock> blocks) {
        String type = machineType.toLowerCase(Locale.ROOT);
        if (type.contains("q35")) {
            return Arrangement.Q35;
        } else if (type.equals("microvm")) {
            return Arrangement.MICROVM;
        } else if (type.equals("isapc")) {
            return Arrangement.ISA_PC;
        } else if (type.startsWith("pc") || (type.isEmpty() && blocks.containsKey("pc.ram"))) {
            return Arrangement.PC;
        }
        boolean virt = type.equals("virt") || type.startsWith("virt-") || type.isEmpty();
        return switch (architecture) {
            case null -> Arrangement.UNKNOWN;
            case AARCH64, ARM -> virt ? Arrangement.VIRT_ARM : Arrangement.UNKNOWN;
            case RISCV64, RISCV32 -> virt ? Arrangement.VIRT_RISCV : Arrangement.UNKNOWN;
            // Versions with this block had high memory at another address.
            case LOONGARCH64 ->
                    virt && !blocks.containsKey("loongarch.bios")
                            ? Arrangement.VIRT_LOONGARCH
                            : Arrangement.UNKNOWN;
            case PPC64 ->
                    type.startsWith("pseries") || type.isEmpty()
                            ? Arrangement.FLAT
                            : Arrangement.UNKNOWN;
            case S390X -> Arrangement.FLAT;
            case X86_64 -> Arrangement.UNKNOWN;
        };
    }

    private static void place(
            Arrangement layout,
            Map<String, RamBlock> left,
            Overrides overrides,
            GuestRanges ranges) {
        List<RamBlock> backends =
                left.values().stream()
                        .filter(
                                b ->
                                        !MAIN.contains(b.name())
                                                && !NOT_MEMORY.matcher(b.name()).matches())
                        .sorted(Comparator.comparing(b -> padded(b.name())))
                        .toList();
        List<RamBlock> main = left.values().stream().filter(b -> MAIN.contains(b.name())).toList();
        if (main.isEmpty()) {
            main = mainMemory(backends, overrides.mainMemory);
        }
        List<RamBlock> plugged = new ArrayList<>(backends);
        plugged.removeAll(main);
        if (main.isEmpty()) {
            return;
        }
        long total = main.stream().mapToLong(RamBlock::length).sum();
        long low =
                Math.min(
                        total,
                        overrides.lowMemory == null ? layout.low(total) : overrides.lowMemory);
        long at = 0;
        for (RamBlock block : main) {
            long below = Math.clamp(low - at, 0, block.length());
            if (below > 0) {
                ranges.add(new GuestRange(layout.base + at, block, 0, below));
            }
            if (below < block.length()) {
                ranges.add(
                        new GuestRange(
                                layout.high + at + below - low,
                                block,
                                below,
                                block.length() - below));
            }
            at += block.length();
            left.remove(block.name());
        }
        long end = low < total ? layout.high + total - low : layout.base + total;
        plug(
                plugged,
                Math.ceilDiv(layout.isPc() ? Math.max(end, FOUR_GIB) : end, GIB) * GIB,
                left,
                ranges);
        layout.fixed().forEach((name, address) -> fixed(left, name, address, ranges));
        if (layout.isPc()) {
            firmware(layout, left, overrides.bridge, low, ranges);
        }
    }

    /// The backends that are main memory: all of them, or the only one with the size of main
    /// memory, if the machine states that size.
    private static List<RamBlock> mainMemory(List<RamBlock> backends, @Nullable Long bytes) {
        if (bytes == null || backends.stream().mapToLong(RamBlock::length).sum() == bytes) {
            return backends;
        }
        List<RamBlock> fitting = backends.stream().filter(b -> b.length() == bytes).toList();
        return fitting.size() == 1 ? fitting : List.of();
    }

    /// Places memory modules: a single one at the start of their region, several at their distances
    /// from there, if the stream states them.
    private static void plug(
            List<RamBlock> modules, long start, Map<String, RamBlock> left, GuestRanges ranges) {
        for (RamBlock module : modules) {
            if (modules.size() == 1) {
                fixed(left, module.name(), start, ranges);
            } else if (module.guestAddress().isPresent()) {
                long distance = module.guestAddress().getAsLong();
                if (distance >= 0 && distance <= MAX_DISTANCE) {
                    fixed(left, module.name(), start + distance, ranges);
                }
            }
        }
    }

    /// Places the firmware of a PC: below 4 GiB as a whole, and below 1 MiB the parts visible
    /// there.
    private static void firmware(
            Arrangement layout,
            Map<String, RamBlock> left,
            @Nullable PcHostBridge bridge,
            long low,
            GuestRanges ranges) {
        ranges.check();
        RamBlock bios = left.get("pc.bios");
        RamBlock flash = left.get("system.flash0");
        long top = FOUR_GIB;
        for (String name : List.of("pc.bios", "system.flash0", "system.flash1")) {
            RamBlock block = left.get(name);
            if (block != null && block.length() <= GIB) {
                top -= block.length();
                fixed(left, name, top, ranges);
            }
        }
        if (layout.hasBridge() == (bridge == null)) {
            return;
        }
        boolean video = left.keySet().stream().anyMatch(VIDEO.asMatchPredicate());
        List<GuestRange> bus = new ArrayList<>();
        RamBlock roms = left.remove("pc.rom");
        if (roms != null && roms.length() > 0 && roms.length() <= MAX_ROM_BYTES) {
            bus.add(new GuestRange(PcHostBridge.ROM_START, roms, 0, roms.length()));
        }
        RamBlock copy = left.remove("isa-bios");
        RamBlock shown = copy != null ? copy : bios != null ? bios : flash;
        if (shown != null && shown.length() > 0) {
            long length = Math.min(shown.length(), MAX_ROM_BYTES);
            bus.add(
                    new GuestRange(
                            PcHostBridge.BIOS_END - length,
                            shown,
                            shown.length() - length,
                            length));
        }
        if (bridge != null) {
            bus = bridge.visible(bus);
            video &= bridge.showsVideo();
        }
        if (video) {
            ranges.hide(PcHostBridge.VIDEO_START, PcHostBridge.ROM_START);
        }
        bus.forEach(ranges::cover);
        if (bridge != null) {
            ranges.hide(Math.max(0, low - bridge.reservedBytes()), low);
        }
    }

    /// Places a block, unless its region is occupied.
    private static void fixed(
            Map<String, RamBlock> left, String name, long address, GuestRanges ranges) {
        RamBlock block = left.get(name);
        if (block != null
                && block.length() > 0
                && ranges.addApart(
                        address,
                        address + block.length(),
                        List.of(new GuestRange(address, block, 0, block.length())))) {
            left.remove(name);
        }
    }

    /// A name with all numbers padded with zeros, so that names sort by the values of their
    /// numbers.
    private static String padded(String name) {
        return Pattern.compile("[0-9]{1,9}")
                .matcher(name)
                .replaceAll(m -> "0".repeat(9 - m.group().length()) + m.group());
    }
}
