// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.util.ArrayList;
import java.util.List;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// A JSON value that preserves the order of an object's members, repeated names and the digits of
/// numbers, which maps would lose.
public sealed interface JsonValue {
    /// A string, without its escapes.
    ///
    /// @param value the characters
    record JsonString(String value) implements JsonValue {}

    /// A number, as its text.
    ///
    /// @param text the digits, with sign, fraction and exponent if there are any
    record JsonNumber(String text) implements JsonValue {
        /// Creates an integer number.
        public JsonNumber(long value) {
            this(Long.toString(value));
        }
    }

    /// One of the three literal names of JSON.
    enum JsonWord implements JsonValue {
        /// `true`
        TRUE,
        /// `false`
        FALSE,
        /// `null`
        NULL
    }

    /// A list of values.
    ///
    /// @param values the elements in order
    record JsonArray(List<JsonValue> values) implements JsonValue {
        /// Copies the list.
        public JsonArray {
            values = List.copyOf(values);
        }
    }

    /// Names with values, in the order of the text; a name may occur several times.
    ///
    /// @param members the pairs in order
    record JsonObject(List<Member> members) implements JsonValue {
        /// Copies the list.
        public JsonObject {
            members = List.copyOf(members);
        }

        /// Parses a UTF-8 text that consists of one object.
        public static JsonObject parse(byte[] text, ReadLimits limits) throws VMStateException {
            return JsonText.read(text, 0, limits);
        }

        /// Returns a copy with another value for the first member called `name`; if there is none,
        /// the member is added at the end.
        public JsonObject with(String name, JsonValue value) {
            List<Member> changed = new ArrayList<>(members);
            int index = indexOf(name);
            if (index < 0) {
                changed.add(new Member(name, value));
            } else {
                changed.set(index, new Member(name, value));
            }
            return new JsonObject(changed);
        }

        /// Returns a copy without the first member called `name`.
        public JsonObject without(String name) {
            int index = indexOf(name);
            if (index < 0) {
                return this;
            }
            List<Member> changed = new ArrayList<>(members);
            changed.remove(index);
            return new JsonObject(changed);
        }

        private int indexOf(String name) {
            for (int i = 0; i < members.size(); i++) {
                if (members.get(i).name().equals(name)) {
                    return i;
                }
            }
            return -1;
        }
    }

    /// A member of an object.
    ///
    /// @param name the name without its escapes
    /// @param value the value
    record Member(String name, JsonValue value) {}
}
