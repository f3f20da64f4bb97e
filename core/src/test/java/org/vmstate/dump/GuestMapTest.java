// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.ram.RamBlock;

class GuestMapTest {
    private static final long MIB = 1 << 20;

    private static List<RamBlock> blocks(String text) {
        return Arrays.stream(text.split(" "))
                .map(b -> b.split("="))
                .map(b -> new RamBlock(b[0], Long.parseLong(b[1]) * MIB))
                .toList();
    }

    private static String ranges(GuestMap map) {
        return map.ranges().stream()
                .map(
                        r ->
                                Long.toHexString(r.address() / MIB)
                                        + ":"
                                        + r.block().name()
                                        + "+"
                                        + Long.toHexString(r.offset() / MIB)
                                        + ":"
                                        + Long.toHexString(r.length() / MIB))
                .collect(Collectors.joining(" "));
    }

    /// The output of `info mtree -f` of the real machines, in MiB.
    @ParameterizedTest
    @CsvSource({
        "pc-i440fx-7.2, X86_64, pc.ram=64, 0:pc.ram+0:40",
        "pc-i440fx-7.2, X86_64, pc.ram=5120, 0:pc.ram+0:c00 1000:pc.ram+c00:800",
        "pc-q35-7.2, X86_64, pc.ram=3072, 0:pc.ram+0:800 1000:pc.ram+800:400",
        "'', X86_64, pc.ram=64, 0:pc.ram+0:40",
        "pc-i440fx-10.0, X86_64, ram0=48, 0:ram0+0:30",
        "pc-i440fx-10.0, X86_64, m10=512 m2=3072, 0:m2+0:c00 1000:m10+0:200",
        "pc-i440fx-10.0, X86_64, m1=128 pc.ram=64, 0:pc.ram+0:40 1000:m1+0:80",
        "virt-10.0, AARCH64, mach-virt.ram=64, 400:mach-virt.ram+0:40",
        "pseries-10.0, PPC64, ppc_spapr.ram=256 m1=256, 0:ppc_spapr.ram+0:100 400:m1+0:100",
        "s390-ccw-virtio-10.0, S390X, s390.ram=64, 0:s390.ram+0:40",
        "virt, ARM, mach-virt.ram=64, 400:mach-virt.ram+0:40",
        "virt, RISCV32, riscv_virt_board.ram=64, 800:riscv_virt_board.ram+0:40",
        "virt, LOONGARCH64, loongarch.ram=1024, 0:loongarch.ram+0:100 800:loongarch.ram+100:300",
        "virt, LOONGARCH64, loongarch.ram=1024 loongarch.bios=4, ''",
        "microvm, X86_64, microvm.ram=64 pc.bios=1, 0:microvm.ram+0:0 0:pc.bios+0:0 1:microvm.ram+1:3f fff:pc.bios+0:1"
    })
    void blocksLieWhereTheMachineHasThem(
            String machine, Architecture architecture, String blocks, String expected) {
        assertThat(
                        ranges(
                                GuestMap.of(
                                        machine,
                                        architecture,
                                        blocks(blocks),
                                        GuestMap.Overrides.NONE)))
                .isEqualTo(expected);
    }

    @Test
    void firmwareAndDevicesAreNoMainMemory() {
        GuestMap map =
                GuestMap.of(
                        "pc",
                        Architecture.X86_64,
                        blocks("ram0=64 0000:00:02.0/vga.vram=16 pc.bios=1 /rom@etc/acpi/tables=2"),
                        GuestMap.Overrides.NONE);
        assertThat(ranges(map)).isEqualTo("0:ram0+0:40 fff:pc.bios+0:1");
        assertThat(map.unplaced())
                .extracting(RamBlock::name)
                .containsExactly("0000:00:02.0/vga.vram", "/rom@etc/acpi/tables");
    }

    @Test
    void overridesGoBeforeTheTable() {
        GuestMap.Overrides overrides =
                GuestMap.Overrides.NONE
                        .withLowMemory(1024 * MIB)
                        .withAddresses(Map.of("m1", 0x2000 * MIB));
        assertThat(
                        ranges(
                                GuestMap.of(
                                        "pc",
                                        Architecture.X86_64,
                                        blocks("pc.ram=2048 m1=64"),
                                        overrides)))
                .isEqualTo("0:pc.ram+0:400 1000:pc.ram+400:400 2000:m1+0:40");
    }

    /// The size of main memory in a PC's CMOS distinguishes them.
    @ParameterizedTest
    @CsvSource({
        "m0=64 m1=64, 128, 0:m0+0:40 40:m1+0:40",
        "m0=128 m1=64, 64, 0:m1+0:40 1000:m0+0:80",
        "m0=64 m1=64, 64, ''",
        "m0=64 m1=32, 128, ''"
    })
    void memoryModulesAreNotTakenForMainMemory(String blocks, long mebibytes, String expected) {
        assertThat(
                        ranges(
                                GuestMap.of(
                                        "pc-i440fx-10.0",
                                        Architecture.X86_64,
                                        blocks(blocks),
                                        GuestMap.Overrides.NONE.withMainMemory(mebibytes * MIB))))
                .isEqualTo(expected);
    }

    @Test
    void wrongOverridesAreRefused() {
        for (Map<String, Long> wrong :
                List.of(Map.of("nope", 0L), Map.of("m1", 0L), Map.of("m1", Long.MAX_VALUE))) {
            assertThatThrownBy(
                            () ->
                                    GuestMap.of(
                                            "pc",
                                            Architecture.X86_64,
                                            blocks("pc.ram=64 m1=64"),
                                            GuestMap.Overrides.NONE.withAddresses(wrong)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}
