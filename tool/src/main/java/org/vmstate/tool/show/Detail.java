// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.io.PrintWriter;
import java.util.List;
import org.vmstate.state.ArrayNode;
import org.vmstate.state.BytesNode;
import org.vmstate.state.CompositeNode;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.LeafNode;
import org.vmstate.state.NullNode;
import org.vmstate.state.QueueNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.StructNode;
import org.vmstate.state.SubsectionNode;
import org.vmstate.state.TreeNode;
import org.vmstate.tool.Terminal;
import org.vmstate.wire.Printable;

/// Prints a value and its children, one line each, indented.
final class Detail {
    private static final String STEP = "  ";
    private static final int SHORT_BYTES = 16;
    private static final int ROWS = 8;
    private static final int ELEMENTS = 32;
    private static final int LINE = 100;
    private static final int WIDEST_NAME = 32;
    private static final int MOST_LOOKED_AT = 1024;

    private final Terminal terminal;
    private final PrintWriter out;
    private final long rows;
    private final int elements;

    /// @param full whether long buffers and arrays are printed completely
    Detail(Terminal terminal, PrintWriter out, boolean full) {
        this.terminal = terminal;
        this.out = out;
        this.rows = full ? Long.MAX_VALUE : ROWS;
        this.elements = full ? Integer.MAX_VALUE : ELEMENTS;
    }

    /// Prints a node with its full path.
    void print(StateNode node) {
        String place =
                "  (offset "
                        + Amounts.hex(node.offset())
                        + ", "
                        + Amounts.counted(node.length(), "byte")
                        + ")";
        out.println(terminal.strong(node.pathText()) + describe(node, 0) + terminal.faint(place));
        inside(node, STEP);
    }

    private void inside(StateNode node, String indent) {
        switch (node) {
            case StructNode struct -> {
                fields(struct.fields(), indent);
                for (SubsectionNode subsection : struct.subsections()) {
                    out.println(
                            indent
                                    + terminal.strong(subsection.name())
                                    + terminal.faint(
                                            "  subsection, version " + subsection.sentVersion()));
                    inside(subsection, indent + STEP);
                }
            }
            case ArrayNode array -> array(array, indent);
            case QueueNode queue -> elements(queue.elements(), indent);
            case TreeNode tree -> {
                int index = 0;
                for (TreeNode.Entry entry : tree.entries()) {
                    if (index == elements) {
                        more(tree.entries().size() - index, "entry", indent);
                        return;
                    }
                    out.println(indent + terminal.faint("[" + index++ + "]"));
                    fields(List.of(entry.key(), entry.value()), indent + STEP);
                }
            }
            case CompositeNode composite -> fields(composite.parts(), indent);
            case BytesNode bytes when bytes.length() > SHORT_BYTES -> {
                long left = HexDump.print(out, indent, bytes.bytes(), rows);
                if (left > 0) {
                    more(left, "byte", indent);
                }
            }
            case LeafNode _ -> {}
        }
    }

    private void fields(List<StateNode> fields, String indent) {
        int width = 0;
        for (StateNode field : fields) {
            width = Math.max(width, Math.min(WIDEST_NAME, field.name().length()));
        }
        for (StateNode field : fields) {
            String name = Printable.text(field.name());
            String padding = " ".repeat(Math.max(0, width - name.length()));
            out.println(indent + terminal.strong(name) + padding + describe(field, 14));
            inside(field, indent + STEP);
        }
    }

    private void elements(List<? extends StateNode> nodes, String indent) {
        int printed = 0;
        int i = 0;
        while (i < nodes.size()) {
            if (printed++ == elements) {
                more(nodes.size() - i, "element", indent);
                return;
            }
            StateNode node = nodes.get(i);
            String text = node instanceof StructNode ? "" : describe(node, 0);
            int last = i;
            while (isShort(node)
                    && last + 1 < nodes.size()
                    && isShort(nodes.get(last + 1))
                    && describe(nodes.get(last + 1), 0).equals(text)) {
                last++;
            }
            String index = last == i ? "[" + i + "]" : "[" + i + ".." + last + "]";
            out.println(indent + terminal.faint(index) + text);
            inside(node, indent + STEP);
            i = last + 1;
        }
    }

    /// Whether a node is printed on one line, so that a run of equal nodes can be, too.
    private static boolean isShort(StateNode node) {
        return node instanceof LeafNode && node.length() <= SHORT_BYTES;
    }

    private void array(ArrayNode array, String indent) {
        List<StateNode> nodes = array.elements();
        if (nodes.isEmpty() || !(nodes.getFirst() instanceof IntegerNode)) {
            elements(nodes, indent);
            return;
        }
        numbers(nodes, indent);
    }

    /// Prints numbers in rows; repeated rows are replaced by one `*`.
    private void numbers(List<StateNode> nodes, String indent) {
        int width = ((IntegerNode) nodes.getFirst()).width();
        int perRow = Math.max(1, Integer.highestOneBit((LINE - 12) / (2 * width + 3)));
        long printed = 0;
        String before = "";
        boolean starred = false;
        for (int at = 0; at < nodes.size(); at += perRow) {
            String row = row(nodes.subList(at, Math.min(nodes.size(), at + perRow)));
            if (row.equals(before)) {
                if (!starred) {
                    out.println(indent + "*");
                }
                starred = true;
                continue;
            }
            if (printed++ == rows) {
                more(nodes.size() - at, "element", indent);
                return;
            }
            starred = false;
            before = row;
            out.println(indent + terminal.faint(String.format("[%d]", at)) + row);
        }
    }

    private static String row(List<StateNode> nodes) {
        StringBuilder row = new StringBuilder();
        for (StateNode node : nodes) {
            row.append(' ')
                    .append(
                            node instanceof IntegerNode integer
                                    ? ValueText.hex(integer.bits(), integer.width())
                                    : ValueText.line(node));
        }
        return row.toString();
    }

    private String describe(StateNode node, int typeWidth) {
        String type =
                Printable.text(
                        node instanceof ArrayNode array && array.size() > 0
                                ? elementType(array) + "[" + array.size() + "]"
                                : node.type());
        String value =
                switch (node) {
                    case BytesNode bytes when bytes.length() <= SHORT_BYTES ->
                            bytes.length() == 0 ? "empty" : ValueText.bytes(bytes.bytes());
                    case ArrayNode array when array.size() > 0 -> "";
                    case StructNode struct when !struct.vmsdName().isEmpty() ->
                            Printable.text(struct.vmsdName()) + " version " + struct.version();
                    default -> ValueText.line(node);
                };
        String padding = " ".repeat(Math.max(0, typeWidth - type.length()));
        return (STEP + terminal.faint(type) + padding + STEP + value).stripTrailing();
    }

    /// The type of the first element that is not a null pointer; only the first few are examined.
    private static String elementType(ArrayNode array) {
        List<StateNode> elements = array.elements();
        return elements.subList(0, Math.min(MOST_LOOKED_AT, elements.size())).stream()
                .filter(e -> !(e instanceof NullNode))
                .findFirst()
                .orElse(elements.getFirst())
                .type();
    }

    private void more(long count, String what, String indent) {
        String counted =
                what.equals("entry") && count != 1
                        ? Amounts.grouped(count) + " entries"
                        : Amounts.counted(count, what);
        out.println(indent + terminal.faint("… " + counted + " more; --full shows all"));
    }
}
