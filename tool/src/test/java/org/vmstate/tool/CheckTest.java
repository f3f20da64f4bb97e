// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `vmstate check` and `vmstate explain`.
final class CheckTest {
    private static final String PC = Cli.sample("pc");
    private static final String PSERIES = Cli.sample("pseries-events");

    @TempDir private Path folder;

    private String file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text).toString();
    }

    private static String dump(String size) {
        return """
        {"vmschkmachine": {"Name": "m"}, "t": {"Name": "t", "version_id": 1,
         "minimum_version_id": 1, "Description": {"name": "d", "version_id": 1,
         "minimum_version_id": 1, "Fields": [{"field": "f", "version_id": 0,
         "field_exists": false, "size": %s}]}}}"""
                .formatted(size);
    }

    @Test
    void streamAloneIsSound() {
        Cli.Run run = Cli.run("check", PC);
        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text())
                .isEqualTo(
                        """
                        %s: SOUND
                            whether a QEMU loads it: vmstate check STREAM DESTINATION…
                        """
                                .formatted(PC));
    }

    @Test
    void whatWasNotComparedIsSaid() {
        assertThat(Cli.run("check", PC, "--qemu-version", "10.0").text())
                .contains("a stream that it wrote itself decides");
        assertThat(Cli.run("check", PC, PC).text()).doesNotContain("wrote itself");
        assertThat(Cli.run("check", PSERIES, "--qemu-version", "4.0").text())
                .contains("REFUSED")
                .doesNotContain("wrote itself");
    }

    @Test
    void sameRemedyIsPrintedOnce() throws IOException {
        String two =
                dump("4")
                        .replace(
                                "\"Fields\": [",
                                "\"Fields\": [{\"field\": \"g\", \"version_id\": 0,"
                                        + " \"field_exists\": false, \"size\": 1}, {\"field\": \"h\","
                                        + " \"version_id\": 0, \"field_exists\": false, \"size\": 1},");
        Cli.Run run = Cli.run("check", file("old.json", two), file("new.json", dump("4")));
        assertThat(run.text())
                .containsSubsequence("t: d.g", "t: d.h", "Raise the version", "QEMU: Missing");
        assertThat(run.text().split("Raise the version", -1)).hasSize(2);
    }

    @Test
    void streamLoadsWhereItWasWritten() {
        Cli.Run run = Cli.run("check", PC, PC);
        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text()).contains("LOADS");
    }

    @Test
    void anotherMachineIsRefused() {
        Cli.Run run = Cli.run("check", PC, PSERIES);
        assertThat(run.code()).isEqualTo(ExitCode.FINDINGS);
        assertThat(run.text())
                .contains("REFUSED")
                .contains("Machine type received is")
                .contains("Unknown section or instance");
    }

    @Test
    void resultIsJson() {
        Cli.Run run = Cli.run("check", PC, PSERIES, "--json");
        Map<?, ?> json = run.json();
        assertThat(json.get("verdict")).isEqualTo("refused");
        assertThat(json.get("formatVersion")).isEqualTo(1L);
        Map<?, ?> reason = (Map<?, ?>) ((List<?>) json.get("reasons")).getFirst();
        assertThat(reason.keySet().stream().map(String::valueOf))
                .containsExactlyInAnyOrder(
                        "effect", "kind", "subject", "detail", "remedy", "words", "offset");
    }

    @Test
    void cutStreamIsRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(Path.of(PC));
        Path cut = Files.write(folder.resolve("cut"), java.util.Arrays.copyOf(bytes, 1000));
        Cli.Run run = Cli.run("check", cut.toString());
        assertThat(run.code()).isEqualTo(ExitCode.FINDINGS);
        assertThat(run.text()).contains("malformed stream");
    }

    @Test
    void twoDumpsAreCompared() throws IOException {
        String old = file("old.json", dump("4"));
        assertThat(Cli.run("check", old, old).code()).isEqualTo(ExitCode.FINE);
        Cli.Run run = Cli.run("check", old, file("new.json", dump("8")));
        assertThat(run.code()).isEqualTo(ExitCode.FINDINGS);
        assertThat(run.text()).contains("t: d.f");
    }

    @Test
    void undecidedIsAFindingOnlyIfStrict() throws IOException {
        String old = file("old.json", dump("4"));
        String none = file("none.json", "{\"vmschkmachine\": {\"Name\": \"m\"}}");
        assertThat(Cli.run("check", old, none).code()).isEqualTo(ExitCode.FINE);
        assertThat(Cli.run("check", old, none, "--strict").code()).isEqualTo(ExitCode.FINDINGS);
    }

    @Test
    void wrongUsageIsReported() throws IOException {
        String dump = file("a.json", dump("4"));
        assertThat(Cli.run("check").code()).isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run("check", dump).code()).isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run("check", PC, dump, dump).code()).isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run("check", PC, "--qemu-version", "new").code()).isEqualTo(ExitCode.USAGE);
        assertThat(Cli.run("check", PC, file("x.xml", "<domain/>")).code())
                .isEqualTo(ExitCode.MALFORMED);
        assertThat(Cli.run("check", folder.resolve("none").toString()).code())
                .isEqualTo(ExitCode.IO);
    }

    @Test
    void messageIsExplained() {
        Cli.Run run = Cli.run("explain", "Missing section footer for timer", PC);
        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text()).contains("usual cause:").contains("in this stream:");
        Map<?, ?> json = Cli.run("explain", "Missing section footer for timer", "--json").json();
        assertThat(json.get("subject")).isEqualTo("timer");
    }

    @Test
    void unknownMessageIsAFinding() {
        assertThat(Cli.run("explain", "all is well").code()).isEqualTo(ExitCode.FINDINGS);
    }

    @Test
    void readingOfADumpFromStandardInput() throws IOException {
        byte[] old = dump("4").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(Cli.withInput(old, "check", "-", file("new.json", dump("4"))).code())
                .isEqualTo(ExitCode.FINE);
    }
}
