// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.vmstate.ram.RamBlock;
import org.vmstate.savevm.Device;
import org.vmstate.savevm.Finding;
import org.vmstate.savevm.SavedMachine;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.StateNode;
import org.vmstate.stream.BodyEnd;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.tool.Terminal;

/// A whole machine at a glance: what the stream is, its RAM, its devices, and what is in their
/// queues.
final class Overview {
    private static final int MOST_ELEMENTS = 16;

    private final Terminal terminal;
    private final PrintWriter out;
    private final SavedMachine machine;
    private final List<Finding> findings = new ArrayList<>();
    private final List<StateNode> highlights = new ArrayList<>();

    Overview(Terminal terminal, PrintWriter out, SavedMachine machine) {
        this.terminal = terminal;
        this.out = out;
        this.machine = machine;
    }

    /// Prints everything; returns what is wrong with the stream.
    List<Finding> print(String title) {
        out.println(terminal.strong(title));
        facts();
        blocks();
        devices();
        commands();
        queues();
        return findings;
    }

    private void facts() {
        Optional<Configuration> configuration = machine.configuration();
        fact(
                "machine",
                configuration
                        .map(Configuration::machineType)
                        .orElse("not said: no configuration section"));
        configuration.stream()
                .flatMap(c -> c.subsections().stream())
                .forEach(
                        subsection -> {
                            switch (subsection) {
                                case Configuration.Subsection.Capabilities c ->
                                        fact("capabilities", String.join(", ", c.names()));
                                case Configuration.Subsection.MachineUuid u ->
                                        fact("uuid", u.uuid().toString());
                                case Configuration.Subsection.TargetPageBits _ -> {}
                            }
                        });
        fact("page size", machine.pageSize().map(Amounts::binary).orElse("not said"));
        fact("description", description());
        machine.usesFooters().ifPresent(f -> fact("footers", f ? "yes" : "no"));
    }

    private String description() {
        if (machine.description().isEmpty()) {
            return "none: the devices' bytes are shown as they are";
        }
        return machine.substituted() ? "from elsewhere" : "in the stream";
    }

    private void fact(String name, String value) {
        out.printf("  %-13s %s%n", name, value);
    }

    private void blocks() {
        if (machine.ramBlocks().isEmpty()) {
            return;
        }
        long total = machine.ramBlocks().stream().mapToLong(RamBlock::length).sum();
        heading(
                "RAM",
                Amounts.counted(machine.ramBlocks().size(), "block")
                        + ", "
                        + Amounts.binary(total));
        int width = machine.ramBlocks().stream().mapToInt(b -> b.name().length()).max().orElse(0);
        for (RamBlock block : machine.ramBlocks()) {
            out.printf("  %-" + width + "s  %10s%n", block.name(), Amounts.binary(block.length()));
        }
    }

    private void devices() {
        heading("Devices", Amounts.counted(machine.devices().size(), "device"));
        int width =
                machine.devices().stream()
                        .mapToInt(d -> d.identity().idString().length())
                        .max()
                        .orElse(0);
        width = Math.max("device".length(), width);
        String row = "  %7s  %-" + width + "s  %8s  %7s  %12s  %10s";
        out.println(
                terminal.faint(
                        String.format(
                                row,
                                "section",
                                "device",
                                "instance",
                                "version",
                                "offset",
                                "bytes")));
        for (Device device : machine.devices()) {
            out.printf(
                    row + "%s%n",
                    device.sectionId(),
                    device.identity().idString(),
                    device.identity().instanceId(),
                    device.identity().versionId(),
                    Amounts.hex(device.offset()),
                    bytes(device),
                    terminal.faint(remark(device)));
            if (device instanceof Device.Whole whole) {
                inspect(whole);
            }
        }
    }

    private String bytes(Device device) {
        return device instanceof Device.Iterative && machine.passedOver() > 0
                ? "-"
                : Amounts.grouped(device.bytes());
    }

    private String remark(Device device) {
        return switch (device) {
            case Device.Iterative _ when machine.passedOver() > 0 -> "  iterative";
            case Device.Iterative i -> "  iterative, " + Amounts.counted(i.parts() + 1, "section");
            case Device.Whole w when w.disagrees() -> "  not as described";
            case Device.Whole w when w.section().bodyEnd() == BodyEnd.FOUND_BY_HEADER ->
                    "  end guessed from what follows";
            case Device.Whole w when w.description().isEmpty() -> "  not described";
            case Device.Whole _ -> "";
        };
    }

    private void inspect(Device.Whole device) {
        Optional<DecodedSection> decoded = machine.decode(device);
        if (decoded.isPresent()) {
            findings.addAll(SavedMachine.findings(device, decoded.get()));
            highlights.addAll(Highlights.find(decoded.get().root()));
        }
    }

    private void commands() {
        if (machine.commands().isEmpty()) {
            return;
        }
        String names =
                machine.commands().stream()
                        .collect(
                                Collectors.groupingBy(
                                        Command::label,
                                        java.util.LinkedHashMap::new,
                                        Collectors.counting()))
                        .entrySet()
                        .stream()
                        .map(
                                e ->
                                        e.getValue() == 1
                                                ? e.getKey()
                                                : e.getKey() + " × " + e.getValue())
                        .collect(Collectors.joining(", "));
        heading("Commands", names);
    }

    private void queues() {
        if (highlights.isEmpty()) {
            return;
        }
        heading("Queues, lists and trees", "");
        for (StateNode node : highlights) {
            out.println(
                    "  "
                            + node.path()
                            + terminal.faint("  " + node.type() + ", " + Values.line(node)));
            List<String> lines = Highlights.lines(node);
            for (int i = 0; i < Math.min(lines.size(), MOST_ELEMENTS); i++) {
                out.println("    " + terminal.faint("[" + i + "]") + " " + lines.get(i));
            }
            if (lines.size() > MOST_ELEMENTS) {
                out.println(
                        terminal.faint(
                                "    … "
                                        + Amounts.grouped(lines.size() - MOST_ELEMENTS)
                                        + " more"));
            }
        }
    }

    private void heading(String title, String amount) {
        out.println();
        out.println(
                amount.isEmpty()
                        ? terminal.strong(title)
                        : terminal.strong(title) + "  " + terminal.faint(amount));
    }
}
