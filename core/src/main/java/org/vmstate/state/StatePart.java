// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;
import org.vmstate.vmdesc.JsonValue.JsonObject;

/// A copy of an element of a queue, list or array, of an entry of a tree, of a subsection, or of a
/// field, with its description. Inserted with [SectionEditor#insert].
///
/// Created by [SectionEditor#copy]. Immutable. Owns its bytes, so it stays valid when the stream is
/// closed.
public final class StatePart {
    private final Kind kind;
    private final String name;
    private final int version;
    private final byte[] bytes;
    private final List<JsonObject> described;

    StatePart(Kind kind, String name, int version, byte[] bytes, List<JsonObject> described) {
        this.kind = kind;
        this.name = name;
        this.version = version;
        this.bytes = bytes;
        this.described = described;
    }

    /// The places at which a part can be inserted.
    public enum Kind {
        /// In a queue or list.
        QUEUE_ELEMENT,
        /// In a tree: a key and its value.
        TREE_ENTRY,
        /// In an array.
        ARRAY_ELEMENT,
        /// After the fields of a structure.
        SUBSECTION,
        /// Among the fields of a structure.
        FIELD
    }

    /// The place at which this part can be inserted.
    public Kind kind() {
        return kind;
    }

    /// The name of the description of the element, of the entry's value, of the subsection, or of a
    /// field that is a structure; the type of another element or field.
    public String name() {
        return name;
    }

    /// The version of the description; 0 for what is not a structure.
    public int version() {
        return version;
    }

    /// The encoding without a mark; that of a subsection includes its header.
    public byte[] bytes() {
        return bytes.clone();
    }

    /// The objects that describe the part: one; two for an entry of a tree whose key is a
    /// structure; one for each entry of a field that is an array; none if the enclosing value is
    /// not described by fields.
    List<JsonObject> described() {
        return described;
    }

    /// The kind and the name.
    @Override
    public String toString() {
        return switch (kind) {
                    case QUEUE_ELEMENT -> "an element of a queue, ";
                    case TREE_ENTRY -> "an entry of a tree, ";
                    case ARRAY_ELEMENT -> "an element of an array, ";
                    case SUBSECTION -> "a subsection, ";
                    case FIELD -> "a field, ";
                }
                + name;
    }
}
