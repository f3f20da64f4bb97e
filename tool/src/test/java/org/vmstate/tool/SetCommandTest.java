// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Corpus;

final class SetCommandTest {
    private static final String EVENTS = "spapr/spapr_pending_events.pending_events";

    @TempDir Path folder;

    private Path out() {
        return folder.resolve("out.mig");
    }

    private Cli.Run set(String file, String... changes) {
        List<String> arguments = new ArrayList<>(List.of("set", file));
        arguments.addAll(List.of(changes));
        arguments.addAll(List.of("-o", out().toString()));
        return Cli.run(arguments.toArray(String[]::new));
    }

    private String get(String path, String... options) {
        List<String> arguments = new ArrayList<>(List.of("get", out().toString(), path));
        arguments.addAll(List.of(options));
        Cli.Run run = Cli.run(arguments.toArray(String[]::new));
        assertThat(run.err()).isEmpty();
        return run.text().strip();
    }

    @ParameterizedTest
    @CsvSource({
        "timer.cpu_ticks_offset, 0x10, 16",
        "timer.cpu_ticks_offset, -5, -5",
        "timer.cpu_ticks_offset, 0b1_01, 5",
        "timer.cpu_ticks_offset, 0o17, 15",
        "globalstate.size, 4294967295, 4294967295",
        "timer.unused, 00:01 02 03 04 05 06 07, 0001020304050607",
        "timer.unused, '\"abc\"', 6162630000000000",
        "'**spapr_pending_events.pending_events[2].extended_length', 108, 108"
    })
    void valueThatWasSetIsRead(String path, String value, String text) {
        Cli.Run run = set(Cli.sample("pseries-events"), path + "=" + value);
        assertThat(run.err()).isEmpty();
        assertThat(get(path)).isEqualTo(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "timer.nosuch=1",
                "--delete timer.nosuch",
                "--drop-subsection timer.nosuch",
                "--drop-fields-from timer.nosuch"
            })
    void pathThatDoesNotExistIsAnsweredWithWhatThereIs(String change) {
        Cli.Run run = set(Cli.sample("pseries-events"), change.split(" "));

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err())
                .contains("nothing in the stream has the path 'timer.nosuch'")
                .contains("there is 'timer' with cpu_ticks_offset, unused, cpu_clock_offset");
    }

    @Test
    void wildcardsSetAllValues() {
        assertThat(set(Cli.sample("pseries-events"), EVENTS + "[*].summary=7").code()).isZero();
        assertThat(get("**.summary").lines())
                .allMatch(line -> line.endsWith(".summary=7"))
                .hasSizeGreaterThan(1);
    }

    @Test
    void printedValuesAreAccepted() throws Exception {
        Cli.Run all = Cli.run("get", Cli.sample("pseries-events"), "spapr");
        assertThat(
                        set(Cli.sample("pseries-events"), all.text().lines().toArray(String[]::new))
                                .err())
                .isEmpty();
        assertThat(out()).hasSameBinaryContentAs(Path.of(Cli.sample("pseries-events")));
    }

    @Test
    void bytesComeFromAFileAndGoToOne() throws Exception {
        Path bytes = Files.write(folder.resolve("bytes"), new byte[] {8, 7, 6, 5, 4, 3, 2, 1});
        set(Cli.sample("pseries-events"), "timer.unused=@" + bytes);
        Cli.Run run = Cli.run("get", out().toString(), "timer.unused", "--raw");
        assertThat(run.out()).isEqualTo(new byte[] {8, 7, 6, 5, 4, 3, 2, 1});
    }

    @Test
    void lengthOfABufferChangesWithItsCount() throws Exception {
        Path bytes = Files.write(folder.resolve("bytes"), new byte[10]);
        Cli.Run run =
                set(
                        Cli.sample("pseries-events"),
                        EVENTS + "[0].extended_log=@" + bytes,
                        "--counted-by",
                        EVENTS + "[0].extended_length");
        assertThat(run.err()).isEmpty();
        assertThat(get(EVENTS + "[0].extended_length")).isEqualTo("10");
    }

    @Test
    void elementsAreAddedBeforeValuesAreSet() {
        set(
                Cli.sample("pseries-events"),
                "--add",
                EVENTS + "[0]=[1]",
                EVENTS + "[0].summary=1",
                "--delete",
                EVENTS + "[1]");
        assertThat(get(EVENTS + "[0].summary")).isEqualTo("1");
    }

    @Test
    void subsectionOfAnotherStreamIsAdded() {
        String sample = Cli.sample("pseries-events");
        Path without = folder.resolve("without.mig");
        Cli.run(
                "set",
                sample,
                "--drop-subsection",
                "spapr/spapr_pending_events",
                "-o",
                without + "");
        Cli.Run run =
                set(
                        without.toString(),
                        "--add",
                        "spapr=spapr/spapr_pending_events",
                        "--from",
                        sample);
        assertThat(run.err()).isEmpty();
        assertThat(get(EVENTS + "[0].extended_length")).isEqualTo("108");
    }

    @Test
    void versionAndTrailingFieldsAreLoweredTogether() {
        Cli.Run run =
                set(
                        Cli.sample("pseries-events"),
                        "--section-version",
                        "timer=1",
                        "--drop-fields-from",
                        "timer.cpu_clock_offset");
        assertThat(run.err()).isEmpty();
        Cli.Run shown = Cli.run("show", out().toString(), "timer");
        assertThat(shown.code()).isZero();
        assertThat(shown.text()).contains("version 1").doesNotContain("cpu_clock_offset");
    }

    /// A stream that is refused because of a field is mended by the option that the check names.
    @ParameterizedTest
    @ValueSource(strings = {"timer.unused", "cpu.env.gpr", "cpu/slb.env.slb"})
    void fieldIsDroppedAndTakenFromAnotherStream(String path) throws Exception {
        String whole = Cli.sample("pseries-events");
        assertThat(set(whole, "--drop-field", path).err()).isEmpty();
        Path dropped = Files.move(out(), folder.resolve("dropped.mig"));
        assertThat(Cli.run("check", dropped.toString()).code()).isZero();
        Cli.Run refused = Cli.run("check", dropped.toString(), whole);
        assertThat(refused.code()).isEqualTo(ExitCode.FINDINGS);
        assertThat(refused.text()).contains("refused: fields differ, ").contains("--take-field");
        assertThat(Cli.run("check", whole, dropped.toString()).text()).contains("--drop-field");

        Cli.Run taken = set(dropped.toString(), "--take-field", path, "--from", whole);
        assertThat(taken.err()).isEmpty();
        assertThat(Cli.run("diff", whole, out().toString(), "--all").text())
                .startsWith("no difference");
    }

    @Test
    void fieldOfAnotherSizeIsReplaced() throws Exception {
        String whole = Cli.sample("pseries-events");
        assertThat(
                        set(
                                        whole,
                                        "--drop-field",
                                        "timer.cpu_ticks_offset",
                                        "timer.cpu_clock_offset=1")
                                .err())
                .isEmpty();
        Path other = Files.move(out(), folder.resolve("other.mig"));
        Cli.Run taken =
                set(whole, "--take-field", "timer.cpu_clock_offset", "--from", other.toString());
        assertThat(taken.err()).isEmpty();
        assertThat(Cli.run("get", out().toString(), "timer.cpu_clock_offset").text())
                .isEqualTo("1\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "pseries-events", "s390x"})
    void machineTypeIsRenamed(String sample) {
        assertThat(set(Cli.sample(sample), "--machine-type", "other-1.0").err()).isEmpty();
        Cli.Run check = Cli.run("check", out().toString(), Cli.sample(sample));
        assertThat(check.text()).contains("Machine type received is 'other-1.0'");
        assertThat(Cli.run("show", out().toString(), "--walk").code()).isZero();
        assertThat(Cli.run("diff", Cli.sample(sample), out().toString(), "--all").text())
                .startsWith("~ configuration  machineType: ")
                .contains("1 difference in the devices, none in the memory");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no.such=1",
                "timer.cpu_ticks_offset=x",
                "timer.cpu_ticks_offset=99999999999999999999",
                "timer.unused=0102",
                "timer.unused=xy",
                "timer=1",
                "timer",
                "--delete timer.unused",
                "--drop-section nothing",
                "--drop-command nothing",
                "--drop-subsection timer.unused",
                "--drop-block nothing",
                "--resize-block ppc_spapr.ram=100",
                "--resize-block ppc_spapr.ram=x",
                "--rename-section timer=spapr",
                "--section-version timer=-1",
                "--add timer=spapr",
                "--drop-field timer",
                "--drop-field nothing.x",
                "--drop-field spapr/spapr_pending_events.pending_events[0]",
                "--take-field timer.unused",
                "--machine-type ",
                ""
            })
    void impossibleChangeIsRefusedAndWritesNothing(String change) {
        Cli.Run run =
                set(
                        Cli.sample("pseries-events"),
                        change.isEmpty() ? new String[0] : change.split(" "));
        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err().lines()).hasSize(2);
        assertThat(out()).doesNotExist();
    }

    @Test
    void compressionIsKept() throws Exception {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(packed)) {
            Files.copy(Path.of(Cli.sample("pc")), gzip);
        }
        Path file = Files.write(folder.resolve("pc.mig.gz"), packed.toByteArray());
        assertThat(set(file.toString(), "timer.unused=0000000000000001").err()).isEmpty();
        assertThat(Files.readAllBytes(out())).startsWith(0x1f, 0x8b);
        assertThat(get("timer.unused")).isEqualTo("0000000000000001");
    }

    @ParameterizedTest
    @ValueSource(strings = {"raw", "gzip", "bzip2", "xz"})
    void libvirtImageStaysOne(String format) throws Exception {
        String name = "libvirt-" + format + "-72.mig";
        Path file = Files.write(folder.resolve("saved"), Corpus.file(name).bytes());
        assertThat(set(file.toString(), "cpu.env.eip=0xfff0").err()).isEmpty();
        assertThat(get("cpu.env.eip")).isEqualTo("65520");
        String before = Cli.run("show", file.toString()).text();
        String after = Cli.run("show", out().toString()).text();
        assertThat(after.lines().skip(1).limit(4))
                .containsExactlyElementsOf(before.lines().skip(1).limit(4).toList());
        assertThat(Cli.run("diff", file.toString(), out().toString()).text().lines()).hasSize(2);
    }

    @Test
    void valuesOfMappedRamStreamsAreSet() throws Exception {
        Path file =
                Files.write(folder.resolve("saved"), Corpus.file("v-mappedram-100.mig").bytes());
        assertThat(set(file.toString(), "cpu.env.eip=0xfff0").err()).isEmpty();
        Cli.Run diff = Cli.run("diff", file.toString(), out().toString());
        assertThat(diff.text().lines()).hasSize(2);
    }

    @Test
    void wildcardsSkipWhatIsNotDescribedAsValues() {
        Cli.Run run = Cli.run("get", Cli.sample("pc"), "*");
        assertThat(run.err()).isEmpty();
        assertThat(run.text()).contains("timer.cpu_ticks_offset=").contains("cpu.env.eip=");
    }

    @Test
    void getRefusesWhatItCannotPrint() {
        String sample = Cli.sample("pseries-events");
        assertThat(Cli.run("get", sample, "nothing").code()).isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run("get", sample, "timer.*", "--raw").code()).isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run("get", sample, "ram").code()).isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run("get", sample, "spapr/rtc.ns_offset").code()).isZero();
    }
}
