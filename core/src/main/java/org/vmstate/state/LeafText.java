// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/// The text of a value without children, as `vmstate get` prints it and `vmstate set` accepts it.
///
/// | value | text |
/// |---|---|
/// | integer, timer | decimal; also accepted: `0x` hexadecimal, `0o` octal, `0b` binary, with `_` between digits |
/// | boolean | `true`, `false`; also accepted: `on`, `off`, `1`, `0` |
/// | floating-point number | decimal; if that is not exact (NaN), `0x` and the bits |
/// | counted string | the string |
/// | bytes, bitmap | hexadecimal digits, blanks and colons between bytes are ignored; also accepted: text in double quotes, to which zeros are added up to the length |
/// | null pointer | `null`, which is not accepted |
public final class LeafText {
    private static final int MAX_TEXT = 255;

    private LeafText() {}

    /// Returns the text of a value.
    public static String of(LeafNode node) {
        return switch (node) {
            case IntegerNode integer -> integer.exact().toString();
            case TimerNode timer -> Long.toString(timer.expiry());
            case BoolNode bool -> Boolean.toString(bool.value());
            case FloatNode number -> number(number);
            case TextNode text -> text.value();
            case NullNode _ -> "null";
            case BytesNode _, BitmapNode _ ->
                    HexFormat.of().formatHex(node.bytes().toArray(ValueLayout.JAVA_BYTE));
        };
    }

    private static String number(FloatNode node) {
        double value = node.value();
        return Double.doubleToRawLongBits(Double.parseDouble(Double.toString(value))) == node.bits()
                ? Double.toString(value)
                : "0x" + HexFormat.of().toHexDigits(node.bits());
    }

    /// Returns the bytes that encode a value of the type of `node`.
    ///
    /// @throws IllegalArgumentException if the text is not a value of this type
    static byte[] parse(StateNode node, String text) {
        return switch (node) {
            case IntegerNode _, TimerNode _ -> LeafValues.integer(node, integer(node, text));
            case BoolNode _ -> new byte[] {bool(node, text)};
            case FloatNode _ ->
                    ByteBuffer.allocate(Long.BYTES).putLong(floating(node, text)).array();
            case TextNode _ -> counted(node, text);
            case BytesNode _, BitmapNode _ -> bytes(node, text);
            default -> throw LeafValues.wrongKind(node, "'" + text + "'");
        };
    }

    private static BigInteger integer(StateNode node, String text) {
        String digits = text.strip().replace("_", "");
        boolean negative = digits.startsWith("-");
        digits = negative || digits.startsWith("+") ? digits.substring(1) : digits;
        String prefix = digits.length() < 2 ? "" : digits.substring(0, 2);
        int radix =
                switch (prefix) {
                    case "0x", "0X" -> 16;
                    case "0o", "0O" -> 8;
                    case "0b", "0B" -> 2;
                    default -> 10;
                };
        digits = radix == 10 ? digits : digits.substring(2);
        if (digits.isEmpty() || !Character.isLetterOrDigit(digits.charAt(0))) {
            throw LeafValues.wrongKind(node, "'" + text + "'");
        }
        try {
            BigInteger value = new BigInteger(digits, radix);
            return negative ? value.negate() : value;
        } catch (NumberFormatException e) {
            throw LeafValues.wrongKind(node, "'" + text + "'");
        }
    }

    private static byte bool(StateNode node, String text) {
        return switch (text.strip()) {
            case "true", "on", "1" -> 1;
            case "false", "off", "0" -> 0;
            default -> throw LeafValues.wrongKind(node, "'" + text + "'");
        };
    }

    private static long floating(StateNode node, String text) {
        String number = text.strip();
        try {
            return number.startsWith("0x") && !number.contains("p")
                    ? Long.parseUnsignedLong(number.substring(2), 16)
                    : Double.doubleToRawLongBits(Double.parseDouble(number));
        } catch (NumberFormatException e) {
            throw LeafValues.wrongKind(node, "'" + text + "'");
        }
    }

    private static byte[] counted(StateNode node, String text) {
        byte[] utf8 = text.getBytes(UTF_8);
        if (utf8.length > MAX_TEXT) {
            throw LeafValues.wrongKind(node, "a text of " + utf8.length + " bytes");
        }
        byte[] bytes = new byte[1 + utf8.length];
        bytes[0] = (byte) utf8.length;
        System.arraycopy(utf8, 0, bytes, 1, utf8.length);
        return bytes;
    }

    private static byte[] bytes(StateNode node, String text) {
        if (text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")) {
            byte[] utf8 = text.substring(1, text.length() - 1).getBytes(UTF_8);
            if (utf8.length > node.length()) {
                throw LeafValues.wrongKind(node, "a text of " + utf8.length + " bytes");
            }
            return Arrays.copyOf(utf8, Math.toIntExact(node.length()));
        }
        String digits = text.replaceAll("[\\s:]", "");
        digits = digits.startsWith("0x") ? digits.substring(2) : digits;
        try {
            return HexFormat.of().parseHex(digits);
        } catch (IllegalArgumentException e) {
            throw LeafValues.wrongKind(
                    node, "'" + text + "', which is neither hexadecimal nor text in quotes");
        }
    }
}
