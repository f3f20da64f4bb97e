// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.vmstate.compare.Comparison;
import org.vmstate.compare.Difference;
import org.vmstate.compare.MachineDiff;
import org.vmstate.compare.MemoryDiff;
import org.vmstate.compare.Side;
import org.vmstate.inspect.Device;
import org.vmstate.state.BitmapNode;
import org.vmstate.state.BytesNode;
import org.vmstate.state.LeafNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.SubsectionNode;
import org.vmstate.state.TreeNode;
import org.vmstate.tool.Terminal;
import org.vmstate.wire.Printable;

/// Prints the differences of two machines as text, one line per difference: `-` for what only the
/// first machine has, `+` for what only the second one has, `~` for what differs.
public final class DiffText {
    private static final int MAX_BYTES = 16;
    private static final int MAX_SUMMARY = 3;
    private static final int MAX_RANGES = 8;
    private static final int MAX_ROWS = 64;
    private static final HexFormat SPACED = HexFormat.ofDelimiter(" ");

    private final Terminal terminal;
    private final PrintWriter out;
    private final boolean full;

    /// @param full whether all ranges and bytes are printed
    public DiffText(Terminal terminal, PrintWriter out, boolean full) {
        this.terminal = terminal;
        this.out = out;
        this.full = full;
    }

    /// Prints the differences.
    public void print(MachineDiff diff) {
        diff.differences().forEach(this::difference);
        diff.memory().ifPresent(memory -> memory.blocks().forEach(this::block));
        out.println(terminal.faint(summary(diff)));
    }

    private static String summary(MachineDiff diff) {
        long states = diff.differences().size() + diff.omitted();
        long blocks =
                diff.memory()
                        .map(m -> m.blocks().stream().filter(b -> !b.same()).count())
                        .orElse(0L);
        StringBuilder text =
                new StringBuilder(
                        states == 0
                                ? "no difference in the devices"
                                : Amounts.counted(states, "difference") + " in the devices");
        if (diff.omitted() > 0) {
            text.append(" (only the first ")
                    .append(Amounts.grouped(diff.differences().size()))
                    .append(" are shown)");
        }
        if (diff.memory().isPresent()) {
            text.append(blocks == 0 ? ", none in the memory" : ", ");
            if (blocks > 0) {
                text.append(Amounts.counted(blocks, "block")).append(" of memory");
            }
        } else {
            text.append("; the memory was not compared");
        }
        if (diff.allowed() > 0) {
            text.append("; ")
                    .append(Amounts.grouped(diff.allowed()))
                    .append(" allowed (clocks, form, rules), see --all");
        }
        return text.toString();
    }

    private void line(String sign, String path, String text) {
        out.println(
                (sign.equals("~") ? sign : terminal.warning(sign))
                        + " "
                        + terminal.strong(path)
                        + (text.isEmpty() ? "" : "  " + Printable.text(text)));
    }

    private static String sign(Side side) {
        return side == Side.BEFORE ? "-" : "+";
    }

    private void difference(Difference difference) {
        String path = difference.pathText();
        switch (difference) {
            case Difference.DeviceOnly(Side side, Device device) ->
                    line(
                            sign(side),
                            path,
                            "device, version "
                                    + device.identity().versionId()
                                    + ", "
                                    + Amounts.counted(device.bytes(), "byte"));
            case Difference.PartOnly(Side side, StateNode node) ->
                    line(sign(side), path, part(node));
            case Difference.ValueChange(StateNode before, StateNode after) ->
                    line("~", path, change(before, after) + moved(before, after));
            case Difference.BytesChange(
                            Device _,
                            Device _,
                            long length,
                            long lengthAfter,
                            Optional<Long> offset) ->
                    line(
                            "~",
                            path,
                            "the bytes differ"
                                    + offset.map(at -> " from " + Amounts.hex(at) + " on")
                                            .orElse("")
                                    + ", "
                                    + Amounts.counted(length, "byte")
                                    + (length == lengthAfter
                                            ? ""
                                            : " -> " + Amounts.counted(lengthAfter, "byte")));
            case Difference.PropertyChange property ->
                    line(
                            "~",
                            path,
                            property.property()
                                    + ": "
                                    + property.before().orElse("none")
                                    + " -> "
                                    + property.after().orElse("none"));
        }
    }

    /// Where the value is in the second machine, if its path is different.
    private static String moved(StateNode before, StateNode after) {
        return before.path().equals(after.path()) ? "" : "   (now " + after.pathText() + ")";
    }

    private static String part(StateNode node) {
        if (node instanceof SubsectionNode subsection) {
            return "subsection, version "
                    + subsection.sentVersion()
                    + ", "
                    + Amounts.counted(node.length(), "byte");
        }
        StateNode parent = node.parent().orElse(null);
        String key = "";
        if (parent instanceof TreeNode tree) {
            key =
                    tree.entries().stream()
                            .filter(entry -> entry.value() == node)
                            .map(entry -> "key " + brief(entry.key()) + ": ")
                            .findFirst()
                            .orElse("");
        }
        return key + brief(node);
    }

    /// A value, or the first values in it.
    private static String brief(StateNode node) {
        if (node instanceof LeafNode) {
            return value(node);
        }
        List<String> values = new ArrayList<>();
        leaves(node, "", values);
        return values.isEmpty()
                ? ValueText.line(node)
                : String.join(", ", values.subList(0, Math.min(MAX_SUMMARY, values.size())))
                        + (values.size() > MAX_SUMMARY ? ", …" : "");
    }

    private static void leaves(StateNode node, String name, List<String> values) {
        for (StateNode child : node.children()) {
            if (values.size() > MAX_SUMMARY) {
                return;
            }
            if (child instanceof LeafNode) {
                values.add((child.name().isEmpty() ? name : child.name()) + " " + value(child));
            } else {
                leaves(child, child.name(), values);
            }
        }
    }

    private static String value(StateNode node) {
        if (node instanceof BytesNode && node.length() <= MAX_BYTES) {
            return ValueText.bytes(node.bytes());
        }
        return ValueText.line(node);
    }

    private static String change(StateNode before, StateNode after) {
        if (before.getClass() != after.getClass() || before.length() != after.length()) {
            return kind(before) + " -> " + kind(after);
        }
        if (before instanceof BytesNode || before instanceof BitmapNode) {
            return bytes(before.bytes(), after.bytes());
        }
        return value(before) + " -> " + value(after);
    }

    private static String kind(StateNode node) {
        String value = node instanceof LeafNode ? value(node) + " " : "";
        return value + "(" + node.type() + ", " + Amounts.counted(node.length(), "byte") + ")";
    }

    /// The first different bytes of two buffers of the same size.
    private static String bytes(MemorySegment before, MemorySegment after) {
        byte[] a = before.toArray(ValueLayout.JAVA_BYTE);
        byte[] b = after.toArray(ValueLayout.JAVA_BYTE);
        int different = 0;
        int first = -1;
        for (int i = 0; i < a.length; i++) {
            if (a[i] != b[i]) {
                different++;
                first = first < 0 ? i : first;
            }
        }
        int from = a.length <= MAX_BYTES ? 0 : first;
        int to = Math.min(a.length, from + MAX_BYTES);
        String place =
                a.length <= MAX_BYTES
                        ? ""
                        : Amounts.grouped(different)
                                + " of "
                                + Amounts.counted(a.length, "byte")
                                + ", at "
                                + Amounts.hex(from)
                                + ": ";
        return place + SPACED.formatHex(a, from, to) + " -> " + SPACED.formatHex(b, from, to);
    }

    private void block(MemoryDiff.BlockDiff block) {
        if (block.same()) {
            return;
        }
        String name = "ram " + Printable.quoted(block.name());
        if (block.before().isEmpty() || block.after().isEmpty()) {
            long length = block.before().or(block::after).orElseThrow().length();
            line(block.after().isEmpty() ? "-" : "+", name, "block, " + Amounts.binary(length));
            return;
        }
        List<String> parts = new ArrayList<>();
        long length = block.before().get().length();
        long lengthAfter = block.after().get().length();
        if (length != lengthAfter) {
            parts.add(Amounts.counted(length, "byte") + " -> " + Amounts.grouped(lengthAfter));
        }
        MemoryDiff.Counts counts = block.counts();
        count(parts, counts.changed(), "changed");
        count(parts, counts.zeroed(), "zeroed");
        count(parts, counts.filled(), "filled");
        count(parts, counts.onlyBefore(), "only in the first stream");
        count(parts, counts.onlyAfter(), "only in the second stream");
        count(parts, counts.neither(), "in no stream");
        count(parts, counts.allowed(), "allowed");
        parts.add(Amounts.grouped(counts.equal()) + " equal");
        line("~", name, "pages: " + String.join(", ", parts));
        long left = block.ranges().size() + block.moreRanges();
        for (MemoryDiff.Range range : block.ranges()) {
            if (!full && block.ranges().indexOf(range) == MAX_RANGES) {
                break;
            }
            left--;
            out.println(
                    "    "
                            + Amounts.hex(range.start())
                            + ".."
                            + Amounts.hex(range.end())
                            + "  "
                            + range.change().name().toLowerCase(Locale.ROOT).replace('_', ' '));
        }
        if (left > 0) {
            out.println(
                    terminal.faint(
                            "    … "
                                    + Amounts.counted(left, "more range")
                                    + (full ? "" : "; --full shows them")));
        }
    }

    private static void count(List<String> parts, long number, String what) {
        if (number > 0) {
            parts.add(Amounts.grouped(number) + " " + what);
        }
    }

    /// Prints the bytes of changed pages: the rows of 16 bytes that differ, from both machines.
    public void bytes(Comparison comparison) throws IOException {
        MemoryDiff memory = comparison.diff().memory().orElseThrow();
        long rows = full ? Long.MAX_VALUE : MAX_ROWS;
        for (MemoryDiff.BlockDiff block : memory.blocks()) {
            for (MemoryDiff.Range range : block.ranges()) {
                if (range.change() != MemoryDiff.PageChange.CHANGED) {
                    continue;
                }
                for (long at = range.start(); at < range.end(); at += memory.pageSize()) {
                    int size = (int) Math.min(memory.pageSize(), range.end() - at);
                    Optional<byte[]> before = comparison.bytes(Side.BEFORE, block.name(), at, size);
                    Optional<byte[]> after = comparison.bytes(Side.AFTER, block.name(), at, size);
                    if (before.isPresent() && after.isPresent()) {
                        rows = rows(block.name(), at, before.get(), after.get(), rows);
                    }
                    if (rows == 0) {
                        out.println(terminal.faint("… more bytes differ; --full shows them"));
                        return;
                    }
                }
            }
        }
    }

    private long rows(String block, long at, byte[] before, byte[] after, long rows) {
        long left = rows;
        for (int i = 0; i < before.length && left > 0; i += MAX_BYTES) {
            int to = Math.min(before.length, i + MAX_BYTES);
            if (!java.util.Arrays.equals(before, i, to, after, i, to)) {
                String place = Printable.text(block) + " " + Amounts.hex(at + i);
                out.println("- " + place + "  " + SPACED.formatHex(before, i, to));
                out.println("+ " + place + "  " + SPACED.formatHex(after, i, to));
                left--;
            }
        }
        return left;
    }
}
