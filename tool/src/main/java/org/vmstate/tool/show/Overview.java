// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.vmstate.container.Layer;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.ram.RamBlock;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.Finding;
import org.vmstate.state.StateNode;
import org.vmstate.stream.BodyEnd;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.Footers;
import org.vmstate.stream.Origin;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.tool.Terminal;
import org.vmstate.wire.Printable;

/// Prints an overview of a machine: the stream, its RAM, its devices, and the contents of their
/// queues.
///
/// For a stream without queues, this determines the start-up time of the tool. It therefore uses no
/// `switch` over types and no `String.format`, whose first use is slow.
final class Overview {
    private static final int MOST_ELEMENTS = 16;

    private final Terminal terminal;
    private final PrintWriter out;
    private final SavedMachine machine;
    private final List<Layer> layers;
    private final List<Finding> findings = new ArrayList<>();
    private final List<StateNode> highlights = new ArrayList<>();

    Overview(Terminal terminal, PrintWriter out, SavedMachine machine, List<Layer> layers) {
        this.layers = layers;
        this.terminal = terminal;
        this.out = out;
        this.machine = machine;
    }

    /// Prints the overview; returns the findings about the stream.
    List<Finding> print(String title) {
        out.println(terminal.strong(title));
        facts();
        blocks();
        devices();
        commands();
        queues();
        findings.addAll(machine.findings());
        return findings;
    }

    private void facts() {
        Wrappings.lines(layers).forEach(line -> fact("inside", line));
        Optional<Configuration> configuration = machine.configuration();
        fact(
                "machine",
                configuration
                        .map(c -> Printable.text(c.machineType()))
                        .orElse("unknown: no configuration section"));
        if (configuration.isPresent()) {
            for (Configuration.Subsection subsection : configuration.get().subsections()) {
                if (subsection instanceof Configuration.Subsection.Capabilities c) {
                    fact("capabilities", Printable.text(String.join(", ", c.names())));
                } else if (subsection instanceof Configuration.Subsection.MachineUuid u) {
                    fact("uuid", u.uuid().toString());
                }
            }
        }
        fact("page size", machine.pageSize().map(Amounts::binary).orElse("unknown"));
        fact("description", description());
        if (machine.footers() != Footers.UNKNOWN) {
            fact("footers", machine.footers() == Footers.USED ? "yes" : "no");
        }
        if (machine.skippedBytes() > 0) {
            fact("devices", "located from the end, not verified; --walk reads the whole stream");
        }
        long bytesAfter = machine.bytesAfterEnd().orElse(0);
        if (bytesAfter > 0) {
            fact("after it", Amounts.counted(bytesAfter, "byte") + ", not part of the stream");
        }
    }

    private String description() {
        if (machine.description().isEmpty()) {
            return "none, so the devices' states are bytes; --describe-with OTHER takes it from"
                    + " another stream of this machine";
        }
        return machine.substituted() ? "from another file (--describe-with)" : "in the stream";
    }

    private void fact(String name, String value) {
        out.println("  " + Columns.left(name, 13) + " " + value);
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
        int width = widest(machine.ramBlocks(), RamBlock::name, 0);
        for (RamBlock block : machine.ramBlocks()) {
            String name = Columns.left(Printable.text(block.name()), width);
            out.println("  " + name + "  " + Columns.right(Amounts.binary(block.length()), 10));
        }
        if (machine.skippedBytes() > 0) {
            out.println(
                    terminal.faint(
                            "  "
                                    + Amounts.binary(machine.skippedBytes())
                                    + " of iterations in the stream, passed over"));
        }
    }

    private static <T> int widest(Iterable<T> things, Function<T, String> name, int least) {
        int width = least;
        for (T thing : things) {
            width = Math.max(width, name.apply(thing).length());
        }
        return width;
    }

    private void devices() {
        heading("Devices", Amounts.counted(machine.devices().size(), "device"));
        int width = widest(machine.devices(), d -> d.identity().idString(), "device".length());
        out.println(
                terminal.faint(
                        row(width, "section", "device", "instance", "version", "offset", "bytes")));
        for (Device device : machine.devices()) {
            device.iterative().ifPresent(i -> out.println(row(width, i)));
            device.whole().ifPresent(w -> out.println(row(width, w)));
            device.whole().ifPresent(this::inspect);
        }
    }

    private String row(int width, Device.Iterative iterative) {
        String bytes = machine.skippedBytes() > 0 ? "-" : Amounts.grouped(iterative.bytes());
        return row(width, iterative.start(), iterative.origin(), bytes)
                + terminal.faint(remark(iterative));
    }

    private String row(int width, Device.Whole whole) {
        String bytes = Amounts.grouped(whole.section().body().length());
        return row(width, whole.section(), whole.origin(), bytes) + terminal.faint(remark(whole));
    }

    private static String row(int width, Section section, Origin origin, String bytes) {
        SectionIdentity identity = section.identity();
        return row(
                width,
                Long.toString(section.sectionId()),
                Printable.text(identity.idString()),
                Long.toString(identity.instanceId()),
                Long.toString(identity.versionId()),
                Amounts.hex(origin.offset()),
                bytes);
    }

    private static String row(
            int width,
            String section,
            String device,
            String instance,
            String version,
            String offset,
            String bytes) {
        return Columns.right(section, 9)
                + "  "
                + Columns.left(device, width)
                + Columns.right(instance, 12)
                + Columns.right(version, 9)
                + Columns.right(offset, 14)
                + Columns.right(bytes, 12);
    }

    private String remark(Device.Iterative iterative) {
        return machine.skippedBytes() > 0
                ? "  iterative"
                : "  iterative, " + Amounts.counted(iterative.parts() + 1, "section");
    }

    private static String remark(Device.Whole whole) {
        if (whole.disagrees()) {
            return "  not as described";
        }
        if (whole.bodyEnd() == BodyEnd.FOUND_BY_HEADER) {
            return "  end guessed from what follows";
        }
        return whole.description().isEmpty() ? "  not described" : "";
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
        Map<String, Integer> times = new LinkedHashMap<>();
        machine.commands().forEach(c -> times.merge(c.command().label(), 1, Integer::sum));
        List<String> labels = new ArrayList<>();
        times.forEach((label, n) -> labels.add(n == 1 ? label : label + " × " + n));
        String names = String.join(", ", labels);
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
                            + Printable.text(node.pathText())
                            + terminal.faint("  " + node.type() + ", " + ValueText.line(node)));
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
