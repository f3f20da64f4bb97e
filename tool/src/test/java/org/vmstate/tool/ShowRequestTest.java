// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/// The fast parser of command lines gives the same result as picocli, or leaves the command line to
/// it.
final class ShowRequestTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "show vm.mig",
                "show -",
                "show vm.mig spapr cpu#1",
                "show --json vm.mig timer",
                "show vm.mig timer --json",
                "show vm.mig --full cpu*",
                "show vm.mig --walk timer",
                "show --format qemu vm.mig",
                "show vm.mig --snapshot 1 --describe-with other.mig --full --format text a.b[0]",
            })
    void plainCommandLinesAreUnderstoodAsPicocliDoes(String line) {
        String[] args = line.split(" ");

        assertThat(ShowRequest.plain(args)).contains(parsed(args));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "show",
                "show --json",
                "show --help",
                "show vm.mig -h",
                "show vm.mig --nonsense",
                "show vm.mig --format",
                "show vm.mig --format=json",
                "show vm.mig --format --full",
                "show vm.mig --json --format json",
                "show vm.mig --json --json",
                "show vm.mig --full --full",
                "show -- vm.mig",
                "convert a b",
                "--help",
                "",
            })
    void everythingElseIsLeftToPicocli(String line) {
        assertThat(ShowRequest.plain(line.split(" "))).isEqualTo(Optional.empty());
    }

    @Test
    void optionsWrittenAnotherWayMeanTheSame() {
        ShowRequest request = parsed("show", "vm.mig", "--format=json", "timer");

        assertThat(ShowRequest.plain("show", "vm.mig", "--format", "json", "timer"))
                .contains(request);
    }

    private static ShowRequest parsed(String... args) {
        Terminal terminal = Terminal.ofProcess();
        CommandLine show =
                Main.commandLine(terminal).parseArgs(args).subcommand().commandSpec().commandLine();
        return ((ShowCommand) show.getCommand()).request();
    }
}
