// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.io.IOException;
import java.nio.ByteOrder;
import org.vmstate.internal.format.Framing;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.wire.WireWriter;

/// Encodes the values of a tree; the result equals the bytes from which they were decoded.
///
/// Numbers, marks, counts, names and versions are encoded from their values. Only bytes without
/// further structure (buffers, gaps, types whose format only their device knows) are copied.
public final class StateEncoder {
    private StateEncoder() {}

    /// Writes a section's body, including the bytes that its tree does not cover.
    public static void encode(DecodedSection section, WireWriter out) throws IOException {
        encode(section.root(), out);
        if (section.rest().isPresent()) {
            out.bytes(section.rest().get().bytes());
        }
    }

    /// Writes a node with all its children.
    public static void encode(StateNode node, WireWriter out) throws IOException {
        switch (node) {
            case IntegerNode integer -> integer(integer, out);
            case BoolNode bool -> out.u8(bool.raw());
            case FloatNode number -> out.u64(number.bits());
            case TimerNode timer -> out.int64(timer.expiry());
            case NullNode _ -> out.u8(Framing.NULL_POINTER);
            case TextNode text -> out.str8(text.value());
            case BytesNode bytes -> out.bytes(bytes.bytes());
            case BitmapNode bitmap -> {
                for (int i = 0; i < bitmap.words(); i++) {
                    out.u64(bitmap.word(i));
                }
            }
            case SubsectionNode subsection -> {
                new SubsectionHeader(subsection.vmsdName(), (int) subsection.sentVersion())
                        .write(out);
                inside(subsection, out);
            }
            case StructNode struct -> inside(struct, out);
            case ArrayNode array -> {
                for (int i = 0; i < array.size(); i++) {
                    if (array.marked(i)) {
                        out.u8(Framing.POINTER_PRESENT);
                    }
                    encode(array.elements().get(i), out);
                }
            }
            case QueueNode queue -> {
                for (int i = 0; i < queue.elements().size(); i++) {
                    out.u8(queue.mark(i));
                    inside(queue.elements().get(i), out);
                }
                if (queue.ended()) {
                    out.u8(Framing.END);
                }
            }
            case TreeNode tree -> {
                out.u32(tree.count());
                for (int i = 0; i < tree.keys().size(); i++) {
                    out.u8(tree.mark(i));
                    encode(tree.keys().get(i), out);
                    for (StructNode value : tree.values(i)) {
                        encode(value, out);
                    }
                }
                if (tree.ended()) {
                    out.u8(Framing.END);
                }
            }
            case CompositeNode composite -> inside(composite, out);
        }
    }

    private static void inside(StateNode node, WireWriter out) throws IOException {
        for (StateNode child : node.children()) {
            encode(child, out);
        }
    }

    private static void integer(IntegerNode node, WireWriter out) throws IOException {
        long bits = node.bits();
        boolean swap = node.order() == ByteOrder.LITTLE_ENDIAN;
        switch (node.width()) {
            case 1 -> out.u8((int) bits);
            case 2 -> out.int16(swap ? Short.reverseBytes((short) bits) : (short) bits);
            case 4 -> out.int32(swap ? Integer.reverseBytes((int) bits) : (int) bits);
            default -> out.int64(swap ? Long.reverseBytes(bits) : bits);
        }
    }
}
