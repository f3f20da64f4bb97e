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

/// A JSON text with access to its members by name and type.
///
/// Throws [CorruptException], at the absolute offset of the enclosing object, if a member is
/// missing or has another type.
public final class JsonDocument {
    private static final int MAX_DIGITS = 20;

    private final JsonObject root;

    /// The text that the object was parsed from; null if there is none.
    private final byte @Nullable [] text;

    private final long start;

    private JsonDocument(JsonObject root, byte @Nullable [] text, long start) {
        this.root = root;
        this.text = text;
        this.start = start;
    }

    /// Returns a document for an object that was not parsed from a text; its errors have no offset.
    static JsonDocument of(JsonObject root) {
        return new JsonDocument(root, null, VMStateException.NO_OFFSET);
    }

    /// Parses a text of one object, whose first byte has the absolute offset `start`. The text is
    /// not copied and must not be changed while the document is in use.
    public static JsonDocument parse(byte[] text, long start, ReadLimits limits)
            throws VMStateException {
        return new JsonDocument(JsonText.read(text, start, limits), text, start);
    }

    /// The outermost object.
    public JsonObject root() {
        return root;
    }

    /// Returns the value of a required member.
    public JsonValue required(JsonObject where, String name) throws CorruptException {
        JsonValue value = first(where, name);
        if (value == null) {
            throw corrupt("no " + name, where);
        }
        return value;
    }

    /// Returns a required member, which must be a string.
    public String string(JsonObject where, String name) throws CorruptException {
        return string(where, required(where, name), name);
    }

    /// Returns a value, which must be a string; `name` is its name in the error.
    public String string(JsonObject where, JsonValue value, String name) throws CorruptException {
        if (value instanceof JsonString(String string)) {
            return string;
        }
        throw corrupt(name + " is not a string", where);
    }

    /// Returns a required member, which must be an integer in a range.
    public long integer(JsonObject where, String name, long min, long max) throws CorruptException {
        return integer(where, required(where, name), name, min, max);
    }

    /// Returns a value, which must be an integer in a range; `name` is its name in the error.
    public long integer(JsonObject where, JsonValue value, String name, long min, long max)
            throws CorruptException {
        if (value instanceof JsonNumber(String text) && text.length() <= MAX_DIGITS) {
            try {
                long number = Long.parseLong(text);
                if (number >= min && number <= max) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Fractions and numbers of more than 64 bits are reported below, like all other
                // invalid numbers.
            }
        }
        throw corrupt(name + " is not an integer from " + min + " to " + max, where);
    }

    /// Returns a value, which must be `true` or `false`; `name` is its name in the error.
    public boolean truth(JsonObject where, JsonValue value, String name) throws CorruptException {
        if (value == JsonWord.TRUE || value == JsonWord.FALSE) {
            return value == JsonWord.TRUE;
        }
        throw corrupt(name + " is neither true nor false", where);
    }

    /// Returns a value, which must be an object; `name` is its name in the error.
    public JsonObject object(JsonObject where, JsonValue value, String name)
            throws CorruptException {
        if (value instanceof JsonObject object) {
            return object;
        }
        throw corrupt(name + " is not an object", where);
    }

    /// Returns a value, which must be a list of objects; `name` is its name in the error.
    public List<JsonObject> objects(JsonObject where, JsonValue value, String name)
            throws CorruptException {
        if (!(value instanceof JsonArray(List<JsonValue> values))) {
            throw corrupt(name + " is not a list", where);
        }
        List<JsonObject> objects = new ArrayList<>(values.size());
        for (JsonValue element : values) {
            objects.add(object(where, element, name));
        }
        return objects;
    }

    /// Returns the value of the first member called `name`; null if there is none.
    public static @Nullable JsonValue first(JsonObject object, String name) {
        for (JsonValue.Member member : object.members()) {
            if (member.name().equals(name)) {
                return member.value();
            }
        }
        return null;
    }

    /// Returns an error at the offset of an object.
    public CorruptException corrupt(String detail, JsonObject where) {
        return new CorruptException(detail, offset(where));
    }

    /// Returns the absolute offset of an object of the document. The text is scanned again to find
    /// it, which for an error is cheaper than keeping the offsets of all objects.
    long offset(JsonObject object) {
        byte[] read = text;
        int number = read == null ? -1 : new Search(object).in(root);
        return read == null || number < 0
                ? VMStateException.NO_OFFSET
                : start + JsonText.objectStart(read, number);
    }

    /// Searches the objects of a document, in the order of their beginnings, for one object.
    private static final class Search {
        private final JsonObject wanted;
        private int passed;

        Search(JsonObject wanted) {
            this.wanted = wanted;
        }

        /// Returns the number of objects that begin before the wanted one, or -1 if `value` does
        /// not contain it.
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
