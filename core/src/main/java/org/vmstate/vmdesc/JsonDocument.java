// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.vmdesc.JsonValue.JsonWord;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// A JSON text whose members are asked for by name and type.
///
/// A member that is missing or of another type is a [CorruptException] at the absolute offset of
/// the object that it should be in.
public final class JsonDocument {
    private static final int MAX_DIGITS = 20;

    private final JsonObject root;

    /// The text that the object was read from, null if it was not.
    private final byte @Nullable [] text;

    private final long start;

    private JsonDocument(JsonObject root, byte @Nullable [] text, long start) {
        this.root = root;
        this.text = text;
        this.start = start;
    }

    /// An object that was not read from a text: errors in it have no offset.
    static JsonDocument of(JsonObject root) {
        return new JsonDocument(root, null, VMStateException.NO_OFFSET);
    }

    /// Reads a text of one object, whose first byte has the absolute offset `start`; the text is
    /// not copied and must not change while the document is in use.
    public static JsonDocument parse(byte[] text, long start, ReadLimits limits)
            throws VMStateException {
        return new JsonDocument(JsonText.read(text, start, limits), text, start);
    }

    /// The outermost object.
    public JsonObject root() {
        return root;
    }

    /// The value of a member that must be there.
    public JsonValue required(JsonObject where, String name) throws CorruptException {
        JsonValue value = first(where, name);
        if (value == null) {
            throw corrupt("no " + name, where);
        }
        return value;
    }

    /// A member that must be there and a string.
    public String string(JsonObject where, String name) throws CorruptException {
        return string(where, required(where, name), name);
    }

    /// A value that must be a string; `name` names it in the error.
    public String string(JsonObject where, JsonValue value, String name) throws CorruptException {
        if (value instanceof JsonString(String string)) {
            return string;
        }
        throw corrupt(name + " is no string", where);
    }

    /// A member that must be there and an integer in a range.
    public long integer(JsonObject where, String name, long min, long max) throws CorruptException {
        return integer(where, required(where, name), name, min, max);
    }

    /// A value that must be an integer in a range; `name` names it in the error.
    public long integer(JsonObject where, JsonValue value, String name, long min, long max)
            throws CorruptException {
        if (value instanceof JsonNumber(String text) && text.length() <= MAX_DIGITS) {
            try {
                long number = Long.parseLong(text);
                if (number >= min && number <= max) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Fractions and what is beyond 64 bits end below, like every other wrong number.
            }
        }
        throw corrupt(name + " is no integer from " + min + " to " + max, where);
    }

    /// A value that must be `true` or `false`; `name` names it in the error.
    public boolean truth(JsonObject where, JsonValue value, String name) throws CorruptException {
        if (value == JsonWord.TRUE || value == JsonWord.FALSE) {
            return value == JsonWord.TRUE;
        }
        throw corrupt(name + " is neither true nor false", where);
    }

    /// A value that must be an object; `name` names it in the error.
    public JsonObject object(JsonObject where, JsonValue value, String name)
            throws CorruptException {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw corrupt(name + " is no object", where);
    }

    /// A value that must be a list of objects; `name` names it in the error.
    public List<JsonObject> objects(JsonObject where, JsonValue value, String name)
            throws CorruptException {
        if (!(value instanceof JsonArray(List<JsonValue> values))) {
            throw corrupt(name + " is no list", where);
        }
        List<JsonObject> objects = new ArrayList<>(values.size());
        for (JsonValue element : values) {
            objects.add(object(where, element, name));
        }
        return objects;
    }

    /// The value of the first member of that name; null if there is none.
    public static @Nullable JsonValue first(JsonObject object, String name) {
        for (JsonValue.Member member : object.members()) {
            if (member.name().equals(name)) {
                return member.value();
            }
        }
        return null;
    }

    /// An error at the offset of an object.
    public CorruptException corrupt(String detail, JsonObject where) {
        return new CorruptException(detail, offset(where));
    }

    /// The absolute offset of an object of the document. It is looked up in the text, since keeping
    /// the offsets of all objects costs more than reading the text a second time for an error.
    long offset(JsonObject object) {
        byte[] read = text;
        int number = read == null ? -1 : new Search(object).in(root);
        return read == null || number < 0
                ? VMStateException.NO_OFFSET
                : start + JsonText.objectStart(read, number);
    }

    /// The search for one object among those of a document, in the order in which they begin.
    private static final class Search {
        private final JsonObject wanted;
        private int passed;

        Search(JsonObject wanted) {
            this.wanted = wanted;
        }

        /// How many objects begin before the one wanted, or -1 if it is not inside `value`.
        @SuppressWarnings("ReferenceEquality") // equal objects may be in several places
        int in(JsonValue value) {
            if (value == wanted) {
                return passed;
            }
            if (value instanceof JsonObject(List<JsonValue.Member> members)) {
                passed++;
                for (JsonValue.Member member : members) {
                    if (in(member.value()) >= 0) {
                        return passed;
                    }
                }
            } else if (value instanceof JsonArray(List<JsonValue> values)) {
                for (JsonValue element : values) {
                    if (in(element) >= 0) {
                        return passed;
                    }
                }
            }
            return -1;
        }
    }
}
