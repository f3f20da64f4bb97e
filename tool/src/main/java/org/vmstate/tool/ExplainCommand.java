// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmstate.compare.Explanation;
import org.vmstate.compare.QemuVersion;
import org.vmstate.tool.check.ExplanationOutput;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vmstate explain`: explains a line of QEMU's or libvirt's log.
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        header =
                "Explains a line of QEMU's or libvirt's log about a failed load, and finds its cause in the stream.",
        customSynopsis = {
            "Examples:",
            "  vmstate explain 'Missing section footer for cpu'",
            "  vmstate explain 'Missing section footer for cpu' vm.mig            the place in this stream",
            "  vmstate explain 'Missing section footer for cpu' vm.mig dest.mig   with the destination's stream",
            "  vmstate explain \"$(tail -5 guest.log)\" guest.save     the line that says most of several",
            "  vmstate explain \"$(tail -5 guest.log)\" guest.save --json | jq .places",
            "",
            "Usage: vmstate explain MESSAGE [STREAM [DESTINATION…]] [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Exit codes: 0 the message is known, 1 it is not, 2 usage, 3 malformed input, 4 I/O error."
        })
final class ExplainCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(index = "0", paramLabel = "MESSAGE", description = "A line of the log, or several.")
    private String message = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "STREAM",
            description = "The stream that could not be loaded.")
    private @Nullable String stream;

    @Parameters(
            index = "2..*",
            paramLabel = "DESTINATION",
            description = "What is known of the QEMU that printed it; see vmstate check.")
    private List<String> destinations = List.of();

    @Option(
            names = "--qemu-version",
            paramLabel = "X.Y",
            converter = CheckCommand.VersionNumber.class,
            description = "The version of the QEMU that printed it.")
    private @Nullable QemuVersion version;

    @Option(names = "--json", description = "Print a JSON document; see docs/guide/check.md.")
    private boolean json;

    @Mixin private InputOptions input = new InputOptions();

    ExplainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        Optional<Explanation> explanation =
                stream == null
                        ? Explanation.of(message)
                        : new CheckRequest(stream, destinations, version, input.chosen())
                                .explain(message, terminal);
        if (explanation.isEmpty()) {
            terminal.message("this message is not known; vmstate check examines the stream");
            return ExitCode.FINDINGS;
        }
        if (json) {
            ExplanationOutput.json(terminal.out(), message, explanation.get());
        } else {
            ExplanationOutput.text(terminal, explanation.get());
        }
        return ExitCode.FINE;
    }
}
