// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Corpus;

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
        try (Stream<Path> left = Files.list(images)) {
            assertThat(left).isEmpty();
        }
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

    /// By hand: the header in the zeros before a real mapped-ram stream, as libvirt 11 leaves it.
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
        "s390x-100.mig, 22, 1"
    })
    void coreHasMemoryAndRegisters(String name, int machine, int loads) throws Exception {
        Path core = folder.resolve("core");

        Cli.Run run = Cli.run("core", unpack(name), "-o", core.toString());

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        ByteBuffer elf = ByteBuffer.wrap(Files.readAllBytes(core));
        elf.order(elf.get(5) == 1 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
        assertThat(elf.getInt(0)).isEqualTo(elf.get(5) == 1 ? 0x464c457f : 0x7f454c46);
        assertThat(elf.getShort(16)).isEqualTo((short) 4);
        assertThat(elf.getShort(18)).isEqualTo((short) machine);
        assertThat(elf.getShort(56)).isEqualTo((short) (loads + 1));
        assertThat(elf.getInt(64)).isEqualTo(4);
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
}
