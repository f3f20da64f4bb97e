// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import org.vmstate.container.Layer;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.ram.RamBlock;
import org.vmstate.state.Finding;
import org.vmstate.state.LoadTrace;
import org.vmstate.tool.ExitCode;
import org.vmstate.tool.Terminal;
import org.vmstate.tool.UsageException;
import org.vmstate.tool.qemu.QemuDescription;
import org.vmstate.tool.qemu.QemuState;
import org.vmstate.wire.Printable;

/// Reads a machine and prints it in a format of `vmstate show`.
public final class Show {
    private static final int ROWS = 16;

    private final Terminal terminal;
    private final List<Layer> layers;
    private final String title;
    private final boolean full;
    private final boolean traced;

    /// The output formats.
    public enum Format {
        /// Text for people.
        TEXT,
        /// JSON: `docs/guide/show-json.md`.
        JSON,
        /// The output of QEMU's `analyze-migration.py -d state`.
        QEMU,
        /// The output of QEMU's `analyze-migration.py -d desc`.
        QEMU_DESC;

        /// The names of the formats on the command line.
        public static final class Names extends ArrayList<String> {
            private static final long serialVersionUID = 1L;

            /// Lists all names.
            public Names() {
                super(List.of("text", "json", "qemu", "qemu-desc"));
            }
        }

        /// The format with a name.
        public static Format of(String name) throws UsageException {
            int at = new Names().indexOf(name);
            if (at < 0) {
                throw new UsageException("--format is text, json, qemu or qemu-desc, not " + name);
            }
            return values()[at];
        }
    }

    /// @param title the name of the input
    /// @param layers the containers around the stream
    /// @param full whether long buffers and arrays are printed completely
    /// @param traced whether the trace events of loading the printed state are emitted
    public Show(Terminal terminal, String title, List<Layer> layers, boolean full, boolean traced) {
        this.layers = layers;
        this.terminal = terminal;
        this.title = title;
        this.full = full;
        this.traced = traced;
    }

    /// Prints the whole machine, or the values with these paths. Returns the exit code.
    public int print(MachineReader source, List<String> paths, Format format)
            throws IOException, UsageException {
        if (!paths.isEmpty() && (format == Format.QEMU || format == Format.QEMU_DESC)) {
            throw new UsageException("this format is for the whole stream and takes no PATH");
        }
        SavedMachine machine = SavedMachine.read(source);
        if (traced) {
            trace(machine, paths);
        }
        List<Finding> findings =
                switch (format) {
                    case TEXT -> text(machine, paths);
                    case JSON -> json(machine, paths);
                    case QEMU -> qemu(machine);
                    case QEMU_DESC -> qemuDescription(machine);
                };
        if (machine.failure().isPresent()) {
            MappedFile.throwIfShorter();
            terminal.message(title + ": " + machine.failure().get().getMessage());
            return ExitCode.MALFORMED;
        }
        return findings.isEmpty() ? ExitCode.FINE : ExitCode.FINDINGS;
    }

    private static void trace(SavedMachine machine, List<String> paths) throws UsageException {
        Selection.eachDeviceOnce(select(machine, paths.isEmpty() ? List.of("*") : paths))
                .forEach(selection -> selection.decoded().ifPresent(LoadTrace::emit));
    }

    private List<Finding> text(SavedMachine machine, List<String> paths) throws UsageException {
        PrintWriter out = terminal.text();
        List<Finding> findings = new ArrayList<>();
        if (paths.isEmpty()) {
            findings.addAll(new Overview(terminal, out, machine, layers).print(title));
        } else {
            List<Selection> selections = select(machine, paths);
            for (Selection selection : selections) {
                detail(machine, out, selection);
            }
            findings.addAll(findings(selections));
        }
        if (!findings.isEmpty()) {
            out.println();
            out.println(terminal.strong("Findings"));
            findings.forEach(f -> out.println("  " + terminal.warning(f.toString())));
        }
        out.flush();
        return findings;
    }

    private List<Finding> json(SavedMachine machine, List<String> paths) throws UsageException {
        List<Selection> selections = select(machine, paths);
        try (JsonOutput document = new JsonOutput(terminal.out())) {
            return document.write(title, layers, machine, selections);
        }
    }

    private List<Finding> qemu(SavedMachine machine) throws IOException {
        PrintWriter out = terminal.text();
        List<Finding> findings = QemuState.print(machine, out);
        out.flush();
        findings.forEach(f -> terminal.message(title + ": " + f));
        return findings;
    }

    private List<Finding> qemuDescription(SavedMachine machine) throws IOException {
        if (machine.description().isPresent()) {
            PrintWriter out = terminal.text();
            QemuDescription.print(machine.description().get(), out);
            out.flush();
            return List.of();
        }
        if (machine.failure().isPresent()) {
            return List.of(); // reported as the failure of the machine
        }
        Finding none = new Finding(title, "it has no description of its devices", 0);
        terminal.message(none.path() + ": " + none.detail());
        return List.of(none);
    }

    private void detail(SavedMachine machine, PrintWriter out, Selection selection) {
        if (selection.node().isPresent()) {
            new Detail(terminal, out, full).print(selection.node().get());
            return;
        }
        out.println(terminal.strong(selection.device().identity().label()));
        Device device = selection.device();
        if (device.whole().isPresent()) {
            out.println("  not described; the bytes of its section:");
            long left =
                    HexDump.print(
                            out,
                            "  ",
                            device.whole().get().section().body().memory(),
                            full ? Long.MAX_VALUE : ROWS);
            if (left > 0) {
                out.println(
                        terminal.faint(
                                "  … "
                                        + Amounts.counted(left, "byte")
                                        + " more; --full shows all"));
            }
        } else if (device.identity().idString().equals("ram")) {
            for (RamBlock block : machine.ramBlocks()) {
                out.println(
                        "  "
                                + Printable.text(block.name())
                                + "  "
                                + Amounts.binary(block.length()));
            }
        } else {
            out.println("  iterative: its state is skipped, not decoded");
        }
    }

    private static List<Selection> select(SavedMachine machine, List<String> paths)
            throws UsageException {
        List<Selection> selections = new ArrayList<>();
        for (String path : paths) {
            List<Selection> found = Selection.of(machine, path);
            if (found.isEmpty() && machine.failure().isEmpty()) {
                throw Selection.nothingAt(machine, path);
            }
            selections.addAll(found);
        }
        return selections;
    }

    private static List<Finding> findings(List<Selection> selections) {
        List<Finding> findings = new ArrayList<>();
        for (Selection selection : Selection.eachDeviceOnce(selections)) {
            if (selection.decoded().isPresent()) {
                findings.addAll(
                        SavedMachine.findings(
                                selection.device().whole().orElseThrow(),
                                selection.decoded().get()));
            }
        }
        return findings;
    }
}
