// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmstate.compare.CheckResult;
import org.vmstate.compare.QemuVersion;
import org.vmstate.tool.check.CheckJson;
import org.vmstate.tool.check.CheckText;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/// `vmstate check`: tells whether a destination will load a stream, or whether a stream is sound.
@Command(
        name = "check",
        mixinStandardHelpOptions = true,
        header =
                "Tells whether a QEMU will load a stream, with each reason why not; or examines a stream alone.",
        customSynopsis = {
            "Examples:",
            "  vmstate check vm.mig                         is the stream itself sound?",
            "  vmstate check vm.mig dest.mig                against a stream that the destination wrote",
            "  vmstate check vm.mig dest.json               against the destination's -dump-vmstate",
            "  vmstate check vm.mig dest.json dest.mig --qemu-version 11.1     the most certain answer",
            "  vmstate check guest.save domcapabilities.xml against what libvirt says of a host",
            "  vmstate check old.json new.json              two dumps: what can no longer be loaded?",
            "  vmstate check vm.mig dest.mig --json | jq .verdict",
            "",
            "Usage: vmstate check SOURCE [DESTINATION…] [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "What the destination writes itself is best produced like this, with the intended arguments:",
            "  qemu-system-x86_64 -M pc-i440fx-7.2 … -S -monitor stdio",
            "  (qemu) migrate \"exec:cat > dest.mig\"",
            "and its dump with -M pc-i440fx-7.2 -dump-vmstate dest.json.",
            "",
            "Exit codes: 0 it loads, or that is undecided (the output says so), 1 it is refused (with --strict",
            "also if undecided), 2 usage, 3 the input is not a stream, 4 I/O error."
        })
final class CheckCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(
            index = "0",
            paramLabel = "SOURCE",
            description =
                    "A stream, a save image of libvirt, their URL, or the JSON of -dump-vmstate; - is standard input.")
    private String source = "";

    @Parameters(
            index = "1..*",
            paramLabel = "DESTINATION",
            description =
                    "What is known of the QEMU that is to load it: the JSON of its -dump-vmstate, a stream that it wrote itself when started with the intended arguments, the XML of virsh domcapabilities.")
    private List<String> destinations = List.of();

    @Option(
            names = "--qemu-version",
            paramLabel = "X.Y",
            converter = VersionNumber.class,
            description = "The version of the QEMU that is to load it.")
    private @Nullable QemuVersion version;

    @Option(names = "--strict", description = "Exit with 1 also if the answer is undecided.")
    private boolean strict;

    @Option(names = "--notes", description = "Print also the differences that do not matter.")
    private boolean notes;

    @Option(names = "--json", description = "Print a JSON document; see docs/guide/check.md.")
    private boolean json;

    @Mixin private InputOptions input = new InputOptions();

    /// Parses versions of QEMU.
    static final class VersionNumber implements ITypeConverter<QemuVersion> {
        @Override
        public QemuVersion convert(String text) {
            try {
                return QemuVersion.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException("'" + text + "' is not a version, such as 7.2");
            }
        }
    }

    CheckCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        CheckRequest.Checked checked =
                new CheckRequest(source, destinations, version, input.chosen()).run(terminal);
        CheckResult result = checked.result();
        if (json) {
            CheckJson.write(
                    terminal.out(),
                    Input.label(source),
                    destinations.stream().map(Input::label).toList(),
                    result);
        } else {
            new CheckText(terminal, notes).print(Input.label(source), checked.against(), result);
        }
        return switch (result.verdict()) {
            case LOADS -> ExitCode.FINE;
            case REFUSED -> ExitCode.FINDINGS;
            case UNDECIDED -> strict ? ExitCode.FINDINGS : ExitCode.FINE;
        };
    }
}
