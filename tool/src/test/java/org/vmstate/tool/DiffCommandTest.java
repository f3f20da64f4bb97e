// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class DiffCommandTest {
    private static final String EVENTS = "spapr/spapr_pending_events.pending_events";

    @TempDir Path folder;

    private String changed(String... changes) {
        Path out = folder.resolve("changed.mig");
        List<String> arguments =
                new java.util.ArrayList<>(List.of("set", Cli.sample("pseries-events")));
        arguments.addAll(List.of(changes));
        arguments.addAll(List.of("-o", out.toString()));
        Cli.Run run = Cli.run(arguments.toArray(String[]::new));
        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isZero();
        return out.toString();
    }

    @Test
    void sameStreamsHaveNoDifferences() {
        String sample = Cli.sample("pc");
        Cli.Run run = Cli.run("diff", sample, sample, "--all");
        assertThat(run.code()).isZero();
        assertThat(run.text()).isEqualTo("no difference in the devices, none in the memory\n");
    }

    @Test
    void eachDifferenceIsOneLine() {
        String other =
                changed(
                        EVENTS + "[1].summary=0x77",
                        "--add",
                        EVENTS + "[0]=[0]",
                        "--drop-section",
                        "spapr/rtc",
                        "--rename-block",
                        "ppc_spapr.ram=ram");
        Cli.Run run = Cli.run("diff", Cli.sample("pseries-events"), other);
        assertThat(run.code()).isEqualTo(ExitCode.FINDINGS);
        assertThat(run.text().lines().map(line -> line.replaceAll("  .*", "")))
                .contains("- spapr/rtc", "- ram \"ppc_spapr.ram\"", "+ ram \"ram\"");
        assertThat(run.text()).contains("+ " + EVENTS);
    }

    @Test
    void jsonHasTheDifferences() {
        String other = changed(EVENTS + "[1].summary=0x77");
        Cli.Run run = Cli.run("diff", Cli.sample("pseries-events"), other, "--json");
        Map<?, ?> json = run.json();
        assertThat(json.get("same")).isEqualTo(false);
        List<?> differences = (List<?>) json.get("differences");
        assertThat(differences).hasSize(1);
        Map<?, ?> difference = (Map<?, ?>) differences.getFirst();
        assertThat(difference.get("kind")).isEqualTo("value");
        assertThat(difference.get("path")).isEqualTo(EVENTS + "[1].summary");
        assertThat(((Map<?, ?>) difference.get("after")).get("value")).hasToString("119");
        Map<?, ?> memory = (Map<?, ?>) json.get("memory");
        assertThat((List<?>) memory.get("blocks")).hasSize(1);
    }

    @Test
    void rulesOfOptionsAndFilesAllowDifferences() throws Exception {
        String other = changed(EVENTS + "[1].summary=0x77");
        String sample = Cli.sample("pseries-events");
        assertThat(Cli.run("diff", sample, other, "--ignore", "**.summary").code()).isZero();
        Path rules = Files.writeString(folder.resolve("rules"), "range **.summary 0..0xffffffff\n");
        assertThat(Cli.run("diff", sample, other, "--allow", rules.toString()).code()).isZero();
        Files.writeString(rules, "# x\nrang **.summary 0..1\n");
        Cli.Run wrong = Cli.run("diff", sample, other, "--allow", rules.toString());
        assertThat(wrong.code()).isEqualTo(ExitCode.USAGE);
        assertThat(wrong.err()).contains(rules + ", line 2: ");
        Files.write(rules, new byte[] {(byte) 0xff});
        Cli.Run binary = Cli.run("diff", sample, other, "--allow", rules.toString());
        assertThat(binary.code()).isEqualTo(ExitCode.USAGE);
        assertThat(binary.err()).contains(rules + " is not a text in UTF-8");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "diff - -",
                "diff IN IN --no-memory --bytes",
                "diff IN IN --ignore \"x",
                "diff IN"
            })
    void wrongUsageIsRefused(String command) {
        Cli.Run run = Cli.run(command.replace("IN", Cli.sample("pc")).split(" "));
        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
    }

    @Test
    void brokenInputIsNamed() throws Exception {
        byte[] bytes = Files.readAllBytes(Path.of(Cli.sample("pc")));
        Path cut = Files.write(folder.resolve("cut"), java.util.Arrays.copyOf(bytes, 50_000));
        Cli.Run run = Cli.run("diff", Cli.sample("pc"), cut.toString());
        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).contains(cut.toString());
        assertThat(run.err().lines()).hasSize(1);
    }
}
