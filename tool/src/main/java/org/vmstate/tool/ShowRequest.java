// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.Snapshot;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineReader;
import org.vmstate.tool.show.CprStatePrinter;
import org.vmstate.tool.show.Show;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;

/// The arguments of `vmstate show`.
///
/// @param format the name of an output format, empty for the default
/// @param walk whether to read the whole stream, however large
/// @param trace the names of trace events to print, with `*` as a wildcard
record ShowRequest(
        String file,
        List<String> paths,
        Optional<String> format,
        boolean full,
        boolean walk,
        Input.Choice choice,
        Optional<String> describeWith,
        Optional<String> trace) {

    /// Parses a simple, correct command line without picocli, which takes longer to start than a
    /// small stream takes to show. Returns empty for everything else (help, errors, unusual ways to
    /// write an option), which picocli then parses. A test checks that both parse the same.
    static Optional<ShowRequest> plain(String... args) {
        if (args.length < 2 || !args[0].equals("show")) {
            return Optional.empty();
        }
        List<String> names = new ArrayList<>();
        String format = null;
        String snapshot = null;
        String describeWith = null;
        boolean full = false;
        boolean walk = false;
        for (int i = 1; i < args.length; i++) {
            String arg = args[i];
            String value = i + 1 < args.length ? args[i + 1] : "";
            if (isName(arg)) {
                names.add(arg);
            } else if (arg.equals("--full") && !full) {
                full = true;
            } else if (arg.equals("--walk") && !walk) {
                walk = true;
            } else if (arg.equals("--json") && format == null) {
                format = "json";
            } else if (!isName(value)) {
                return Optional.empty();
            } else if (arg.equals("--format") && format == null) {
                format = value;
                i++;
            } else if (arg.equals("--snapshot") && snapshot == null) {
                snapshot = value;
                i++;
            } else if (arg.equals("--describe-with") && describeWith == null) {
                describeWith = value;
                i++;
            } else {
                return Optional.empty();
            }
        }
        return names.isEmpty()
                ? Optional.empty()
                : Optional.of(of(names, format, full, walk, snapshot, describeWith));
    }

    private static boolean isName(String arg) {
        return !arg.isEmpty() && (arg.charAt(0) != '-' || arg.equals("-"));
    }

    private static ShowRequest of(
            List<String> names,
            @Nullable String format,
            boolean full,
            boolean walk,
            @Nullable String snapshot,
            @Nullable String describeWith) {
        return new ShowRequest(
                names.getFirst(),
                List.copyOf(names.subList(1, names.size())),
                Optional.ofNullable(format),
                full,
                walk,
                snapshot == null
                        ? Input.Choice.DEFAULT
                        : new Input.Choice(Optional.of(snapshot), ReadLimits.DEFAULT),
                Optional.ofNullable(describeWith),
                Optional.empty());
    }

    /// Executes the request; returns the exit code.
    int run(Terminal terminal) throws IOException, UsageException {
        Show.Format as = Show.Format.of(format.orElse("text"));
        Optional<ReferenceStream> reference = Optional.empty();
        if (describeWith.isPresent()) {
            reference = Optional.of(ReferenceStream.read(describeWith.get(), terminal));
        }
        try (Input input = new Input(file, choice, terminal)) {
            if (choice.snapshot().isEmpty()) {
                Optional<List<Snapshot>> snapshots = input.snapshots();
                if (snapshots.isPresent() && !snapshots.get().isEmpty()) {
                    return new SnapshotList(terminal)
                            .print(snapshots.get(), as == Show.Format.JSON);
                }
            }
            try (StreamFile in = input.open()) {
                return show(in, walk || !input.endsWithItsContent(), as, reference, terminal);
            }
        }
    }

    private int show(
            StreamFile in,
            boolean whole,
            Show.Format as,
            Optional<ReferenceStream> reference,
            Terminal terminal)
            throws IOException, UsageException {
        if (in.cprState().isPresent()) {
            return new CprStatePrinter(terminal, Input.label(file), in.layers())
                    .print(in.cprState().get(), as);
        }
        Optional<VmDescription> substitute = reference.flatMap(ReferenceStream::description);
        MachineReader machine =
                whole
                        ? Machines.walked(in.reader(), substitute)
                        : Machines.overview(in.reader(), substitute);
        Show show = new Show(terminal, Input.label(file), in.layers(), full, trace.isPresent());
        if (trace.isEmpty()) {
            return show.print(machine, paths, as);
        }
        try (Tracing _ = new Tracing(trace.get(), terminal.err())) {
            return show.print(machine, paths, as);
        }
    }
}
