// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.util.HexFormat;
import java.util.stream.Collectors;

/// The values of a tree as one line, for comparison.
final class TreeText {
    private TreeText() {}

    static String of(StateNode node) {
        return switch (node) {
            case IntegerNode integer -> integer.exact().toString();
            case BoolNode bool -> Boolean.toString(bool.value());
            case FloatNode number -> Double.toString(number.value());
            case TimerNode timer -> timer.armed() ? timer.expiry() + "ns" : "off";
            case NullNode _ -> "null";
            case TextNode text -> "'" + text.value() + "'";
            case BytesNode bytes -> HexFormat.of().formatHex(bytes.bytes().toArray(JAVA_BYTE));
            case BitmapNode bitmap -> {
                StringBuilder bits = new StringBuilder("bits");
                for (int i = 0; i < bitmap.words() * 64; i++) {
                    if (bitmap.get(i)) {
                        bits.append(' ').append(i);
                    }
                }
                yield bits.toString();
            }
            case ArrayNode array -> list(array);
            case QueueNode queue -> list(queue);
            case TreeNode tree ->
                    tree.entries().stream()
                            .map(e -> of(e.key()) + " -> " + of(e.value()))
                            .collect(Collectors.joining(", ", "{", "}"));
            case StructNode struct ->
                    struct.children().stream()
                            .map(child -> StatePath.plain(child.step()) + "=" + of(child))
                            .collect(Collectors.joining(" ", "(", ")"));
            case CompositeNode composite ->
                    composite.parts().stream()
                            .map(child -> child.name() + "=" + of(child))
                            .collect(Collectors.joining(" ", "<", ">"));
        };
    }

    private static String list(StateNode node) {
        return node.children().stream()
                .map(TreeText::of)
                .collect(Collectors.joining(" ", "[", "]"));
    }
}
