// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmstate.ram.RamBlock;
import org.vmstate.savevm.Device;
import org.vmstate.savevm.Finding;
import org.vmstate.savevm.MachineReader;
import org.vmstate.savevm.SavedMachine;
import org.vmstate.tool.ExitCode;
import org.vmstate.tool.Terminal;
import org.vmstate.tool.qemu.QemuDescription;
import org.vmstate.tool.qemu.QemuState;

/// Reads a machine and prints it in one of the forms of `vmstate show`.
public final class Show {
    private final Terminal terminal;
    private final PrintWriter errors;
    private final String title;
    private final boolean full;

    /// Says that a path on the command line stands for nothing.
    public static final class NoSuchPathException extends Exception {
        private static final long serialVersionUID = 1L;

        NoSuchPathException(String message) {
            super(message);
        }
    }

    /// @param errors where the one line about malformed input goes
    /// @param title how to call the input
    /// @param full whether long buffers and arrays are printed whole
    public Show(Terminal terminal, PrintWriter errors, String title, boolean full) {
        this.terminal = terminal;
        this.errors = errors;
        this.title = title;
        this.full = full;
    }

    /// Prints text for people: the whole machine, or what the paths stand for. Returns the exit
    /// code.
    public int text(MachineReader source, List<String> paths)
            throws IOException, NoSuchPathException {
        SavedMachine machine = SavedMachine.read(source);
        PrintWriter out = terminal.text();
        List<Finding> findings = new ArrayList<>();
        if (paths.isEmpty()) {
            findings.addAll(new Overview(terminal, out, machine).print(title));
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
        return finish(out, machine, findings);
    }

    /// Prints the JSON document. Returns the exit code.
    public int json(MachineReader source, List<String> paths)
            throws IOException, NoSuchPathException {
        SavedMachine machine = SavedMachine.read(source);
        List<Selection> selections = select(machine, paths);
        List<Finding> findings;
        try (JsonDocument document = new JsonDocument(terminal.out())) {
            findings = document.write(title, machine, selections);
        }
        return finish(terminal.text(), machine, findings);
    }

    /// Prints what QEMU's `analyze-migration.py -d state` prints; what is wrong goes to the errors.
    /// Returns the exit code.
    public int qemu(MachineReader source) throws IOException {
        SavedMachine machine = SavedMachine.read(source);
        PrintWriter out = terminal.text();
        List<Finding> findings = QemuState.print(machine, out);
        findings.forEach(f -> errors.println("vmstate: " + title + ": " + f));
        return finish(out, machine, findings);
    }

    /// Prints what QEMU's `analyze-migration.py -d desc` prints. Returns the exit code.
    public int qemuDescription(MachineReader source) throws IOException {
        SavedMachine machine = SavedMachine.read(source);
        PrintWriter out = terminal.text();
        if (machine.description().isPresent()) {
            QemuDescription.print(machine.description().get(), out);
        } else if (machine.failure().isEmpty()) {
            errors.println("vmstate: " + title + ": it has no description of its devices");
            return ExitCode.FINDINGS;
        }
        return finish(out, machine, List.of());
    }

    private void detail(SavedMachine machine, PrintWriter out, Selection selection) {
        if (selection.node().isPresent()) {
            new Detail(terminal, out, full).print(selection.node().get());
            return;
        }
        out.println(terminal.strong(selection.device().identity().label()));
        switch (selection.device()) {
            case Device.Whole whole -> {
                out.println("  not described; the bytes of its section:");
                HexDump.print(
                        out, "  ", whole.section().body().memory(), full ? Long.MAX_VALUE : 16);
            }
            case Device.Iterative ram when ram.identity().idString().equals("ram") -> {
                for (RamBlock block : machine.ramBlocks()) {
                    out.println("  " + block.name() + "  " + Amounts.binary(block.length()));
                }
            }
            case Device.Iterative _ -> out.println("  iterative: its state is walked, not decoded");
        }
    }

    private static List<Selection> select(SavedMachine machine, List<String> paths)
            throws NoSuchPathException {
        List<Selection> selections = new ArrayList<>();
        for (String path : paths) {
            List<Selection> found = Selection.of(machine, path);
            if (found.isEmpty() && machine.failure().isEmpty()) {
                throw new NoSuchPathException(
                        "nothing in the stream has the path '" + path + "'" + hint(machine, path));
            }
            selections.addAll(found);
        }
        return selections;
    }

    private static String hint(SavedMachine machine, String path) {
        Optional<String> near =
                machine.devices().stream()
                        .map(d -> d.identity().label())
                        .filter(label -> label.contains(path) || path.startsWith(label))
                        .findFirst();
        return near.map(label -> "; there is a device '" + label + "'").orElse("");
    }

    private static List<Finding> findings(List<Selection> selections) {
        List<Finding> findings = new ArrayList<>();
        for (Selection selection : selections) {
            if (selection.device() instanceof Device.Whole whole) {
                selection
                        .decoded()
                        .ifPresent(d -> findings.addAll(SavedMachine.findings(whole, d)));
            }
        }
        return findings;
    }

    private int finish(PrintWriter out, SavedMachine machine, List<Finding> findings) {
        if (out.checkError()) {
            return ExitCode.IO;
        }
        if (machine.failure().isPresent()) {
            errors.println("vmstate: " + title + ": " + machine.failure().get().getMessage());
            return ExitCode.MALFORMED;
        }
        return findings.isEmpty() ? ExitCode.FINE : ExitCode.FINDINGS;
    }
}
