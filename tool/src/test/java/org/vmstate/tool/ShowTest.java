// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.StreamBytes;

/// The text output of `vmstate show`.
final class ShowTest {
    private static final String EVENTS = "spapr/spapr_pending_events.pending_events";

    @TempDir Path folder;

    @Test
    void overviewOfPseriesShowsThePendingEventsOneByOne() {
        Cli.Run run = Cli.run("show", Cli.sample("pseries-events"));

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.err()).isEmpty();
        assertThat(run.text())
                .contains("  machine       pseries-7.2\n")
                .contains("  page size     4 KiB\n")
                .contains("  description   in the stream\n")
                .contains("RAM  1 block, 256 MiB\n")
                .contains("Devices  19 devices\n")
                .containsPattern("\n +562  spapr +0 +3 +0xc25ef +14,700\n")
                .contains(EVENTS + "  qtailq, 3 elements\n")
                .contains("    [0] summary 104071232 0x06340040, extended_length 108")
                .contains("    [2] summary");
    }

    @Test
    void overviewOfPcNamesItsBlocksAndDevices() {
        Cli.Run run = Cli.run("show", Cli.sample("pc"));

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text())
                .contains("  pc.ram        2 MiB\n")
                .contains("Devices  30 devices\n")
                .containsPattern("\n +12  dma +0 +1 ")
                .containsPattern("\n +13  dma +1 +1 ")
                .doesNotContain("Queues, lists and trees");
    }

    @Test
    void overviewOfS390xHasNoFindings() {
        Cli.Run run = Cli.run("show", Cli.sample("s390x"));

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text()).contains("s390-ccw-virtio").doesNotContain("Findings");
    }

    @Test
    void deviceIsShownDownToItsValues() {
        String text = Cli.run("show", Cli.sample("pseries-events"), "spapr").text();

        assertThat(text)
                .startsWith("spapr  section  spapr version 3  (offset 0xc2602, 14,700 bytes)\n")
                .contains("    guest_timebase      uint64 ")
                .contains("  spapr_pending_events  subsection, version 1\n")
                .contains(
                        "      [2]\n        summary          uint32          104071232  0x06340040\n")
                .contains("  000000  86 00 8e 00 ");
    }

    @Test
    void traceEventsAreInTheWordsOfQemu() {
        Cli.Run run =
                Cli.run("show", Cli.sample("pseries-events"), "spapr", "--trace", "get_qtailq*");

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text()).startsWith("spapr  section  spapr version 3");
        assertThat(run.err().lines())
                .containsExactly(
                        "get_qtailq spapr_event_log_entry v1",
                        "get_qtailq_end spapr_event_log_entry end/0");
    }

    @Test
    void traceGoesThroughEveryFieldAndSubsection() {
        Cli.Run run = Cli.run("show", Cli.sample("pseries-events"), "timer", "--trace", "*");

        assertThat(run.err().lines())
                .containsExactly(
                        "vmstate_load_state timer v2",
                        "vmstate_load_state_field timer:cpu_ticks_offset exists=1",
                        "vmstate_n_elems cpu_ticks_offset: 1",
                        "vmstate_load_state_field timer:unused exists=1",
                        "vmstate_n_elems unused: 1",
                        "vmstate_load_state_field timer:cpu_clock_offset exists=1",
                        "vmstate_n_elems cpu_clock_offset: 1",
                        "vmstate_subsection_load timer",
                        "vmstate_subsection_load_good timer",
                        "vmstate_load_state_end timer end/0");
    }

    @Test
    void pathOfAValueShowsTheValue() {
        Cli.Run run = Cli.run("show", Cli.sample("pseries-events"), EVENTS + "[1].summary");

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text())
                .startsWith(EVENTS + "[1].summary  uint32  104071232  0x06340040  (offset 0x")
                .hasLineCount(1);
    }

    @Test
    void patternStandsForAllDevicesThatFit() {
        String text = Cli.run("show", Cli.sample("pc"), "dma*").text();

        assertThat(text.lines().filter(line -> line.startsWith("dma")))
                .satisfiesExactly(
                        first -> assertThat(first).startsWith("dma  section"),
                        second -> assertThat(second).startsWith("dma#1  section"));
    }

    @Test
    void instanceZeroMayBeWrittenOut() {
        assertThat(Cli.run("show", Cli.sample("pc"), "dma#0.command").text())
                .isEqualTo(Cli.run("show", Cli.sample("pc"), "dma.command").text());
    }

    @Test
    void runsOfEqualElementsAreOneLine() {
        String text = Cli.run("show", Cli.sample("s390x"), "s390_css").text();

        assertThat(text)
                .contains("[0..253]  nullptr  null\n    [254]\n")
                .contains("[255]  nullptr");
    }

    @Test
    void longBuffersAreCutUnlessAllIsAskedFor() {
        String cut = Cli.run("show", Cli.sample("pseries-events"), "spapr").text();
        String whole = Cli.run("show", Cli.sample("pseries-events"), "spapr", "--full").text();

        assertThat(cut).contains("; --full shows all");
        assertThat(whole).doesNotContain("--full shows all");
    }

    @Test
    void pathThatLeadsNowhereIsAUsageErrorWithAHint() {
        Cli.Run run = Cli.run("show", Cli.sample("pseries-events"), EVENTS + "[3].summary");

        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err())
                .contains("nothing in the stream has the path")
                .contains("; there is '" + EVENTS + "' with 3 elements");
        assertThat(run.out()).isEmpty();
    }

    @Test
    void hintsNameFieldsAndDevices() {
        assertThat(Cli.run("show", Cli.sample("pc"), "dma.nosuch").err())
                .contains("; there is 'dma' with command, mask");
        assertThat(Cli.run("show", Cli.sample("pc"), "CPU").err())
                .contains("; there is 'cpu_common', 'cpu'");
        assertThat(Cli.run("show", Cli.sample("pc"), "zzz").err())
                .contains("; without a PATH all devices are listed");
    }

    @Test
    void streamFromAPipeIsShownLikeAFile() throws Exception {
        byte[] stream = Files.readAllBytes(Cli.SAMPLES.resolve("pseries-events.mig"));

        Cli.Run run = Cli.withInput(stream, "show", "-");

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text())
                .startsWith("standard input\n")
                .contains(EVENTS + "  qtailq, 3 elements\n")
                .contains("iterative, 3 sections");
    }

    @Test
    void truncatedFileShowsWhatWasReadBefore() throws Exception {
        Path cut = cut("pc", 30_000);

        Cli.Run run = Cli.run("show", cut.toString());

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.text())
                .contains("pc-i440fx")
                .containsPattern("29  0000:00:01.1/ide +0 +3 +0x6a4e +430 ")
                .contains("--describe-with OTHER");
        assertThat(run.err())
                .startsWith("vmstate: " + cut + ": ")
                .contains("(offset 0x")
                .hasLineCount(1);
    }

    @Test
    void truncatedPipeShowsWhatWasReadBefore() throws Exception {
        byte[] cut = Files.readAllBytes(cut("pc", 30_000));

        Cli.Run run = Cli.withInput(cut, "show", "-");

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.text()).containsPattern("29  0000:00:01.1/ide +0 +3 +0x6a4e +430 ");
    }

    @Test
    void truncatedStreamIsDescribedByAnother() throws Exception {
        Cli.Run run =
                Cli.run(
                        "show",
                        cut("pc", 30_000).toString(),
                        "i8254.channels[0].count",
                        "--describe-with",
                        Cli.sample("pc"));

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.text()).startsWith("i8254.channels[0].count  int32  65536");
    }

    private Path cut(String sample, int length) throws Exception {
        byte[] stream = Files.readAllBytes(Cli.SAMPLES.resolve(sample + ".mig"));
        return Files.write(folder.resolve("cut.mig"), Arrays.copyOf(stream, length));
    }

    @Test
    void undescribedDeviceIsShownAsBytes() throws Exception {
        Path stream = Corpus.file("v-novmdesc-72.mig").unpack(folder);

        Cli.Run run = Cli.run("show", stream.toString(), "timer");

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text()).startsWith("timer\n  not described").contains("  000000  ");
    }

    @Test
    void undescribedStreamIsDescribedByItsTwinOrByJsonAlone() throws Exception {
        String bare = Corpus.file("v-novmdesc-72.mig").unpack(folder).toString();
        Path twin = Corpus.file("v-plain-72.mig").unpack(folder);
        byte[] bytes = Files.readAllBytes(twin);
        int json = new String(bytes, ISO_8859_1).lastIndexOf("{\"page_size\"");
        Path text =
                Files.write(
                        folder.resolve("text.json"), Arrays.copyOfRange(bytes, json, bytes.length));

        String direct = Cli.run("show", twin.toString(), "mc146818rtc").text();
        String byTwin =
                Cli.run("show", bare, "mc146818rtc", "--describe-with", twin.toString()).text();
        String byText =
                Cli.run("show", bare, "mc146818rtc", "--describe-with", text.toString()).text();

        assertThat(byTwin).contains("  cmos_data ").isEqualTo(byText);
        assertThat(byTwin).hasLineCount((int) direct.lines().count());
    }

    @Test
    void streamThatDisagreesWithItsDescriptionIsAFindingAndTheRestIsShown() throws Exception {
        Path stream = Corpus.file("s390x-72.mig").unpack(folder);

        Cli.Run run = Cli.run("show", stream.toString());

        assertThat(run.code()).isEqualTo(ExitCode.FINDINGS);
        assertThat(run.err()).isEmpty();
        assertThat(run.text())
                .containsPattern("s390_css +0 +1 +0x35732 +1,039  not as described\n")
                .containsPattern("globalstate +0 +1 +0x43576 +104\n")
                .contains(
                        "Findings\n  s390_css: the stream's description is wrong about this section");
        assertThat(Cli.run("show", stream.toString(), "globalstate").code())
                .isEqualTo(ExitCode.FINE);
    }

    static List<Corpus.Entry> streams() {
        return Corpus.streams().stream().filter(Corpus.Entry::beginsWithHeader).toList();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void everyStreamOfTheCorpusIsShown(Corpus.Entry entry) throws Exception {
        Cli.Run run = Cli.run("show", entry.unpack(folder).toString());

        assertThat(run.err()).isEmpty();
        assertThat(run.code())
                .isEqualTo(entry.file().equals("s390x-72.mig") ? ExitCode.FINDINGS : ExitCode.FINE);
        assertThat(run.text()).contains("\nDevices  ");
    }

    @Test
    void formatQemuIsForTheWholeStream() {
        assertThat(Cli.run("show", Cli.sample("pc"), "dma", "--format", "qemu").code())
                .isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run("show", Cli.sample("pc"), "--format", "xml").err())
                .contains("--format is text, json, qemu or qemu-desc, not xml");
        assertThat(new String(Cli.run("show", Cli.sample("pc"), "--format", "qemu").out(), UTF_8))
                .startsWith("{\n    \"ram (2)\": {\n");
    }

    @Test
    void descriptionOfAMalformedStreamIsNotSaidToBeMissingAsWell() {
        byte[] malformed = StreamBytes.stream().u8(0x7f).toByteArray();
        Cli.Run run = Cli.withInput(malformed, "show", "-", "--format", "qemu-desc");
        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err().lines()).hasSize(1);
    }
}
