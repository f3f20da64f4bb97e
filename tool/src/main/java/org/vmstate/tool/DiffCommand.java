// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.vmstate.compare.Comparison;
import org.vmstate.compare.DiffRule;
import org.vmstate.compare.DiffRules;
import org.vmstate.compare.MachineDiff;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.StatePattern;
import org.vmstate.tool.show.DiffJson;
import org.vmstate.tool.show.DiffText;
import org.vmstate.wire.VMStateException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vmstate diff`: compares two streams.
@Command(
        name = "diff",
        mixinStandardHelpOptions = true,
        header = "Compares two streams: devices, values, and memory.",
        customSynopsis = {
            "Examples:",
            "  vmstate diff before.mig after.mig                    what differs, one line each",
            "  vmstate diff a.mig b.mig --no-memory                 only the devices, however large the memory",
            "  vmstate diff a.mig b.mig --ignore 'cpu*' --ignore '**.irq_level'",
            "  vmstate diff golden.mig new.mig --allow differences.txt   with the rules of a file",
            "  vmstate diff a.mig b.mig --bytes                     with the bytes of changed pages",
            "  vmstate diff a.mig b.mig --json | jq .differences    as JSON, for programs",
            "",
            "Usage: vmstate diff A B [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "- is what only A has, + what only B has, ~ what differs. Clocks, timers, section ids, the order of",
            "sections and commands may differ, unless --all is given. The rules of --allow and the JSON document",
            "are described in docs/guide/diff.md.",
            "Exit codes: 0 the same, 1 different, 2 usage, 3 malformed input, 4 I/O error."
        })
final class DiffCommand implements Callable<Integer> {
    private final Terminal terminal;

    @Parameters(
            index = "0",
            paramLabel = "A",
            description = "A stream or its URL; - is standard input.")
    private String first = "";

    @Parameters(index = "1", paramLabel = "B", description = "The stream to compare it with.")
    private String second = "";

    @Option(names = "--json", description = "Print a JSON document; see docs/guide/diff.md.")
    private boolean json;

    @Option(
            names = "--ignore",
            paramLabel = "GLOB",
            description = "Allow differences in what this matches, a PATH as of 'vmstate show'.")
    private List<String> ignored = List.of();

    @Option(
            names = "--allow",
            paramLabel = "FILE",
            description = "Allow the differences that the rules in this file allow.")
    private List<Path> allowed = List.of();

    @Option(
            names = "--all",
            description = "Report clocks, timers, and differences of form as well.")
    private boolean all;

    @Option(names = "--no-memory", description = "Do not compare the memory.")
    private boolean withoutMemory;

    @Option(names = "--bytes", description = "Print the bytes of changed pages.")
    private boolean bytes;

    @Option(names = "--full", description = "Print all ranges of memory and all bytes.")
    private boolean full;

    @Option(
            names = "--channel",
            paramLabel = "FILE",
            description = "A channel of A, if it is a multifd stream; give all of them.")
    private List<Path> channels = List.of();

    @Option(names = "--other-channel", paramLabel = "FILE", description = "A channel of B.")
    private List<Path> otherChannels = List.of();

    @Option(
            names = "--other-snapshot",
            paramLabel = "NAME|ID",
            description = "The snapshot to read of B (default: that of --snapshot).")
    private @Nullable String otherSnapshot;

    @Mixin private InputOptions input = new InputOptions();

    DiffCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        if (first.equals("-") && second.equals("-")) {
            throw new UsageException("only one of A and B can be standard input");
        }
        if (withoutMemory && bytes) {
            throw new UsageException("--bytes is about the memory, which is not compared");
        }
        DiffRules rules = rules();
        Input.Choice choice = input.chosen();
        Input.Choice other =
                otherSnapshot == null
                        ? choice
                        : new Input.Choice(Optional.of(otherSnapshot), choice.limits());
        try (StreamFile before = Input.open(first, choice, terminal);
                StreamFile after = Input.open(second, other, terminal)) {
            return withoutMemory ? devices(before, after, rules) : all(before, after, rules);
        }
    }

    private DiffRules rules() throws IOException, UsageException {
        DiffRules rules = all ? DiffRules.ALL : DiffRules.DEFAULT;
        try {
            for (String pattern : ignored) {
                rules = rules.and(new DiffRule.Ignore(StatePattern.of(pattern)));
            }
        } catch (IllegalArgumentException e) {
            throw new UsageException("--ignore " + e.getMessage());
        }
        for (Path file : allowed) {
            try {
                rules = rules.and(Files.readString(file, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw new UsageException(file + ", " + e.getMessage());
            } catch (CharacterCodingException e) {
                throw new UsageException(file + " is not a text in UTF-8");
            }
        }
        return rules;
    }

    private int devices(StreamFile before, StreamFile after, DiffRules rules) throws IOException {
        SavedMachine machine = read(before, first);
        SavedMachine other = read(after, second);
        MachineDiff diff = MachineDiff.of(machine, other, rules);
        print(diff, Optional.empty());
        return diff.same() ? ExitCode.FINE : ExitCode.FINDINGS;
    }

    private static SavedMachine read(StreamFile opened, String name) throws IOException {
        try {
            SavedMachine machine =
                    SavedMachine.read(
                            MachineReader.overview(
                                    opened.reader().seekable()
                                            ? opened.reader()
                                            : opened.reader().retained()));
            if (machine.failure().isPresent()) {
                throw machine.failure().get();
            }
            return machine;
        } catch (VMStateException e) {
            throw e.within(Input.label(name));
        }
    }

    private int all(StreamFile before, StreamFile after, DiffRules rules) throws IOException {
        try (Comparison comparison =
                Comparison.of(
                        new Comparison.Source(Input.label(first), before.reader(), channels),
                        new Comparison.Source(Input.label(second), after.reader(), otherChannels),
                        rules,
                        Path.of(System.getProperty("java.io.tmpdir")))) {
            print(comparison.diff(), Optional.of(comparison));
            return comparison.diff().same() ? ExitCode.FINE : ExitCode.FINDINGS;
        }
    }

    private void print(MachineDiff diff, Optional<Comparison> comparison) throws IOException {
        if (json) {
            try (DiffJson document = new DiffJson(terminal.out())) {
                document.write(Input.label(first), Input.label(second), diff);
            }
            return;
        }
        PrintWriter out = terminal.text();
        DiffText text = new DiffText(terminal, out, full);
        text.print(diff);
        if (bytes && comparison.isPresent()) {
            text.bytes(comparison.get());
        }
        out.flush();
    }
}
