// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.nio.charset.StandardCharsets;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.vmdesc.JsonValue.JsonWord;

/// The JSON formatting of a generation of QEMU: its spaces and escapes.
///
/// Corresponds to QEMU's `json-writer.c` and the `qjson.c` before it.
public enum JsonStyle {
    /// `{"page_size": 4096, "devices": []}`: QEMU 6.0 and later, pure ASCII.
    COMPACT("{", "}", "[", "]", ": "),
    /// `{ "page_size" : 4096, "devices" : [ ] }`: earlier versions, which escape only the
    /// characters that are not allowed in JSON strings.
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

    /// Returns the text of a value.
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
        for (int at = 0; at < string.length(); at++) {
            char c = string.charAt(at);
            if (this == SPACED && isLiteral(string, at)) {
                text.append(c);
            } else {
                printEscaped(c, text);
            }
        }
        text.append('"');
    }

    /// Whether a character can be in a UTF-8 JSON text without an escape. QEMU before 6.0 never
    /// escapes, because its strings contain only such characters.
    private static boolean isLiteral(String string, int at) {
        char c = string.charAt(at);
        if (Character.isHighSurrogate(c)) {
            return at + 1 < string.length() && Character.isLowSurrogate(string.charAt(at + 1));
        }
        if (Character.isLowSurrogate(c)) {
            return at > 0 && Character.isHighSurrogate(string.charAt(at - 1));
        }
        return c >= 0x20 && c != '"' && c != '\\';
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
