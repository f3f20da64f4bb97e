// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.testing.DiskImageBytes;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.VMStateException;

/// Inputs without a stream are refused with their kind.
class InputKindTest {
    @TempDir Path folder;

    private static byte[] at(int offset, String text, int size) {
        byte[] bytes = new byte[size];
        byte[] some = text.getBytes(ISO_8859_1);
        System.arraycopy(some, 0, bytes, offset, some.length);
        return bytes;
    }

    private static byte[] bootSector() {
        byte[] sector = at(510, "U\u00aa", 4096);
        sector[446] = (byte) 0x80;
        sector[450] = (byte) 0x83;
        return sector;
    }

    private static byte[] fixedVhd() {
        byte[] disk = at(8192, "conectix", 8192 + 512);
        disk[0] = 1;
        return disk;
    }

    static Arguments[] inputs() {
        return new Arguments[] {
            Arguments.of(at(0, "\u007fELF\u0002\u0001\u0001", 64), "an ELF file"),
            Arguments.of(elf(1, 16), "an ELF core"),
            Arguments.of(elf(2, 17), "an ELF core"),
            Arguments.of(at(0, "KDUMP   \u0006", 64), "a kdump file"),
            Arguments.of(at(0, "DISKDUMP", 64), "a diskdump file"),
            Arguments.of(at(0, "KDMV", 64), "a VMDK disk image"),
            Arguments.of(at(64, "\u007f\u0010\u00da\u00be", 600), "a VDI disk image"),
            Arguments.of(at(0, "conectix", 1024), "a VHD disk image"),
            Arguments.of(fixedVhd(), "a VHD disk image"),
            Arguments.of(at(0, "vhdxfile", 1024), "a VHDX disk image"),
            Arguments.of(bootSector(), "a disk image with a partition table"),
            Arguments.of(at(1080, "S\u00ef", 4096), "a disk image with an ext file system"),
            Arguments.of(at(0, "\u0001\u0002\u0003", 1024), "neither a migration stream nor"),
            Arguments.of(at(0, "name" + "\0".repeat(253) + "ustar", 1024), "a tar archive"),
            Arguments.of("root:x:0:0:root:/root\n".getBytes(ISO_8859_1), "text"),
            Arguments.of(" {\"page_size\": 4096}".getBytes(ISO_8859_1), "JSON text"),
            Arguments.of(new byte[5000], "nothing but zeros"),
            Arguments.of(new DiskImageBytes().toByteArray(), "a disk image without snapshots"),
            Arguments.of(
                    new DiskImageBytes().snapshot("a", new byte[0], 0).toByteArray(),
                    "no snapshot of the disk image contains a machine's state; it has: 1 (a)"),
            Arguments.of(
                    new StreamBytes()
                            .u32(0x11223344)
                            .u32(1)
                            .bytes(new byte[16])
                            .u8(5)
                            .bytes(new byte[39])
                            .toByteArray(),
                    "channel 5 of a multifd migration"),
        };
    }

    private static byte[] elf(int data, int typeAt) {
        byte[] elf = at(0, "\u007fELF\u0002", 64);
        elf[5] = (byte) data;
        elf[typeAt] = 4;
        return elf;
    }

    @ParameterizedTest
    @MethodSource("inputs")
    void inputIsNamed(byte[] input, String name) throws IOException {
        Path file = Files.write(folder.resolve("input"), input);
        assertThatThrownBy(() -> StreamFile.open(file, StreamFile.Options.DEFAULT))
                .isInstanceOf(VMStateException.class)
                .hasMessageStartingWith(name);
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(input);
        }
        assertThatThrownBy(
                        () ->
                                StreamFile.of(
                                        new ByteArrayInputStream(packed.toByteArray()),
                                        StreamFile.Options.DEFAULT))
                .isInstanceOf(VMStateException.class)
                .hasMessageStartingWith("inside gzip: ");
    }

    @Test
    void inputIsNamedHoweverShortItIs() throws IOException {
        for (Arguments row : inputs()) {
            byte[] input = (byte[]) row.get()[0];
            for (int length = 0; length < Math.min(input.length, 700); length += 7) {
                Path file = Files.write(folder.resolve("cut"), Arrays.copyOf(input, length));
                assertThatThrownBy(() -> StreamFile.open(file, StreamFile.Options.DEFAULT))
                        .isInstanceOf(VMStateException.class);
            }
        }
    }

    @Test
    void archiveOfAStreamIsSteppedInto() throws IOException {
        byte[] stream = StreamBytes.stream().full(1, "timer", 0, 1).footer(1).toByteArray();
        byte[] tar = Arrays.copyOf(at(0, "vm.mig" + "\0".repeat(251) + "ustar", 512), 1024);
        System.arraycopy(stream, 0, tar, 512, stream.length);
        Path file = Files.write(folder.resolve("tar"), tar);
        try (StreamFile opened = StreamFile.open(file, StreamFile.Options.DEFAULT)) {
            assertThat(opened.reader().position()).isEqualTo(512);
        }
    }
}
