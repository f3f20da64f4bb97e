// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The values to which a node can be set, and the encoding of integers.
final class LeafValues {
    private LeafValues() {}

    static IllegalArgumentException wrongKind(StateNode node, String given) {
        return new IllegalArgumentException(
                node.path().plain() + " takes " + possible(node) + ", not " + given);
    }

    private static String possible(StateNode node) {
        return switch (node) {
            case IntegerNode integer -> "an integer from " + min(integer) + " to " + max(integer);
            case TimerNode _ -> "a time in nanoseconds, or -1 for not armed";
            case BoolNode _ -> "a truth value";
            case FloatNode _ -> "a floating-point number";
            case BitmapNode bitmap ->
                    "a bitmap of up to " + (long) bitmap.words() * Long.SIZE + " bits";
            case TextNode _ -> "a text of up to 255 bytes";
            case BytesNode bytes when bytes.kind() == BytesNode.Kind.BUFFER ->
                    bytes.length() + " bytes, another number only with the field that counts them";
            case BytesNode bytes -> bytes.length() + " bytes";
            case NullNode _ -> "nothing: it is a null pointer";
            case StructNode _, CompositeNode _ -> "values for its parts, one by one";
            case ArrayNode _ -> "values for its elements, one by one";
            case QueueNode _, TreeNode _ -> "elements that are inserted or removed";
        };
    }

    static boolean takesBytes(StateNode node) {
        return node instanceof LeafNode
                && !(node instanceof NullNode)
                && !(node instanceof TextNode);
    }

    private static BigInteger min(IntegerNode node) {
        return node.signed()
                ? BigInteger.ONE.shiftLeft(node.width() * Byte.SIZE - 1).negate()
                : BigInteger.ZERO;
    }

    private static BigInteger max(IntegerNode node) {
        int bits = node.width() * Byte.SIZE - (node.signed() ? 1 : 0);
        return BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.ONE);
    }

    /// The bytes of an integer; throws if it is not in the range of its type.
    static byte[] integer(StateNode node, BigInteger value) {
        boolean fits =
                node instanceof IntegerNode integer
                        ? value.compareTo(min(integer)) >= 0 && value.compareTo(max(integer)) <= 0
                        : value.bitLength() < Long.SIZE && value.longValue() >= -1;
        if (!fits) {
            throw wrongKind(node, value.toString());
        }
        int width = (int) node.length();
        ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES).putLong(value.longValue());
        byte[] big = Arrays.copyOfRange(bytes.array(), Long.BYTES - width, Long.BYTES);
        if (node instanceof IntegerNode integer && integer.order() == ByteOrder.LITTLE_ENDIAN) {
            for (int i = 0; i < width / 2; i++) {
                byte high = big[i];
                big[i] = big[width - 1 - i];
                big[width - 1 - i] = high;
            }
        }
        return big;
    }
}
