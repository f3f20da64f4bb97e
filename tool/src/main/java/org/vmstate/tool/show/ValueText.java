// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.vmstate.state.ArrayNode;
import org.vmstate.state.BitmapNode;
import org.vmstate.state.BoolNode;
import org.vmstate.state.BytesNode;
import org.vmstate.state.CompositeNode;
import org.vmstate.state.FloatNode;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.LeafNode;
import org.vmstate.state.NullNode;
import org.vmstate.state.QueueNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.StructNode;
import org.vmstate.state.TextNode;
import org.vmstate.state.TimerNode;
import org.vmstate.state.TreeNode;
import org.vmstate.wire.Printable;

/// Formats values as one line of text.
public final class ValueText {
    private static final HexFormat SPACED = HexFormat.ofDelimiter(" ");

    private ValueText() {}

    /// A number in decimal and, if useful, hexadecimal; the bytes of short buffers; a summary of
    /// values with children.
    public static String line(StateNode node) {
        return switch (node) {
            case LeafNode leaf -> leaf(leaf);
            case StructNode struct ->
                    struct.fields().isEmpty() && struct.subsections().isEmpty() ? "empty" : "";
            case ArrayNode array -> Amounts.counted(array.size(), "element");
            case QueueNode queue -> Amounts.counted(queue.elements().size(), "element");
            case TreeNode tree ->
                    tree.entries().size() == 1
                            ? "1 entry"
                            : Amounts.grouped(tree.entries().size()) + " entries";
            case CompositeNode composite -> Amounts.counted(composite.length(), "byte");
        };
    }

    private static String leaf(LeafNode node) {
        return switch (node) {
            case IntegerNode integer -> integer(integer);
            case BoolNode bool -> bool.value() ? "true" : "false";
            case FloatNode number -> number.value() + "  " + hex(number.bits(), 8);
            case TimerNode timer ->
                    timer.armed() ? Amounts.grouped(timer.expiry()) + " ns" : "not armed";
            case NullNode _ -> "null";
            case TextNode text -> Printable.quoted(text.value());
            case BytesNode bytes -> Amounts.counted(bytes.length(), "byte");
            case BitmapNode bitmap -> bitmap(bitmap);
        };
    }

    /// The bytes of a short buffer in hexadecimal.
    public static String bytes(MemorySegment bytes) {
        return SPACED.formatHex(bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    /// An integer in decimal, followed by hexadecimal if it is 10 or more.
    static String integer(IntegerNode node) {
        String decimal = node.exact().toString();
        return node.bits() >= 0 && node.bits() < 10
                ? decimal
                : decimal + "  " + hex(node.bits(), node.width());
    }

    /// An integer in hexadecimal with all digits of its width.
    static String hex(long bits, int width) {
        return "0x" + HexFormat.of().toHexDigits(bits, 2 * width);
    }

    private static String bitmap(BitmapNode node) {
        final int most = 16;
        List<String> runs = new ArrayList<>();
        int bits = Math.multiplyExact(node.words(), Long.SIZE);
        int bit = nextSet(node, 0, bits);
        while (bit < bits && runs.size() < most) {
            int end = bit;
            while (end + 1 < bits && node.get(end + 1)) {
                end++;
            }
            runs.add(end == bit ? Integer.toString(bit) : bit + "-" + end);
            bit = nextSet(node, end + 1, bits);
        }
        String set = runs.isEmpty() ? "none set" : "set: " + String.join(" ", runs);
        return bit < bits ? set + " …" : set;
    }

    private static int nextSet(BitmapNode node, int from, int bits) {
        int bit = from;
        while (bit < bits) {
            long word = node.word(bit / Long.SIZE) >>> bit % Long.SIZE;
            if (word != 0) {
                return bit + Long.numberOfTrailingZeros(word);
            }
            bit = (bit / Long.SIZE + 1) * Long.SIZE;
        }
        return bits;
    }
}
