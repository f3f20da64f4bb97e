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

/// Where the blocks of a guest's RAM are in its physical address space. Immutable.
///
/// A stream does not say it, so it follows from the machine type:
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
/// What a PC's CMOS says about its memory below 4 GiB goes before this table. Below 1 MiB a PC's
/// CPUs see firmware instead of main memory as far as its host bridge says so, and no memory where
/// the host bridge hides it: see [PcHostBridge].
///
/// Main memory is the block that the machine makes itself (`pc.ram`), or the memory backends that
/// stand for it, NUMA nodes in the order of their names. A single backend beside it is a memory
/// module plugged in, at the beginning of the machine's place for these; several have a place if
/// the stream says how far each is from there, as it does under `x-ignore-shared`. Where a
/// virtio-mem device has its memory, and how much of it is plugged, is in the device's state.
///
/// @param ranges in order of their addresses
/// @param unplaced blocks whose place is not known, which are mostly firmware and video memory
public record GuestMap(List<GuestRange> ranges, List<RamBlock> unplaced) {
    private static final long MIB = 1 << 20;
    private static final long GIB = 1 << 30;
    private static final long FOUR_GIB = 4 * GIB;

    /// How much of the firmware is below 1 MiB at most, and as much is kept free for option ROMs.
    private static final long MAX_ROM_BYTES = 128 << 10;

    /// The most that a memory module can be away from the first.
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

    /// What no memory backend is called: device memory is named by its device, firmware by what it
    /// is.
    private static final Pattern NOT_MEMORY =
            Pattern.compile(
                    "^/rom@.*|^[^/].*/.*|.*\\.(rom|mrom|bios|vram|flash[0-9]*|secure-ram)$|^(isa-bios|pc\\.bios|pc\\.rom|system\\.flash.*)$");

    /// The video memory of a VGA, which is visible from 640 KiB on.
    private static final Pattern VIDEO = Pattern.compile("(.*/)?(vga\\.vram|qxl\\.vgavram)");

    /// A map that does not change any more.
    public GuestMap {
        ranges = List.copyOf(ranges);
        unplaced = List.copyOf(unplaced);
    }

    /// What the user or the machine's state says of the layout, which goes before the table.
    /// Immutable.
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

        /// With the size of the main memory below 4 GiB, of a machine that has a hole there.
        public Overrides withLowMemory(long bytes) {
            return new Overrides(bytes, mainMemory, addresses, plugged, bridge);
        }

        /// With the addresses of blocks, by name; each of these is placed as a whole.
        public Overrides withAddresses(Map<String, Long> addresses) {
            return new Overrides(lowMemory, mainMemory, Map.copyOf(addresses), plugged, bridge);
        }

        /// With the size of the main memory, memory modules not counted.
        Overrides withMainMemory(long bytes) {
            return new Overrides(lowMemory, bytes, addresses, plugged, bridge);
        }

        /// With the blocks of which parts are plugged.
        Overrides withPlugged(List<Plugged> plugged) {
            return new Overrides(lowMemory, mainMemory, addresses, List.copyOf(plugged), bridge);
        }

        /// With what a PC's host bridge shows of its memory.
        Overrides withBridge(PcHostBridge bridge) {
            return new Overrides(lowMemory, mainMemory, addresses, plugged, bridge);
        }
    }

    /// A block of which parts are plugged.
    ///
    /// @param address that of the first byte of the block, plugged or not
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

    /// How a machine lays out its memory.
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

        /// Memory in one piece.
        Arrangement(long base) {
            this(base, Long.MAX_VALUE, Long.MAX_VALUE, 0);
        }

        /// Memory in two pieces, if it does not fit into the lower place.
        Arrangement(long base, long lowFits, long lowElse, long high) {
            this.base = base;
            this.lowFits = lowFits;
            this.lowElse = lowElse;
            this.high = high;
        }

        /// The blocks at fixed addresses.
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
            // Versions with this block had high memory elsewhere.
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

    /// Which of the backends are main memory: all of them, or the only one of the right size, if
    /// the machine says how much main memory there is.
    private static List<RamBlock> mainMemory(List<RamBlock> backends, @Nullable Long bytes) {
        if (bytes == null || backends.stream().mapToLong(RamBlock::length).sum() == bytes) {
            return backends;
        }
        List<RamBlock> fitting = backends.stream().filter(b -> b.length() == bytes).toList();
        return fitting.size() == 1 ? fitting : List.of();
    }

    /// Memory modules: a single one is at the beginning of the place for these; the addresses of
    /// several are known if the stream says how far each of them is from there.
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

    /// The firmware of a PC: below 4 GiB as a whole, and below 1 MiB what is visible of it there.
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

    /// Places a block, unless something else is there.
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

    /// A name whose numbers sort by their value.
    private static String padded(String name) {
        return Pattern.compile("[0-9]{1,9}")
                .matcher(name)
                .replaceAll(m -> "0".repeat(9 - m.group().length()) + m.group());
    }
}
