// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opentest4j.TestAbortedException;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.DiskImageBytes;
import org.vmstate.testing.StreamBytes;
import org.vmstate.testing.Tools;

/// The commands with streams in containers.
final class WrappedInputTest {
    private static final byte[] XEMU =
            new StreamBytes().text("xemu").u32(1).u32(40).bytes(new byte[40]).toByteArray();

    @TempDir Path folder;

    private static byte[] pc() throws IOException {
        return Files.readAllBytes(Cli.SAMPLES.resolve("pc.mig"));
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new GZIPOutputStream(packed)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    private static byte[] bzip2(byte[] plain) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = new BZip2CompressorOutputStream(packed)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }

    private String file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("in"), bytes).toString();
    }

    @Test
    void headerOfAnotherProgramIsSaid() throws Exception {
        String file = file(joined(XEMU, pc()));

        Cli.Run run = Cli.run("show", file);

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text())
                .contains("  inside        52 bytes of another program (xemu)\n")
                .contains("Devices  30 devices");
        assertThat(Cli.run("show", file, "--json").json().get("inside"))
                .isEqualTo(List.of(Map.of("kind", "foreign", "bytes", "52", "program", "xemu")));
    }

    @Test
    void cprStateIsNamedWithItsDescriptors() throws Exception {
        StreamBytes state = new StreamBytes().u32(0x51435052).u32(1);
        state.u8(1).u32(5).text("ram0\0").u32(0).u8(0x20);
        state.u8(1).u32(8).text("pc.bios\0").u32(3).u8(0x20);
        byte[] bytes = state.u8(0).toByteArray();
        String file = file(bytes);

        Cli.Run run = Cli.run("show", file);

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text()).contains("  CPR state: descriptors for ram0, pc.bios\n");
        assertThat(Cli.run("show", file, "--json").json().get("cprState"))
                .hasToString(
                        "{version=1, descriptors=[{name=ram0, id=0}, {name=pc.bios, id=3}], subsection=null}");
        assertThat(Cli.withInput(gzip(bytes), "show", "-").code()).isEqualTo(ExitCode.FINE);
        Cli.Run other = Cli.run("ram", file);
        assertThat(other.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(other.err()).contains("CPR state: descriptors for ram0").hasLineCount(1);
    }

    @Test
    void jsonTextIsRefusedWithAHint() throws Exception {
        Cli.Run run = Cli.run("show", file("{\"page_size\": 4096}".getBytes(UTF_8)));

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).contains("JSON text").contains("--describe-with").hasLineCount(1);
    }

    @Test
    void diskImageWithoutSnapshotsIsRefused() throws Exception {
        Cli.Run run = Cli.run("show", file(new DiskImageBytes().toByteArray()));

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).contains("a disk image without snapshots").hasLineCount(1);
    }

    @Test
    void streamOfFormatTwoIsRefused() throws Exception {
        Cli.Run run = Cli.run("ram", file(new StreamBytes().text("QEVM").u32(2).toByteArray()));

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).contains("stream format version 2").hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 511, 100_000})
    void zerosBehindBzip2AreNotData(int zeros) throws Exception {
        byte[] stream = pc();
        byte[] begin = bzip2(Arrays.copyOf(stream, 1000));
        byte[] rest = bzip2(Arrays.copyOfRange(stream, 1000, stream.length));
        byte[] packed = joined(begin, rest, new byte[zeros]);

        assertThat(Cli.run("show", file(packed)).text()).contains("Devices  30 devices");
        assertThat(Cli.withInput(packed, "convert", "-", "-").out()).isEqualTo(stream);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "v-file-offset-100.mig",
                "v-mappedram-offset-100.mig",
                "libvirt-raw-72.mig",
            })
    void wrappedStreamsComeOutAsTheyWentIn(String name) throws Exception {
        Path in =
                Corpus.streams().stream()
                        .filter(e -> e.file().equals(name))
                        .findFirst()
                        .orElseThrow()
                        .unpack(folder);
        sameBytesFromFileAndPipe(Files.readAllBytes(in));
    }

    @Test
    void headersBeforeTheStreamComeOutAsTheyWentIn() throws Exception {
        sameBytesFromFileAndPipe(joined(XEMU, pc()));
        sameBytesFromFileAndPipe(joined(new byte[3], pc()));
        sameBytesFromFileAndPipe(joined(new byte[100_000], pc()));
        sameBytesFromFileAndPipe(joined(new byte[5], XEMU, pc()));
    }

    @Test
    void bytesBehindTheStreamComeOutAsTheyWentIn() throws Exception {
        sameBytesFromFileAndPipe(joined(pc(), new byte[1000]));
        sameBytesFromFileAndPipe(joined(XEMU, pc(), XEMU));
    }

    private void sameBytesFromFileAndPipe(byte[] input) throws IOException {
        Path out = folder.resolve("out");

        Cli.Run run = Cli.run("convert", file(input), out.toString());
        Cli.Run piped = Cli.withInput(input, "convert", "-", "-");

        assertThat(run.err()).isEmpty();
        assertThat(Files.readAllBytes(out)).isEqualTo(input);
        assertThat(piped.err()).isEmpty();
        assertThat(piped.out()).isEqualTo(input);
    }

    @Test
    void whatIsLeftOutIsSaid() throws Exception {
        Cli.Run packed = Cli.withInput(gzip(joined(XEMU, pc())), "convert", "-", "-");
        assertThat(packed.out()).isEqualTo(joined(XEMU, pc()));
        assertThat(packed.err())
                .isEqualToIgnoringNewLines(
                        "vmstate: the output is the stream without what is around it: gzip");

        byte[] image = new DiskImageBytes().snapshot("s", pc(), pc().length).toByteArray();
        Cli.Run snapshot = Cli.run("convert", file(image), "-");
        assertThat(snapshot.out()).isEqualTo(pc());
        assertThat(snapshot.err())
                .contains("without what is around it: snapshot 1 (s) of a disk image");
    }

    @Test
    void headersBeforeAStreamThatIsChangedAreKept() throws Exception {
        byte[] bare = Cli.run("convert", Cli.sample("pc"), "-", "--without-vmdesc").out();
        byte[] zeros = joined(new byte[512], pc());

        Cli.Run run = Cli.withInput(joined(XEMU, pc()), "convert", "-", "-", "--without-vmdesc");

        assertThat(run.out()).isEqualTo(joined(XEMU, bare));
        assertThat(run.err()).contains("as they were: 52 bytes of another program (xemu)");
        assertThat(Cli.withInput(zeros, "convert", "-", "-", "--without-vmdesc").out())
                .isEqualTo(joined(new byte[512], bare));
    }

    /// A disk image whose snapshot table counts only a few bytes of a mapped-ram stream, as QEMU's
    /// does.
    private String mappedRamSnapshot() throws IOException {
        byte[] stream = Corpus.file("v-mappedram-100.mig").bytes();
        return file(new DiskImageBytes().snapshot("s", stream, 600_000).toByteArray());
    }

    @Test
    void memoryOfAMappedRamSnapshotIsThatOfItsFile() throws Exception {
        String image = mappedRamSnapshot();
        String stream = Corpus.file("v-mappedram-100.mig").unpack(folder).toString();

        Cli.Run run = Cli.run("ram", image, "--snapshot", "s", "--json");

        assertThat(run.err()).isEmpty();
        assertThat(run.json().get("blocks"))
                .isEqualTo(Cli.run("ram", stream, "--json").json().get("blocks"));
        assertThat(
                        Cli.run(
                                        "extract",
                                        image,
                                        "--snapshot",
                                        "s",
                                        "-o",
                                        folder.resolve("memory").toString(),
                                        "--block",
                                        "pc.bios")
                                .code())
                .isEqualTo(ExitCode.FINE);
    }

    @Test
    void devicesOfAMappedRamSnapshotAreThoseOfItsFile() throws Exception {
        String image = mappedRamSnapshot();
        Path stream = Corpus.file("v-mappedram-100.mig").unpack(folder);
        Path out = folder.resolve("out");

        Cli.Run run = Cli.run("show", image, "--snapshot", "s", "--json");

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.json().get("description")).isEqualTo("stream");
        assertThat(run.json().get("devices"))
                .isEqualTo(Cli.run("show", stream.toString(), "--json").json().get("devices"));
        assertThat(Cli.run("convert", image, out.toString(), "--snapshot", "s").code())
                .isEqualTo(ExitCode.FINE);
        assertThat(Files.mismatch(out, stream)).isEqualTo(-1);
    }

    /// Requires the permission to create loop devices.
    @Test
    void blockDeviceIsReadByRanges() throws Exception {
        Path losetup = Tools.require("losetup");
        byte[] stream = pc();
        Path backing = folder.resolve("volume");
        Files.write(backing, Arrays.copyOf(stream, Math.ceilDiv(stream.length, 512) * 512));
        Process attach =
                new ProcessBuilder(losetup.toString(), "-f", "-r", "--show", backing.toString())
                        .start();
        String device = new String(attach.getInputStream().readAllBytes(), UTF_8).strip();
        if (!attach.waitFor(10, TimeUnit.SECONDS) || attach.exitValue() != 0) {
            throw new TestAbortedException("no loop device to be had here");
        }
        try {
            Cli.Run run = Cli.run("show", device);
            assertThat(run.err()).isEmpty();
            assertThat(run.text()).contains("Devices  30 devices");
            assertThat(Cli.run("convert", device, "-").out())
                    .isEqualTo(Files.readAllBytes(backing));
        } finally {
            new ProcessBuilder(losetup.toString(), "-d", device).start().waitFor();
        }
    }
}
