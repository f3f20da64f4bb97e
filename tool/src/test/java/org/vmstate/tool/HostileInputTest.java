// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Inputs and names with control sequences, names that resemble options, and inputs without an end.
final class HostileInputTest {
    private static final String EVIL = "a\u001b[31mb\u0007\n\r\u007f\u009b\u202e\u2028c";
    private static final String FILTERED = "a?[31mb???????c";

    @TempDir Path folder;

    /// A stream of one device with one field, whose name is written to the JSON unchanged.
    private Path stream(String field) throws IOException {
        byte[] json =
                ("{\"page_size\": 4096, \"devices\": [{\"name\": \"d\", \"instance_id\": 0, \"vmsd_name\": \"d\", \"version\": 1,"
                                + " \"fields\": [{\"name\": \""
                                + field
                                + "\", \"type\": \"uint8\", \"size\": 1}]}]}")
                        .getBytes(UTF_8);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeBytes("QEVM");
        out.writeInt(3);
        out.writeByte(4);
        out.writeInt(5);
        out.writeByte(1);
        out.writeBytes("d");
        out.writeInt(0);
        out.writeInt(1);
        out.writeByte(7);
        out.writeByte(0x7e);
        out.writeInt(5);
        out.writeByte(0);
        out.writeByte(6);
        out.writeInt(json.length);
        out.write(json);
        return Files.write(folder.resolve("in.mig"), bytes.toByteArray());
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.chars().forEach(c -> escaped.append(String.format("\\u%04x", c)));
        return escaped.toString();
    }

    private static void isFiltered(String printed) {
        assertThat(printed.chars())
                .allMatch(c -> c == '\n' || (c >= ' ' && c < 0x7f) || c == '\u2026');
    }

    @Test
    void namesInAStreamAreFiltered() throws Exception {
        Cli.Run run = Cli.run("show", stream(escaped(EVIL)).toString(), "d");

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text()).contains(FILTERED);
        isFiltered(run.text());
    }

    @Test
    void traceLinesAreFiltered() throws Exception {
        Cli.Run run = Cli.run("show", stream(escaped(EVIL)).toString(), "d", "--trace", "*");

        assertThat(run.err()).contains("vmstate_load_state_field d:" + FILTERED + " exists=1");
        isFiltered(run.err());
    }

    @Test
    void jsonKeepsEveryCharacterAndIsAscii() throws Exception {
        String field = EVIL + "\ud800";
        Cli.Run run = Cli.run("show", stream(escaped(field)).toString(), "d", "--json");

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        isFiltered(run.text());
        assertThat(run.json().get("selected").toString()).contains("name=" + field);
    }

    @ParameterizedTest
    @ValueSource(strings = {"qemu", "qemu-desc"})
    void jsonOfQemuIsAscii(String format) throws Exception {
        Cli.Run run = Cli.run("show", stream(escaped(EVIL)).toString(), "--format", format);

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text()).contains("\\u007f");
        isFiltered(run.text());
    }

    @Test
    void nameOfTheInputIsFiltered() throws Exception {
        Path file = Files.copy(stream("f"), folder.resolve("x\u001b[31m\n\u2028.mig"));
        Cli.Run good = Cli.run("show", file.toString());
        assertThat(good.text()).contains("x?[31m??.mig");
        isFiltered(good.text());

        Cli.Run missing = Cli.run("show", file + "\u001b[2J");
        assertThat(missing.code()).isEqualTo(ExitCode.IO);
        assertThat(missing.err()).hasLineCount(1).contains("x?[31m??.mig?[2J: no such file");
        isFiltered(missing.err());
    }

    @Test
    void snapshotOfWhatIsNoImageIsRefused() throws Exception {
        Cli.Run run = Cli.run("show", stream("f").toString(), "--snapshot", "s");

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err())
                .contains("not a disk image, so there is no snapshot s")
                .hasLineCount(1);
    }

    @Test
    void emptyNameOfAFolderIsAUsageError() throws Exception {
        Cli.Run run = Cli.run("extract", stream("f").toString(), "-o", "");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("-o needs the name of a folder");
    }

    /// Files whose reported size is 0 although they have content.
    @ParameterizedTest
    @ValueSource(strings = {"/proc/version", "/proc/self/status"})
    void filesThatDoNotSayTheirSizeAreRead(String file) {
        Assumptions.assumeTrue(Files.exists(Path.of(file)));
        Cli.Run run = Cli.run("show", file);

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).contains("text, not a migration stream");
    }

    @Test
    void deviceOfZerosEnds() {
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/zero")));
        Cli.Run run = Cli.run("show", "/dev/zero");

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).contains("zeros, not a migration stream");
    }

    @Test
    void channelMayBeANamedPipe() throws Exception {
        Path pipe = folder.resolve("pipe");
        Assumptions.assumeTrue(
                new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor() == 0);
        Thread writer =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        Files.write(pipe, "no channel at all".getBytes(UTF_8));
                                    } catch (IOException e) {
                                        // The reader closed the pipe.
                                    }
                                });
        Cli.Run run = Cli.run("ram", stream("f").toString(), "--channel", pipe.toString());
        writer.join();

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).contains("not a multifd channel: it begins with 0x6e6f2063");
    }

    @Test
    void temporaryDataAreLimitedByAnOption() throws Exception {
        assertThat(
                        Map.of(
                                "1", 1L,
                                "3K", 3L << 10,
                                "2M", 2L << 20,
                                "64G", 64L << 30,
                                "1T", 1L << 40))
                .allSatisfy(
                        (text, bytes) ->
                                assertThat(new InputOptions.ByteCount().convert(text))
                                        .isEqualTo(bytes));
        for (String wrong : new String[] {"0", "-1", "G", "", "1.5G", "9223372036854775807K"}) {
            Cli.Run run = Cli.run("convert", "x", "y", "--max-temporary", wrong);
            assertThat(run.code()).as(wrong).isEqualTo(ExitCode.USAGE);
        }
        byte[] input = new byte[20 << 20];
        byte[] stream = Files.readAllBytes(stream("f"));
        java.util.Arrays.fill(input, (byte) 1);
        System.arraycopy(stream, 0, input, 0, stream.length);
        Cli.Run run =
                Cli.withInput(
                        input,
                        "convert",
                        "-",
                        folder.resolve("out").toString(),
                        "--max-temporary",
                        "1M");
        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).contains("(maxTemporaryBytes)").contains("; see --max-temporary");
    }
}
