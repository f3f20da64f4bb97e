// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.vmdesc.JsonValue.JsonWord;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// A parser for a JSON text (RFC 8259, UTF-8) of one object.
///
/// Throws [CorruptException] or [org.vmstate.wire.LimitExceededException], at the absolute offset,
/// for an invalid text. `docs/design/0005-start-up.md` explains why this is not a JSON library.
final class JsonText {
    private static final int SHORTEST = 2;

    private final byte[] text;
    private final long start;
    private final ReadLimits limits;
    private int at;
    private int depth;
    private int values;

    private JsonText(byte[] text, long start, ReadLimits limits) {
        this.text = text;
        this.start = start;
        this.limits = limits;
    }

    /// Parses a text whose first byte has the absolute offset `start`.
    static JsonObject read(byte[] text, long start, ReadLimits limits) throws VMStateException {
        limits.checkDescription(text.length, start);
        if (text.length < SHORTEST || text[0] != '{') {
            throw new CorruptException("no JSON object", start);
        }
        JsonText reader = new JsonText(text, start, limits);
        JsonObject root = reader.object();
        if (reader.skipSpace() >= 0) {
            throw reader.corrupt("text after the end of the JSON");
        }
        return root;
    }

    /// Returns the index at which the `number`th object of a text begins, counted from 0 in the
    /// order of their beginnings. The text must have been accepted by [#read].
    static int objectStart(byte[] text, int number) {
        boolean inString = false;
        int left = number;
        for (int i = 0; i < text.length; i++) {
            switch (text[i]) {
                case '"' -> inString = !inString;
                case '\\' -> i++;
                case '{' -> {
                    if (!inString && left-- == 0) {
                        return i;
                    }
                }
                default -> {}
            }
        }
        throw new IllegalArgumentException("no object " + number);
    }

    private JsonValue value() throws VMStateException {
        int first = skipSpace();
        limits.checkDescriptionValues(++values, start + at);
        return switch (first) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> new JsonString(string());
            case 't' -> word("true", JsonWord.TRUE);
            case 'f' -> word("false", JsonWord.FALSE);
            case 'n' -> word("null", JsonWord.NULL);
            default -> number();
        };
    }

    private JsonObject object() throws VMStateException {
        enter();
        List<JsonValue.Member> members = new ArrayList<>();
        if (skipSpace() != '}') {
            do {
                if (skipSpace() != '"') {
                    throw corrupt("not JSON: a name in quotes is missing");
                }
                String name = string();
                if (skipSpace() != ':') {
                    throw corrupt("not JSON: ':' is missing");
                }
                at++;
                members.add(new JsonValue.Member(name, value()));
            } while (more('}'));
        }
        leave();
        return new JsonObject(members);
    }

    private JsonArray array() throws VMStateException {
        enter();
        List<JsonValue> values = new ArrayList<>();
        if (skipSpace() != ']') {
            do {
                values.add(value());
            } while (more(']'));
        }
        leave();
        return new JsonArray(values);
    }

    private void enter() throws VMStateException {
        limits.checkNesting(++depth, start + at);
        at++;
    }

    private void leave() {
        depth--;
        at++;
    }

    /// Skips a comma and returns true, or skips the `end` character and returns false.
    private boolean more(char end) throws CorruptException {
        int next = skipSpace();
        if (next == ',') {
            at++;
            return true;
        }
        if (next != end) {
            throw corrupt("not JSON: ',' or '" + end + "' is missing");
        }
        return false;
    }

    /// Returns the next byte that is not white space, or -1 at the end.
    private int skipSpace() {
        while (at < text.length) {
            byte b = text[at];
            if (b != ' ' && b != '\n' && b != '\t' && b != '\r') {
                return b & 0xff;
            }
            at++;
        }
        return -1;
    }

    private JsonWord word(String word, JsonWord value) throws CorruptException {
        if (at + word.length() > text.length
                || !word.equals(new String(text, at, word.length(), ISO_8859_1))) {
            throw corrupt("not JSON: no value");
        }
        at += word.length();
        return value;
    }

    private JsonNumber number() throws CorruptException {
        int first = at;
        if (peek() == '-') {
            at++;
        }
        if (peek() == '0') {
            at++;
        } else {
            digits();
        }
        if (peek() == '.') {
            at++;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            at++;
            if (peek() == '+' || peek() == '-') {
                at++;
            }
            digits();
        }
        return new JsonNumber(new String(text, first, at - first, ISO_8859_1));
    }

    private void digits() throws CorruptException {
        int first = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        if (at == first) {
            throw corrupt("not JSON: no value");
        }
    }

    private int peek() {
        return at < text.length ? text[at] & 0xff : -1;
    }

    private String string() throws CorruptException {
        int first = ++at;
        boolean ascii = true;
        for (; at < text.length; at++) {
            byte b = text[at];
            if (b == '"') {
                return ascii
                        ? new String(text, first, at++ - first, ISO_8859_1)
                        : utf8(first, at++ - first);
            }
            if (b == '\\') {
                return escaped(first);
            }
            if (b >= 0 && b < ' ') {
                throw corrupt("not JSON: a control character in a string");
            }
            ascii &= b > 0;
        }
        throw corrupt("not JSON: a string without end");
    }

    /// Returns the rest of a string that contains escapes.
    private String escaped(int first) throws CorruptException {
        StringBuilder string = new StringBuilder(utf8(first, at - first));
        while (true) {
            int run = at;
            while (at < text.length && text[at] != '"' && text[at] != '\\') {
                if (text[at] >= 0 && text[at] < ' ') {
                    throw corrupt("not JSON: a control character in a string");
                }
                at++;
            }
            string.append(utf8(run, at - run));
            if (at + 1 >= text.length) {
                at = Math.min(at, text.length);
                if (peek() == '"') {
                    at++;
                    return string.toString();
                }
                throw corrupt("not JSON: a string without end");
            }
            if (text[at++] == '"') {
                return string.toString();
            }
            string.append(escape());
        }
    }

    private char escape() throws CorruptException {
        byte sign = text[at++];
        return switch (sign) {
            case '"', '\\', '/' -> (char) sign;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                int code = 0;
                for (int i = 0; i < 4; i++) {
                    int digit = Character.digit(peek(), 16);
                    if (digit < 0) {
                        throw corrupt("not JSON: an escape without four digits");
                    }
                    code = code << 4 | digit;
                    at++;
                }
                yield (char) code;
            }
            default -> throw corrupt("not JSON: an escape that does not exist");
        };
    }

    private String utf8(int first, int length) throws CorruptException {
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(text, first, length)).toString();
        } catch (CharacterCodingException e) {
            CorruptException corrupt =
                    new CorruptException("not JSON: a string that is not UTF-8", start + first);
            corrupt.initCause(e);
            throw corrupt;
        }
    }

    private CorruptException corrupt(String detail) {
        return new CorruptException(detail, start + at);
    }
}
