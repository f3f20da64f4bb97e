// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.nio.charset.StandardCharsets;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.vmdesc.JsonValue.JsonWord;

/// The way a generation of QEMU writes JSON: where it puts spaces, what it escapes.
///
/// Corresponds to QEMU's `json-writer.c` and the `qjson.c` before it.
public enum JsonStyle {
    /// `{"page_size": 4096, "devices": []}`: QEMU 6.0 and later, pure ASCII.
    COMPACT("{", "}", "[", "]", ": "),
    /// `{ "page_size" : 4096, "devices" : [ ] }`: before that, in strings only what JSON demands is
    /// escaped.
    SPACED("{ ", " }", "[ ", " ]", " : ");

    private final String openObject;
    private final String closeObject;
    private final String openArray;
    private final String closeArray;
    private final String colon;

    JsonStyle(
            String openObject,
            String closeObject,
            String openArray,
            String closeArray,
            String colon) {
        this.openObject = openObject;
        this.closeObject = closeObject;
        this.openArray = openArray;
        this.closeArray = closeArray;
        this.colon = colon;
    }

    /// The text of a value.
    public byte[] print(JsonValue value) {
        StringBuilder text = new StringBuilder();
        print(value, text);
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    private void print(JsonValue value, StringBuilder text) {
        switch (value) {
            case JsonString string -> printString(string.value(), text);
            case JsonNumber number -> text.append(number.text());
            case JsonWord.TRUE -> text.append("true");
            case JsonWord.FALSE -> text.append("false");
            case JsonWord.NULL -> text.append("null");
            case JsonArray array -> {
                text.append(openArray);
                String separator = "";
                for (JsonValue element : array.values()) {
                    text.append(separator);
                    print(element, text);
                    separator = ", ";
                }
                text.append(closeArray);
            }
            case JsonObject object -> {
                text.append(openObject);
                String separator = "";
                for (JsonValue.Member member : object.members()) {
                    text.append(separator);
                    printString(member.name(), text);
                    text.append(colon);
                    print(member.value(), text);
                    separator = ", ";
                }
                text.append(closeObject);
            }
        }
    }

    void printString(String string, StringBuilder text) {
        text.append('"');
        if (this == SPACED) {
            string.codePoints().forEach(c -> printSpaced(c, text));
        } else {
            string.chars().forEach(c -> printEscaped((char) c, text));
        }
        text.append('"');
    }

    private static void printSpaced(int c, StringBuilder text) {
        // a code point that is a surrogate is one without the other
        if (c < ' ' || c == '"' || c == '\\' || Character.getType(c) == Character.SURROGATE) {
            printEscaped((char) c, text);
        } else {
            text.appendCodePoint(c);
        }
    }

    private static void printEscaped(char c, StringBuilder text) {
        switch (c) {
            case '"' -> text.append("\\\"");
            case '\\' -> text.append("\\\\");
            case '\b' -> text.append("\\b");
            case '\f' -> text.append("\\f");
            case '\n' -> text.append("\\n");
            case '\r' -> text.append("\\r");
            case '\t' -> text.append("\\t");
            default -> {
                if (c < 0x20 || c >= 0x7f) {
                    text.append(String.format("\\u%04X", (int) c));
                } else {
                    text.append(c);
                }
            }
        }
    }
}
