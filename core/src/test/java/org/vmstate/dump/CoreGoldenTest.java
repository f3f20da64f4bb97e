// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tukaani.xz.XZInputStream;
import org.vmstate.testing.CoreFile;
import org.vmstate.testing.Tools;
import org.vmstate.wire.WireReader;

/// Cores have the same headers and notes as those that QEMU's `dump-guest-memory` wrote of the same
/// stopped guests. `scripts/make-cores` packed both. The number at the end of a name is the version
/// of QEMU.
final class CoreGoldenTest {
    /// Flash memory is in our cores only.
    private static final Pattern FLASH = Pattern.compile("(virt|system)\\.flash[01]");

    @TempDir Path folder;

    private static InputStream open(String name) throws IOException {
        InputStream in = CoreGoldenTest.class.getResourceAsStream(name);
        if (in == null) {
            throw new FileNotFoundException(name);
        }
        return in;
    }

    private SavedGuest guest(String name) throws IOException {
        try (InputStream in = new XZInputStream(open(name + ".mig.xz"))) {
            return SavedGuest.loader().scratch(folder).load(WireReader.of(in.readAllBytes()));
        }
    }

    private static List<String> golden(String name, String kind) throws IOException {
        try (InputStream in = open(name + ".core.txt")) {
            return new String(in.readAllBytes(), UTF_8)
                    .lines()
                    .filter(line -> line.startsWith(kind + " "))
                    .toList();
        }
    }

    private CoreFile write(SavedGuest guest) throws IOException {
        Path file = folder.resolve("vm.core");
        guest.partialCore().writeTo(file);
        try (InputStream in = Files.newInputStream(file)) {
            return CoreFile.of(ByteBuffer.wrap(in.readNBytes(1 << 20)));
        }
    }

    private static List<String> loads(SavedGuest guest, CoreFile core) {
        List<String> loads = new ArrayList<>();
        for (int i = 0; i < core.segments().size(); i++) {
            GuestRange range = guest.map().ranges().get(i);
            assertThat(core.segments().get(i).address()).isEqualTo(range.address());
            if (!FLASH.matcher(range.block().name()).matches()) {
                loads.add(core.segments().get(i).toString());
            }
        }
        return loads;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "riscv64-virt-100",
                "riscv64-virt-111",
                "riscv32-virt-72",
                "riscv32-virt-111",
                "loongarch64-virt-100",
                "loongarch64-virt-111",
                "arm-cortex-a15-100",
                "arm-cortex-a15-in-aarch64-111",
                "arm-max-111",
                "arm-big-endian-72",
                "aarch64-cortex-a53-100"
            })
    void registersAndMemoryAreWhereQemuDumpsThem(String name) throws IOException {
        try (SavedGuest guest = guest(name)) {
            CoreFile core = write(guest);

            assertThat(List.of(core.header())).isEqualTo(golden(name, "elf"));
            assertThat(core.notes())
                    .extracting(CoreFile.Note::toString)
                    .isEqualTo(golden(name, "note"));
            assertThat(loads(guest, core)).isEqualTo(golden(name, "load"));
        }
    }

    /// QEMU writes i386 notes for these guests, because their CPUs are not in long mode.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "pc-shadow-100",
                "pc-smram-open-111",
                "pc-numa-100",
                "q35-tseg-100",
                "q35-vga-111",
                "q35-flash-111",
                "q35-virtio-mem-72",
                "q35-virtio-mem-100",
                "q35-dimms-100",
                "isapc-100",
                "microvm-111"
            })
    void memoryIsWhereQemuDumpsIt(String name) throws IOException {
        try (SavedGuest guest = guest(name)) {
            assertThat(loads(guest, write(guest))).isEqualTo(golden(name, "load"));
        }
    }

    /// Not for LoongArch: gdb up to 16 accepts an NT_PRSTATUS of 472 bytes only; QEMU and Linux
    /// write 480.
    @ParameterizedTest
    @CsvSource({
        "riscv64-virt-100, x5, 0x12005005, 0x800000f8",
        "riscv32-virt-111, x5, 0x12005005, 0x800000f8",
        "arm-cortex-a15-100, r5, 0x15, 0xdc",
        "arm-big-endian-72, r5, 0x15, 0xe8"
    })
    void gdbReadsTheRegisters(String name, String register, String value, String counter)
            throws Exception {
        Path gdb = Tools.require("gdb-multiarch");
        try (SavedGuest guest = guest(name)) {
            write(guest);
        }
        Process process =
                new ProcessBuilder(
                                gdb.toString(),
                                "-nx",
                                "-batch",
                                "-c",
                                folder.resolve("vm.core").toString(),
                                "-ex",
                                "printf \"%#x %#x\\n\", (int)$" + register + ", (int)$pc")
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        process.waitFor();

        assertThat(output.lines().toList()).as(output).contains(value + " " + counter);
    }
}
