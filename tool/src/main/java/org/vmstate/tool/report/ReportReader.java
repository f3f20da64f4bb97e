// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.report;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.compare.Comparison;
import org.vmstate.compare.DiffRules;
import org.vmstate.compare.MachineDiff;
import org.vmstate.compare.MemoryDiff;
import org.vmstate.compare.Side;
import org.vmstate.container.Layer;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.ram.RamBlock;
import org.vmstate.state.Finding;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.Footers;
import org.vmstate.tool.show.Amounts;
import org.vmstate.tool.show.Wrappings;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Reads a stream into a [Report].
public final class ReportReader {
    /// The maximum number of bytes of all sections together.
    private static final int MAX_BYTES = 4_500_000;

    /// The maximum number of bytes of one section.
    private static final int MAX_SECTION_BYTES = 2_000_000;

    private final String name;
    private final WireReader in;
    private final List<Layer> layers;
    private final List<Report.Bytes> memory = new ArrayList<>();
    private @Nullable VMStateException failure;

    /// Creates a reader of one report.
    ///
    /// @param in the stream, at its first byte
    /// @param layers the containers that were removed
    public ReportReader(String name, WireReader in, List<Layer> layers) {
        this.name = name;
        this.in = in;
        this.layers = List.copyOf(layers);
    }

    /// Adds bytes of guest memory to the report.
    public ReportReader memory(Report.Bytes range) {
        memory.add(range);
        return this;
    }

    /// Reads the stream once, from its first byte to its end. If an error ends reading early, the
    /// report contains the part before it, and [#failure()] returns the error.
    public Report read() throws IOException {
        WireReader stream = in.seekable() ? in : in.retained();
        PageStates pages = new PageStates();
        SavedMachine machine = walk(stream, pages);
        ReportTree tree = new ReportTree();
        List<ReportNode> devices = tree.devices(machine, machine);
        return report(machine, Optional.empty(), tree, devices, pages.map(stream, null), List.of());
    }

    /// Reads the stream, and compares it with another one.
    ///
    /// @param scratch the folder for temporary files
    /// @throws VMStateException if one of the streams cannot be read to its end
    public Report compare(String otherName, WireReader other, DiffRules rules, Path scratch)
            throws IOException {
        WireReader stream = in.retained();
        long start = stream.position();
        PageStates pages = new PageStates();
        walk(stream, pages);
        if (failure != null) {
            throw failure.within(name);
        }
        stream.seek(start);
        try (Comparison comparison =
                Comparison.of(
                        new Comparison.Source(name, stream),
                        new Comparison.Source(otherName, other),
                        rules,
                        scratch)) {
            MachineDiff diff = comparison.diff();
            SavedMachine machine = comparison.machine(Side.BEFORE);
            ReportTree tree = new ReportTree(diff.differences());
            List<ReportNode> devices = tree.devices(machine, comparison.machine(Side.AFTER));
            return report(
                    machine,
                    Optional.of(otherName),
                    tree,
                    devices,
                    pages.map(stream, diff.memory().orElse(null)),
                    summary(diff));
        }
    }

    /// The error that ended [#read()] early.
    public Optional<VMStateException> failure() {
        return Optional.ofNullable(failure);
    }

    private SavedMachine walk(WireReader stream, PageStates pages) throws IOException {
        MachineReader reader = MachineReader.of(stream).ramRecords(pages);
        pages.context(reader.ram());
        SavedMachine machine = SavedMachine.read(reader);
        failure = machine.failure().orElse(null);
        return machine;
    }

    private Report report(
            SavedMachine machine,
            Optional<String> other,
            ReportTree tree,
            List<ReportNode> devices,
            @Nullable ReportMemory map,
            List<Report.Fact> summary) {
        List<Report.Fact> facts = new ArrayList<>(facts(machine));
        facts.addAll(summary);
        facts.addAll(tree.facts());
        List<Report.Bytes> bytes = new ArrayList<>(memory);
        bytes.addAll(sections(machine));
        return new Report(
                name,
                other,
                facts,
                devices,
                bytes,
                Optional.ofNullable(map),
                tree.findings() + machine.findings().size());
    }

    private List<Report.Bytes> sections(SavedMachine machine) {
        List<Report.Bytes> sections = new ArrayList<>();
        long left = MAX_BYTES - memory.stream().mapToLong(m -> m.content().length).sum();
        for (Device device : machine.devices()) {
            if (device.whole().isEmpty()) {
                continue;
            }
            MemorySegment body = device.whole().get().section().body().memory();
            long count = Math.min(body.byteSize(), Math.min(left, MAX_SECTION_BYTES));
            left -= count;
            sections.add(
                    new Report.Bytes(
                            device.identity().label(),
                            device.whole().get().section().body().offset(),
                            body.byteSize(),
                            false,
                            body.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE)));
        }
        return sections;
    }

    private List<Report.Fact> facts(SavedMachine machine) {
        List<Report.Fact> facts = new ArrayList<>();
        Optional<Configuration> configuration = machine.configuration();
        property(
                facts,
                "Machine",
                configuration
                        .map(Configuration::machineType)
                        .orElse("unknown: no configuration section"));
        Wrappings.lines(layers).forEach(line -> property(facts, "Inside", line));
        configuration.ifPresent(
                c -> {
                    if (!c.capabilities().isEmpty()) {
                        property(facts, "Capabilities", String.join(", ", c.capabilities()));
                    }
                    for (Configuration.Subsection subsection : c.subsections()) {
                        if (subsection instanceof Configuration.Subsection.MachineUuid uuid) {
                            property(facts, "UUID", uuid.uuid().toString());
                        }
                    }
                });
        property(facts, "Devices", Amounts.grouped(machine.devices().size()));
        long total = machine.ramBlocks().stream().mapToLong(RamBlock::length).sum();
        property(
                facts,
                "RAM",
                machine.ramBlocks().isEmpty()
                        ? "none in this stream"
                        : Amounts.binary(total)
                                + " in "
                                + Amounts.counted(machine.ramBlocks().size(), "block"));
        property(facts, "Page size", machine.pageSize().map(Amounts::binary).orElse("unknown"));
        property(
                facts,
                "Description",
                machine.description().isEmpty()
                        ? "none, so the devices' states are bytes"
                        : "in the stream");
        if (machine.footers() != Footers.UNKNOWN) {
            property(facts, "Footers", machine.footers() == Footers.USED ? "yes" : "no");
        }
        Map<String, Integer> commands = new LinkedHashMap<>();
        machine.commands().forEach(c -> commands.merge(c.command().label(), 1, Integer::sum));
        if (!commands.isEmpty()) {
            List<String> labels = new ArrayList<>();
            commands.forEach((label, n) -> labels.add(n == 1 ? label : label + " × " + n));
            property(facts, "Commands", String.join(", ", labels));
        }
        long after = machine.bytesAfterEnd().orElse(0);
        if (after > 0) {
            property(
                    facts, "After it", Amounts.counted(after, "byte") + ", not part of the stream");
        }
        for (Finding finding : machine.findings()) {
            facts.add(defect(finding.toString()));
        }
        machine.failure().ifPresent(e -> facts.add(defect(String.valueOf(e.getMessage()))));
        return facts;
    }

    private static void property(List<Report.Fact> facts, String name, String value) {
        facts.add(new Report.Fact(Report.Fact.Kind.PROPERTY, name, clip(value)));
    }

    private static Report.Fact defect(String text) {
        return new Report.Fact(Report.Fact.Kind.DEFECT, "Defect", clip(text));
    }

    private static String clip(String text) {
        final int longest = 4_000;
        return text.length() <= longest ? text : text.substring(0, longest) + "…";
    }

    private static List<Report.Fact> summary(MachineDiff diff) {
        List<Report.Fact> facts = new ArrayList<>();
        long states = diff.differences().size() + diff.omitted();
        facts.add(
                new Report.Fact(
                        Report.Fact.Kind.DIFFERENCE,
                        "Devices",
                        states == 0
                                ? "no differences"
                                : Amounts.counted(states, "difference")
                                        + (diff.allowed() == 0
                                                ? ""
                                                : "; "
                                                        + Amounts.grouped(diff.allowed())
                                                        + " more in clocks, timers and form are"
                                                        + " not shown")));
        diff.memory()
                .ifPresent(
                        memory -> {
                            long pages = 0;
                            for (MemoryDiff.BlockDiff block : memory.blocks()) {
                                pages += block.counts().different();
                                if (block.before().isEmpty() || block.after().isEmpty()) {
                                    facts.add(
                                            new Report.Fact(
                                                    Report.Fact.Kind.DIFFERENCE,
                                                    "RAM",
                                                    clip(
                                                            block.name()
                                                                    + ": only in "
                                                                    + (block.after().isEmpty()
                                                                            ? "this stream"
                                                                            : "the other"
                                                                                    + " stream"))));
                                }
                            }
                            facts.add(
                                    new Report.Fact(
                                            Report.Fact.Kind.DIFFERENCE,
                                            "RAM",
                                            pages == 0
                                                    ? "no page differs"
                                                    : Amounts.counted(pages, "page")
                                                            + (pages == 1
                                                                    ? " differs"
                                                                    : " differ")));
                        });
        return facts;
    }
}
