// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.StreamBytes;

/// `vmstate ram`, `extract`, `core` and `convert --ram`.
final class MemoryCommandsTest {
    @TempDir Path folder;

    private String unpack(String name) throws IOException {
        return Corpus.file(name).unpack(folder).toString();
    }

    private static String sha256(Path file) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }

    private void hasMemoryOf(String name, Path images) throws Exception {
        Corpus.Block ram =
                Corpus.file(name).blocks().stream()
                        .filter(b -> b.name().equals("pc.ram"))
                        .findFirst()
                        .orElseThrow();
        assertThat(sha256(images.resolve("pc.ram.raw"))).isEqualTo(ram.sha256().orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"v-xbzrle-100.mig", "v-compress-52.mig", "v-mappedram-offset-100.mig"})
    void extractWritesEveryBlock(String name) throws Exception {
        Path images = folder.resolve("images");

        Cli.Run run = Cli.run("extract", unpack(name), "-o", images.toString());

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        hasMemoryOf(name, images);
        assertThat(images.toFile().list())
                .contains("pc.bios.raw", "rom@etc_acpi_tables.raw")
                .noneMatch(f -> f.startsWith("."));
    }

    @Test
    void extractTakesChannels() throws Exception {
        Path images = folder.resolve("images");
        String name = "v-multifd-zstd-sock-100";

        Cli.Run run =
                Cli.run(
                        "extract",
                        unpack(name + ".mig"),
                        "--channel=" + unpack(name + ".ch2"),
                        "--channel=" + unpack(name + ".ch3"),
                        "--channel=" + unpack(name + ".ch1"),
                        "--block=pc.ram",
                        "--output=" + images);

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        hasMemoryOf(name + ".mig", images);
        assertThat(images.toFile().list()).containsExactly("pc.ram.raw");
    }

    @Test
    void aCutStreamLeavesNoImages() throws Exception {
        Path cut = Path.of(unpack("v-plain-72.mig"));
        byte[] bytes = Files.readAllBytes(cut);
        Files.write(cut, Arrays.copyOf(bytes, bytes.length / 2));
        Path images = folder.resolve("images");

        Cli.Run run = Cli.run("extract", cut.toString(), "-o", images.toString());

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(images).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "v-postcopy-100.mig, plain",
        "v-plain-72.mig, mapped-ram",
        "v-savevm-100.qcow2, xbzrle",
        "libvirt-bzip2-72.mig, zlib"
    })
    void convertPutsMemoryInAnotherFormat(String name, String format) throws Exception {
        String from = unpack(name);
        String to = folder.resolve("out.mig").toString();
        Path before = folder.resolve("before");
        Path after = folder.resolve("after");

        assertThat(Cli.run("convert", from, to, "--ram", format).code()).isEqualTo(ExitCode.FINE);
        assertThat(Cli.run("extract", from, "-o", before.toString()).code())
                .isEqualTo(ExitCode.FINE);
        assertThat(Cli.run("extract", to, "-o", after.toString()).code()).isEqualTo(ExitCode.FINE);

        assertThat(sha256(after.resolve("pc.ram.raw")))
                .isEqualTo(sha256(before.resolve("pc.ram.raw")));
    }

    @Test
    void convertMakesALibvirtImage() throws Exception {
        String to = folder.resolve("out.save").toString();
        Path xml = Files.writeString(folder.resolve("vm.xml"), "<domain/>");

        Cli.Run run =
                Cli.run(
                        "convert",
                        unpack("v-plain-72.mig"),
                        to,
                        "--libvirt",
                        "--domain-xml=" + xml);

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        byte[] image = Files.readAllBytes(Path.of(to));
        assertThat(image).startsWith("LibvirtQemudSave".getBytes(US_ASCII));
        assertThat(Cli.run("show", to).text()).contains("pc-i440fx-7.2");
    }

    /// Composed by hand: a header in the zeros before a real mapped-ram stream, as libvirt 11
    /// writes it.
    @Test
    void sparseLibvirtImagesAreShownAndExtracted() throws Exception {
        String name = "v-mappedram-offset-100.mig";
        Path file = Path.of(unpack(name));
        byte[] image = Files.readAllBytes(file);
        int offset = 0;
        while (image[offset] == 0) {
            offset++;
        }
        ByteBuffer header = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN);
        header.put("LibvirtQemudSave".getBytes(US_ASCII));
        header.putInt(3).putInt(offset - 92).putInt(0).putInt(6).putInt(10);
        header.position(92).put("<domain/>\0<cookie/>".getBytes(US_ASCII));
        Files.write(file, image);
        Path images = folder.resolve("images");

        assertThat(Cli.run("show", file.toString()).text())
                .containsPattern(
                        "inside +libvirt save image of version 3, sparse, paused, with a cookie");
        assertThat(Cli.run("show", "--json", file.toString()).text())
                .contains("\"cookieXml\" : \"<cookie/>\"");
        assertThat(Cli.run("extract", file.toString(), "-o", images.toString()).code())
                .isEqualTo(ExitCode.FINE);
        hasMemoryOf(name, images);
    }

    @Test
    void showSaysWhatIsAroundTheStream() throws Exception {
        assertThat(Cli.run("show", unpack("libvirt-gzip-72.mig")).text())
                .containsPattern(
                        "inside +libvirt save image of version 2, gzip, running, with a cookie")
                .containsPattern("inside +gzip");
        assertThat(Cli.run("show", unpack("v-savevm-100.qcow2"), "--snapshot", "snap1").text())
                .containsPattern("inside +snapshot 1 \\(snap1\\) of a disk image");
    }

    @ParameterizedTest
    @CsvSource({
        "v-plain-72.mig, 62, 2",
        "virt-gicv2-72.mig, 183, 3",
        "pseries-hotplug-100.mig, 21, 2",
        "s390x-100.mig, 22, 1",
        "riscv64-virt-100.mig, 243, 4",
        "loongarch64-100.mig, 258, 4"
    })
    void coreHasMemoryAndRegisters(String name, int machine, int loads) throws Exception {
        Path core = folder.resolve("core");

        Cli.Run run = Cli.run("core", unpack(name), "-o", core.toString());

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        ByteBuffer elf = ByteBuffer.wrap(beginning(core));
        elf.order(elf.get(5) == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        assertThat(elf.getInt(0)).isEqualTo(elf.get(5) == 1 ? 0x464c457f : 0x7f454c46);
        assertThat(elf.getShort(16)).isEqualTo((short) 4);
        assertThat(elf.getShort(18)).isEqualTo((short) machine);
        assertThat(elf.getShort(56)).isEqualTo((short) (loads + 1));
        assertThat(elf.getInt(64)).isEqualTo(4);
    }

    private static byte[] beginning(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(4096);
        }
    }

    @Test
    void anUnknownCpuIsNoMalformedInput() throws Exception {
        Path core = folder.resolve("core");

        Cli.Run run =
                Cli.run(
                        "core",
                        unpack("malta-72.mig"),
                        "-o",
                        core.toString(),
                        "--map=mips_malta.ram@0");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("cpu is a CPU of none of x86, ARM, 64-bit Power");
        assertThat(core).doesNotExist();
    }

    @Test
    void optionsThatHelpAreNamed() throws Exception {
        String core = folder.resolve("core").toString();

        assertThat(Cli.run("core", unpack("v-novmdesc-72.mig"), "-o", core))
                .satisfies(run -> assertThat(run.code()).isEqualTo(ExitCode.USAGE))
                .satisfies(run -> assertThat(run.err()).contains("see --describe-with"));
        assertThat(Cli.run("core", unpack("arm-versatilepb-72.mig"), "-o", core))
                .satisfies(run -> assertThat(run.code()).isEqualTo(ExitCode.USAGE))
                .satisfies(run -> assertThat(run.err()).contains("see --map"));
    }

    @Test
    void whatIsWrongWithAStreamIsReportedWithItsCore() throws Exception {
        Path whole = Path.of(unpack("v-plain-72.mig"));
        byte[] bytes = Files.readAllBytes(whole);
        int description = new String(bytes, ISO_8859_1).lastIndexOf("{\"page_size\"");
        Path cut = folder.resolve("cut.mig");
        Files.write(cut, Arrays.copyOf(bytes, description - 200));
        Path core = folder.resolve("core");

        Cli.Run described =
                Cli.run("core", cut.toString(), "--describe-with=" + whole, "-o", core.toString());
        Cli.Run plain = Cli.run("core", cut.toString(), "-o", folder.resolve("other").toString());

        assertThat(described.code()).isEqualTo(ExitCode.FINDINGS);
        assertThat(described.err()).contains("(offset 0x");
        assertThat(core).exists();
        assertThat(plain.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(folder.resolve("other")).doesNotExist();
    }

    @Test
    void ramCountsPages() throws Exception {
        Path picture = folder.resolve("map.png");

        Cli.Run run =
                Cli.run("ram", unpack("v-xbzrle-52.mig"), "--json", "--map", picture.toString());

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text()).contains("\"name\":\"pc.ram\"").contains("\"xbzrle\":\"891\"");
        assertThat(Files.readAllBytes(picture)).startsWith(0x89, 'P', 'N', 'G');
    }

    private String main() throws IOException {
        return unpack("v-multifd-zstd-sock-100.mig");
    }

    @Test
    void missingChannelsAreReportedAndNothingIsWritten() throws Exception {
        String main = main();
        Path out = folder.resolve("out");

        Cli.Run ram = Cli.run("ram", main);
        Cli.Run extract = Cli.run("extract", main, "-o", out.toString());
        Cli.Run core = Cli.run("core", main, "-o", folder.resolve("core").toString());
        Cli.Run convert =
                Cli.run("convert", main, folder.resolve("new.mig").toString(), "--ram=plain");

        for (Cli.Run run : new Cli.Run[] {ram, extract, core, convert}) {
            assertThat(run.code()).isEqualTo(ExitCode.FINDINGS);
            assertThat(run.err())
                    .contains("no page of ")
                    .contains("the other channels, which have the pages, were not given");
        }
        assertThat(out).doesNotExist();
        assertThat(folder.resolve("core")).doesNotExist();
        assertThat(folder.resolve("new.mig")).doesNotExist();
    }

    @Test
    void partialWritesWhatThereIs() throws Exception {
        String main = main();
        Path out = folder.resolve("out");

        Cli.Run run =
                Cli.run(
                        "extract",
                        main,
                        "--channel=" + unpack("v-multifd-zstd-sock-100.ch2"),
                        "--partial",
                        "-o",
                        out.toString());

        assertThat(run.code()).isEqualTo(ExitCode.FINDINGS);
        assertThat(run.err())
                .contains("pages of \"pc.ram\" are not in the stream")
                .contains("multifd channel");
        assertThat(out.toFile().list()).contains("pc.ram.raw");
    }

    @Test
    void ramSaysInJsonWhatIsMissing() throws Exception {
        Map<?, ?> document = Cli.run("ram", "--json", main()).json();

        assertThat(document.get("complete")).isEqualTo(false);
        assertThat(((List<?>) document.get("blocks")).getFirst().toString())
                .contains("zeroPages=0")
                .contains("memory=none");
        assertThat(document.get("pageSizeSource")).isEqualTo("description");
        assertThat(document.get("evidence").toString()).contains("no-channels");
    }

    @Test
    void memoryOfSharedBlocksComesFromAFile() throws Exception {
        String stream = unpack("v-ignshared-100.mig");
        long length =
                Corpus.file("v-ignshared-100.mig").blocks().stream()
                        .filter(b -> b.name().equals("ram0"))
                        .findFirst()
                        .orElseThrow()
                        .length();
        byte[] memory = new byte[(int) length];
        memory[12345] = 99;
        Path file = Files.write(folder.resolve("shared"), memory);
        Path images = folder.resolve("images");
        Path converted = folder.resolve("new.mig");

        Cli.Run extract =
                Cli.run("extract", stream, "--memory=ram0=" + file, "-o", images.toString());
        Cli.Run convert =
                Cli.run(
                        "convert",
                        stream,
                        converted.toString(),
                        "--ram=plain",
                        "--memory=ram0=" + file);
        Cli.Run again =
                Cli.run("extract", converted.toString(), "-o", folder.resolve("again").toString());

        assertThat(extract.code()).as(extract.err()).isEqualTo(ExitCode.FINE);
        assertThat(convert.code()).as(convert.err()).isEqualTo(ExitCode.FINE);
        assertThat(again.code()).as(again.err()).isEqualTo(ExitCode.FINE);
        assertThat(Files.mismatch(file, images.resolve("ram0.raw"))).isEqualTo(-1);
        assertThat(Files.mismatch(file, folder.resolve("again").resolve("ram0.raw"))).isEqualTo(-1);
    }

    @Test
    void aMemoryFileThatDoesNotFitIsRefused() throws Exception {
        String stream = unpack("v-plain-72.mig");
        Path file = Files.write(folder.resolve("short"), new byte[4096]);

        Cli.Run length = Cli.run("ram", stream, "--memory=pc.ram=" + file);
        Cli.Run unknown = Cli.run("ram", stream, "--memory=ram9=" + file);

        assertThat(length.code()).isEqualTo(ExitCode.USAGE);
        assertThat(length.err()).contains("has 4096 bytes, but block \"pc.ram\" has ");
        assertThat(unknown.code()).isEqualTo(ExitCode.USAGE);
        assertThat(unknown.err()).contains("no block \"ram9\"").contains("\"pc.ram\"");
    }

    @Test
    void aStreamWithoutMemorySaysSo() throws Exception {
        byte[] stream =
                StreamBytes.stream()
                        .configuration("pc-i440fx-7.2")
                        .full(1, "timer", 0, 2)
                        .u64(0)
                        .footer(1)
                        .endOfStream()
                        .toByteArray();
        String file = Files.write(folder.resolve("devices.mig"), stream).toString();
        Path memory = Files.write(folder.resolve("dump"), new byte[1 << 20]);
        Path images = folder.resolve("images");

        assertThat(Cli.run("ram", file).err()).contains("no guest memory in this stream");
        Cli.Run core = Cli.run("core", file, "-o", folder.resolve("core").toString());
        assertThat(core.code()).isEqualTo(ExitCode.USAGE);
        assertThat(core.err()).contains("no guest memory in this stream");
        assertThat(Cli.run("extract", file, "-o", images.toString()).code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(
                        Cli.run(
                                        "extract",
                                        file,
                                        "-o",
                                        images.toString(),
                                        "--memory=pc.ram=" + memory)
                                .code())
                .isEqualTo(ExitCode.FINE);
        assertThat(Files.mismatch(memory, images.resolve("pc.ram.raw"))).isEqualTo(-1);
    }

    @Test
    void nothingIsWrittenFromAGuessOfThePageSize() throws Exception {
        StreamBytes bytes =
                StreamBytes.stream()
                        .configuration("or1k-sim")
                        .start(2, "ram", 0, 4)
                        .u64(0x8000 | 0x04)
                        .str8("ram")
                        .u64(0x8000);
        for (int page = 0; page < 4; page++) {
            bytes.u64(page * 0x2000L | 0x02).str8("ram").u8(0);
        }
        byte[] stream =
                bytes.u64(0x10).footer(2).end(2).u64(0x10).footer(2).endOfStream().toByteArray();
        String file = Files.write(folder.resolve("zero.mig"), stream).toString();
        String out = folder.resolve("out.mig").toString();

        assertThat(Cli.run("ram", file).err())
                .contains("page size not in the stream; 8 KiB assumed");
        Cli.Run guess = Cli.run("convert", file, out, "--ram=plain");
        assertThat(guess.code()).isEqualTo(ExitCode.USAGE);
        assertThat(guess.err()).contains("--page-size");
        assertThat(Path.of(out)).doesNotExist();
        assertThat(Cli.run("convert", file, out, "--ram=plain", "--page-size=8192").code())
                .isEqualTo(ExitCode.FINE);
    }
}
