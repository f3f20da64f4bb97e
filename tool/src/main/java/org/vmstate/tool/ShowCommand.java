// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmstate.tool.show.Show;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vmstate show`: shows the content of a stream.
@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        header =
                "Shows the content of a stream: the machine, its devices, and every value of their state.",
        customSynopsis = {
            "Examples:",
            "  vmstate show vm.mig                          an overview of the machine",
            "  vmstate show vm.mig spapr                    one device in detail",
            "  vmstate show vm.mig 'spapr/spapr_pending_events.pending_events[1].summary'",
            "  vmstate show vm.mig --full 'cpu*'            all CPUs, with complete buffers",
            "  vmstate show vm.mig '**.irq_level'           all fields of this name",
            "  vmstate show vm.mig --json timer | jq .      as JSON, for programs",
            "  vmstate show vm.mig --format qemu            as QEMU's analyze-migration.py prints it",
            "  vmstate show vm.mig spapr --trace '*qtailq*' the trace events of loading it, in QEMU's format",
            "  ssh host cat vm.mig | vmstate show -         from a pipe",
            "  vmstate show https://store/vm.mig            reads only the needed parts",
            "",
            "Usage: vmstate show FILE [PATH…] [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "A PATH is a device's name (with #INSTANCE unless that is 0), then optionally the path of a value in it:",
            "  .field  /subsection  [index]  and, for an entry of a tree,  [index].key  [index].value",
            "* matches any characters within one step, [*] any index, ** any number of steps.",
            "Put names that contain these characters in \"quotes\".",
            "",
            "Exit codes: 0 fine, 1 the stream contradicts its own description, 2 usage,",
            "3 malformed input (the part before the error is shown), 4 I/O error."
        })
final class ShowCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(
            index = "0",
            paramLabel = "FILE",
            description = "A stream or its URL; - is standard input.")
    private String file = "";

    @Parameters(index = "1..*", paramLabel = "PATH", description = "A device, or a value in one.")
    private List<String> paths = List.of();

    @ArgGroup private @Nullable FormatOption format;

    @Mixin private InputOptions input = new InputOptions();

    @Option(
            names = "--walk",
            description =
                    "Read the whole stream, however large, instead of locating the devices from its end.")
    private boolean walk;

    @Option(names = "--full", description = "Print long buffers and arrays completely.")
    private boolean full;

    @Option(
            names = "--describe-with",
            paramLabel = "OTHER",
            description =
                    "Take the description of the devices from this file: another stream of the same machine, or the JSON text alone.")
    private @Nullable String describeWith;

    @Option(
            names = "--trace",
            paramLabel = "PATTERN",
            description =
                    "Print the trace events of loading the shown devices to standard error, in QEMU's format; * is a wildcard, as in 'get_qtailq*'.")
    private @Nullable String trace;

    /// The options for the format.
    static final class FormatOption {
        @Option(
                names = "--json",
                description = "Print a JSON document; see docs/guide/show-json.md.")
        private boolean json;

        @Option(
                names = "--format",
                paramLabel = "FORMAT",
                completionCandidates = Show.Format.Names.class,
                description =
                        "text (default), json, qemu (as analyze-migration.py -d state) or qemu-desc (-d desc).")
        private String name = "text";
    }

    ShowCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        return request().run(terminal);
    }

    ShowRequest request() {
        Optional<String> name = Optional.ofNullable(format).map(f -> f.json ? "json" : f.name);
        return new ShowRequest(
                file,
                paths,
                name,
                full,
                walk,
                input.chosen(),
                Optional.ofNullable(describeWith),
                Optional.ofNullable(trace));
    }
}
