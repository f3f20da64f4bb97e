// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.qemu;

import java.io.IOException;
import java.io.Writer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.vmstate.vmdesc.JsonValue;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.vmdesc.JsonValue.JsonWord;
import org.vmstate.vmdesc.VmDescription;

/// Writes a stream's description in the format of `analyze-migration.py -d desc`.
///
/// If a name occurs several times in an object, its last value is printed at the position of the
/// first, as in Python's dictionaries. Of a queue's elements only the last one is therefore
/// printed.
public final class QemuDescription {
    private QemuDescription() {}

    /// Prints a description, with a newline at its end.
    public static void print(VmDescription description, Writer out) throws IOException {
        print(description.json(), new PythonJson(out));
        out.write('\n');
    }

    private static void print(JsonValue value, PythonJson json) throws IOException {
        switch (value) {
            case JsonString string -> json.string(string.value());
            case JsonNumber number -> json.literal(number.text());
            case JsonWord.TRUE -> json.literal("true");
            case JsonWord.FALSE -> json.literal("false");
            case JsonWord.NULL -> json.literal("null");
            case JsonArray array -> {
                json.open('[');
                for (JsonValue element : array.values()) {
                    json.element();
                    print(element, json);
                }
                json.close(']');
            }
            case JsonObject object -> {
                Map<String, JsonValue> members = new LinkedHashMap<>();
                object.members().forEach(member -> members.put(member.name(), member.value()));
                json.open('{');
                for (Map.Entry<String, JsonValue> member : members.entrySet()) {
                    json.name(member.getKey());
                    print(member.getValue(), json);
                }
                json.close('}');
            }
        }
    }
}
