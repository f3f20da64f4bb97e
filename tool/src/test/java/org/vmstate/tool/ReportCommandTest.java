// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.Json;

final class ReportCommandTest {
    @TempDir Path folder;

    private static Map<?, ?> data(String page) {
        String begin = "<script type=\"application/json\" id=\"data\">";
        int from = page.indexOf(begin) + begin.length();
        return (Map<?, ?>) Json.parse(page.substring(from, page.indexOf("</script>", from)));
    }

    private static Cli.Run report(String... arguments) {
        return Cli.run(
                java.util.stream.Stream.concat(
                                java.util.stream.Stream.of("report"), Arrays.stream(arguments))
                        .toArray(String[]::new));
    }

    @Test
    void pageHasDevicesAndTheirBytesButNoMemory() throws Exception {
        Path page = folder.resolve("vm.html");
        Cli.Run run = report(Cli.sample("pseries-events"), "-o", page.toString());
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        assertThat(Files.size(page)).isLessThan(20_000_000);
        Map<?, ?> data = data(Files.readString(page, UTF_8));
        assertThat((List<?>) data.get("texts")).asString().contains("/spapr_pending_events");
        List<?> bytes = (List<?>) data.get("bytes");
        assertThat(bytes)
                .isNotEmpty()
                .allMatch(b -> ((Number) ((List<?>) b).get(3)).intValue() == 0);
        byte[] file = Files.readAllBytes(Path.of(Cli.sample("pseries-events")));
        for (Object entry : bytes) {
            List<?> section = (List<?>) entry;
            byte[] content = Base64.getDecoder().decode((String) section.get(4));
            int offset = ((Number) section.get(1)).intValue();
            assertThat(content)
                    .isEqualTo(Arrays.copyOfRange(file, offset, offset + content.length));
        }
    }

    @Test
    void memoryIsIncludedOnlyOnRequest() throws Exception {
        String stream = Corpus.file("v-xbzrle-52.mig").unpack(folder).toString();
        Path page = folder.resolve("vm.html");
        Cli.Run run = report(stream, "-o", page.toString(), "--memory", "pc.bios@0x3fff0+16");
        assertThat(run.err()).isEmpty();
        List<?> bytes = (List<?>) data(Files.readString(page, UTF_8)).get("bytes");
        List<?> range = (List<?>) bytes.getFirst();
        assertThat(range.get(0)).isEqualTo("pc.bios");
        assertThat(Base64.getDecoder().decode((String) range.get(4))).hasSize(16);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pc.ram",
                "pc.ram@1",
                "pc.ram@0+0",
                "pc.ram@x+1",
                "pc.ram@0+2000000",
                "no@0+1"
            })
    void impossibleRangeIsAUsageError(String range) throws Exception {
        String stream = Corpus.file("v-xbzrle-52.mig").unpack(folder).toString();
        Path page = folder.resolve("vm.html");
        Cli.Run run = report(stream, "-o", page.toString(), "--memory", range);
        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("--memory");
        assertThat(page).doesNotExist();
    }

    @Test
    void runsCoverEveryPageOfEveryBlock() throws Exception {
        String stream = Corpus.file("v-xbzrle-52.mig").unpack(folder).toString();
        Cli.Run run = report(stream, "-o", "-");
        Map<?, ?> memory = (Map<?, ?>) data(run.text()).get("memory");
        long unit = ((Number) memory.get("unit")).longValue();
        for (Object each : (List<?>) memory.get("blocks")) {
            Map<?, ?> block = (Map<?, ?>) each;
            List<?> runs = (List<?>) block.get("runs");
            long units = 0;
            for (int i = 0; i < runs.size(); i += 2) {
                units += ((Number) runs.get(i)).longValue();
            }
            assertThat(units)
                    .isEqualTo(Math.ceilDiv(((Number) block.get("length")).longValue(), unit));
        }
    }

    @Test
    void differencesAreInThePage() throws Exception {
        Path other = folder.resolve("other.mig");
        Cli.run(
                "set",
                Cli.sample("pseries-events"),
                "spapr/spapr_pending_events.pending_events[1].summary=0x77",
                "--add",
                "spapr/spapr_pending_events.pending_events[0]=[0]",
                "-o",
                other.toString());
        Cli.Run run = report(Cli.sample("pseries-events"), other.toString(), "-o", "-");
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        List<?> changes = (List<?>) data(run.text()).get("changes");
        assertThat(changes.size()).isGreaterThanOrEqualTo(8);
    }

    @Test
    void cutStreamGivesThePartBeforeTheError() throws Exception {
        byte[] whole = Files.readAllBytes(Path.of(Cli.sample("pc")));
        Path cut = Files.write(folder.resolve("cut.mig"), Arrays.copyOf(whole, whole.length / 2));
        Path page = folder.resolve("vm.html");
        Cli.Run run = report(cut.toString(), "-o", page.toString());
        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).startsWith("vmstate: ").contains("cut.mig");
        assertThat((List<?>) data(Files.readString(page, UTF_8)).get("facts"))
                .asString()
                .contains("Defect");
    }

    @Test
    void pictureOfTheMemoryHasNamesAndALegend() throws Exception {
        String stream = Corpus.file("v-xbzrle-52.mig").unpack(folder).toString();
        Path svg = folder.resolve("map.svg");
        Path png = folder.resolve("map.png");
        assertThat(Cli.run("ram", stream, "--map", svg.toString()).text()).contains("one cell is");
        Cli.run("ram", stream, "--map", png.toString());
        assertThat(Files.readString(svg, UTF_8))
                .startsWith("<svg ")
                .contains("pc.ram  ")
                .contains("not in the stream ")
                .contains(">0x0<");
        byte[] header = Arrays.copyOf(Files.readAllBytes(png), 24);
        assertThat(java.nio.ByteBuffer.wrap(header).getInt(16)).isGreaterThanOrEqualTo(1200);
    }
}
