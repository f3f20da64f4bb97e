// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.report;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.compare.Difference;
import org.vmstate.compare.Side;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.internal.file.MappedComparison;
import org.vmstate.state.ArrayNode;
import org.vmstate.state.BitmapNode;
import org.vmstate.state.BoolNode;
import org.vmstate.state.BytesNode;
import org.vmstate.state.CompositeNode;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.Finding;
import org.vmstate.state.FloatNode;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.NullNode;
import org.vmstate.state.QueueNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;
import org.vmstate.state.StructNode;
import org.vmstate.state.SubsectionNode;
import org.vmstate.state.TextNode;
import org.vmstate.state.TimerNode;
import org.vmstate.state.TreeNode;
import org.vmstate.tool.show.Amounts;
import org.vmstate.tool.show.ValueText;

/// Builds the tree of a [Report], with the differences from another machine.
final class ReportTree {
    /// The maximum number of nodes.
    static final int MAX_NODES = 220_000;

    /// The maximum number of elements of one array.
    static final int MAX_ELEMENTS = 110_000;

    /// The maximum size of all texts in the page, in bytes.
    private static final int MAX_TEXT = 4_000_000;

    private static final int MAX_LENGTH = 1_000;
    private static final int MAX_BYTES = 16;
    private static final int MAX_CHANGED_BYTES = 64;

    private final Map<String, ReportChange> changes = new HashMap<>();
    private final Map<String, List<StateNode>> additions = new LinkedHashMap<>();
    private final List<Device> addedDevices = new ArrayList<>();
    private final List<Report.Fact> facts = new ArrayList<>();
    private final Map<String, String> texts = new HashMap<>();
    private long textBytes;
    private int nodes;
    private long findings;

    /// Creates a tree without differences.
    ReportTree() {}

    /// Creates a tree with differences.
    ReportTree(List<Difference> differences) {
        for (Difference difference : differences) {
            add(difference);
        }
    }

    /// The differences that belong to no device.
    List<Report.Fact> facts() {
        return facts;
    }

    /// The number of contradictions between the stream and its description.
    long findings() {
        return findings;
    }

    private void add(Difference difference) {
        switch (difference) {
            case Difference.DeviceOnly(Side side, Device device) -> {
                if (side == Side.BEFORE) {
                    put(difference.path(), ReportChange.Kind.REMOVED, "", "");
                } else {
                    addedDevices.add(device);
                }
            }
            case Difference.PartOnly(Side side, StateNode node) -> {
                if (side == Side.BEFORE) {
                    put(node.path(), ReportChange.Kind.REMOVED, ValueText.line(node), "");
                } else {
                    String parent = node.parent().map(p -> p.path().toString()).orElse("");
                    additions.computeIfAbsent(parent, _ -> new ArrayList<>()).add(node);
                }
            }
            case Difference.ValueChange(StateNode before, StateNode after) ->
                    put(
                            before.path(),
                            ReportChange.Kind.CHANGED,
                            changed(before, after),
                            changed(after, before)
                                    + (before.path().equals(after.path())
                                            ? ""
                                            : "  (now " + after.pathText() + ")"));
            case Difference.BytesChange(
                            Device before,
                            Device _,
                            long length,
                            long lengthAfter,
                            Optional<Long> at) ->
                    put(
                            difference.path(),
                            ReportChange.Kind.CHANGED,
                            Amounts.counted(length, "byte"),
                            Amounts.counted(lengthAfter, "byte")
                                    + at.map(
                                                    o ->
                                                            ", the first difference at "
                                                                    + Amounts.hex(
                                                                            before.whole()
                                                                                            .map(
                                                                                                    w ->
                                                                                                            w.section()
                                                                                                                    .body()
                                                                                                                    .offset())
                                                                                            .orElse(
                                                                                                    0L)
                                                                                    + o))
                                            .orElse(""));
            case Difference.PropertyChange property -> property(property);
        }
    }

    private void property(Difference.PropertyChange property) {
        String before = property.before().orElse("none");
        String after = property.after().orElse("none");
        if (property.pathText().equals("configuration")) {
            facts.add(
                    new Report.Fact(
                            Report.Fact.Kind.DIFFERENCE,
                            text(property.property()),
                            text(before + " → " + after)));
        } else {
            put(
                    property.path(),
                    ReportChange.Kind.CHANGED,
                    property.property() + " " + before,
                    property.property() + " " + after);
        }
    }

    private void put(StatePath path, ReportChange.Kind kind, String before, String after) {
        changes.merge(
                path.toString(),
                new ReportChange(kind, text(before), text(after)),
                (a, b) ->
                        a.kind() == ReportChange.Kind.CHANGED && b.kind() == a.kind()
                                ? new ReportChange(
                                        a.kind(),
                                        text(a.before() + ", " + b.before()),
                                        text(a.after() + ", " + b.after()))
                                : a);
    }

    /// The value of a node; of bytes, those from the first that differs from another node's.
    private static String changed(StateNode node, StateNode other) {
        if (!(node instanceof BytesNode)) {
            String line = ValueText.line(node);
            return line.isEmpty() ? node.type() : line;
        }
        MemorySegment bytes = node.bytes();
        long differs = Math.max(0, MappedComparison.mismatch(bytes, other.bytes()));
        long from = bytes.byteSize() <= MAX_CHANGED_BYTES ? 0 : Math.min(differs, bytes.byteSize());
        long count = Math.min(MAX_CHANGED_BYTES, bytes.byteSize() - from);
        return (from == 0 ? "" : "+" + Amounts.hex(from) + " … ")
                + ValueText.bytes(bytes.asSlice(from, count))
                + (from + count < bytes.byteSize() ? " …" : "");
    }

    /// Returns the devices of a machine, followed by those that only the other machine has, and by
    /// parts of the other machine whose place the first one does not have.
    List<ReportNode> devices(SavedMachine machine, SavedMachine other) {
        List<ReportNode> devices = new ArrayList<>();
        for (Device device : machine.devices()) {
            devices.add(device(machine, device, false));
        }
        for (Device device : addedDevices) {
            devices.add(device(other, device, true));
        }
        for (Map.Entry<String, List<StateNode>> rest : additions.entrySet()) {
            for (StateNode node : rest.getValue()) {
                devices.add(node(node, "", true));
            }
        }
        return devices;
    }

    private ReportNode device(SavedMachine machine, Device device, boolean added) {
        StatePath path =
                new StatePath(
                        List.of(
                                new StatePath.Section(
                                        device.identity().idString(),
                                        device.identity().instanceId())));
        String step = path.toString();
        List<ReportNode> children = new ArrayList<>();
        String type = "";
        int folded = 0;
        Optional<DecodedSection> decoded = device.whole().flatMap(machine::decode);
        nodes++;
        if (decoded.isPresent()) {
            StructNode root = decoded.get().root();
            type = root.vmsdName();
            if (!added) {
                for (Finding finding :
                        SavedMachine.findings(device.whole().orElseThrow(), decoded.get())) {
                    findings++;
                    children.add(finding(finding));
                }
            }
            folded = children(root, step, added, children);
            decoded.get().rest().ifPresent(rest -> children.add(node(rest, step, added)));
        }
        long offset =
                device.whole().isPresent()
                        ? device.whole().get().section().body().offset()
                        : device.offset();
        long length =
                device.whole().isPresent()
                        ? device.whole().get().section().body().length()
                        : device.bytes();
        return new ReportNode(
                text(step),
                text(type),
                decoded.isPresent() ? ReportNode.Kind.DEVICE : ReportNode.Kind.UNDESCRIBED,
                offset,
                length,
                text(summary(device, decoded.isPresent())),
                change(step, added, ""),
                children,
                folded);
    }

    private static String summary(Device device, boolean described) {
        String version = "version " + device.identity().versionId();
        if (device.iterative().isPresent()) {
            return version
                    + ", "
                    + Amounts.counted(device.iterative().get().parts() + 1, "section")
                    + ", "
                    + Amounts.binary(device.bytes());
        }
        return version
                + ", "
                + Amounts.counted(device.bytes(), "byte")
                + (described ? "" : ", not described");
    }

    private ReportNode finding(Finding finding) {
        nodes++;
        return new ReportNode(
                "",
                "",
                ReportNode.Kind.FINDING,
                Math.max(0, finding.offset()),
                0,
                text(finding.toString()),
                Optional.empty(),
                List.of(),
                0);
    }

    private Optional<ReportChange> change(String path, boolean added, String value) {
        if (added) {
            return Optional.of(new ReportChange(ReportChange.Kind.ADDED, "", value));
        }
        return changes.isEmpty() ? Optional.empty() : Optional.ofNullable(changes.get(path));
    }

    /// Adds the children of a node to a list; returns the number of those that are left out.
    private int children(StateNode parent, String path, boolean added, List<ReportNode> children) {
        List<StateNode> inside = parent.children();
        int most = parent instanceof ArrayNode ? MAX_ELEMENTS : Integer.MAX_VALUE;
        int done = 0;
        while (done < inside.size() && done < most && nodes < MAX_NODES && textBytes < MAX_TEXT) {
            children.add(node(inside.get(done), path, added));
            done++;
        }
        if (!added && !additions.isEmpty()) {
            List<StateNode> more = additions.remove(path);
            if (more != null) {
                more.forEach(node -> children.add(node(node, path, true)));
            }
        }
        return inside.size() - done;
    }

    private ReportNode node(StateNode node, String parentPath, boolean added) {
        nodes++;
        String path = node.path().toString();
        String step = path.startsWith(parentPath) ? path.substring(parentPath.length()) : path;
        List<ReportNode> children = new ArrayList<>();
        int folded = children(node, path, added, children);
        String value = text(value(node));
        return new ReportNode(
                text(step),
                text(node instanceof StructNode s ? structType(s) : node.type()),
                kind(node),
                node.offset(),
                node.length(),
                value,
                change(path, added, value),
                children,
                folded);
    }

    private static String structType(StructNode struct) {
        String name = struct.vmsdName();
        return name.isEmpty() || name.equals(struct.name()) ? struct.type() : name;
    }

    private static String value(StateNode node) {
        if (node instanceof SubsectionNode subsection) {
            return "version " + subsection.sentVersion();
        }
        return node instanceof BytesNode && node.length() <= MAX_BYTES
                ? HexFormat.ofDelimiter(" ").formatHex(node.bytes().toArray(ValueLayout.JAVA_BYTE))
                : ValueText.line(node).replace("  ", " = ");
    }

    private static ReportNode.Kind kind(StateNode node) {
        return switch (node) {
            case SubsectionNode _ -> ReportNode.Kind.SUBSECTION;
            case StructNode _ -> ReportNode.Kind.STRUCT;
            case ArrayNode _ -> ReportNode.Kind.ARRAY;
            case QueueNode _ -> ReportNode.Kind.QUEUE;
            case TreeNode _ -> ReportNode.Kind.TREE;
            case CompositeNode _ -> ReportNode.Kind.COMPOSITE;
            case IntegerNode _ -> ReportNode.Kind.INTEGER;
            case BoolNode _ -> ReportNode.Kind.BOOL;
            case FloatNode _ -> ReportNode.Kind.FLOAT;
            case TimerNode _ -> ReportNode.Kind.TIMER;
            case NullNode _ -> ReportNode.Kind.NULL;
            case TextNode _ -> ReportNode.Kind.TEXT;
            case BitmapNode _ -> ReportNode.Kind.BITMAP;
            case BytesNode b ->
                    b.kind() == BytesNode.Kind.UNUSED
                            ? ReportNode.Kind.UNUSED
                            : ReportNode.Kind.BYTES;
        };
    }

    /// Returns the one copy of a text, shortened if it is very long, and counts its size.
    private String text(String text) {
        String clipped = text.length() <= MAX_LENGTH ? text : text.substring(0, MAX_LENGTH) + "…";
        @Nullable String known = texts.putIfAbsent(clipped, clipped);
        if (known != null) {
            return known;
        }
        for (int i = 0; i < clipped.length(); i++) {
            textBytes += PageText.escapedLength(clipped.charAt(i));
        }
        return clipped;
    }
}
