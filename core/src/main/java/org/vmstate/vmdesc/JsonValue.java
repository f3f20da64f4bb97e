// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.util.ArrayList;
import java.util.List;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// A JSON value that keeps what maps lose: the order of an object's members, repeated names, and
/// the digits of a number.
public sealed interface JsonValue {
    /// A string, without its escapes.
    ///
    /// @param value the characters
    record JsonString(String value) implements JsonValue {}

    /// A number, as the text it was written in.
    ///
    /// @param text digits, with sign, fraction and exponent where there are any
    record JsonNumber(String text) implements JsonValue {
        /// A number that is an integer.
        public JsonNumber(long value) {
            this(Long.toString(value));
        }
    }

    /// One of the three words of JSON.
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
        /// A list that cannot change afterwards.
        public JsonArray {
            values = List.copyOf(values);
        }
    }

    /// Names with values, in the order of the text; a name may occur several times.
    ///
    /// @param members the pairs in order
    record JsonObject(List<Member> members) implements JsonValue {
        /// An object that cannot change afterwards.
        public JsonObject {
            members = List.copyOf(members);
        }

        /// The object that a text of UTF-8 consists of.
        public static JsonObject parse(byte[] text, ReadLimits limits) throws VMStateException {
            return JsonText.read(text, 0, limits);
        }

        /// The same object with another value for the first member of that name; a name that it
        /// does not have is added at the end.
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

        /// The same object without the first member of that name.
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

    /// One name with its value.
    ///
    /// @param name the name without its escapes
    /// @param value what stands behind it
    record Member(String name, JsonValue value) {}
}
