// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;
import org.vmstate.vmdesc.JsonValue.JsonObject;

/// A copy of an element of a queue, list or array, of an entry of a tree, or of a subsection, with
/// what describes it: what [SectionEditor#insert] takes.
///
/// [SectionEditor#copy] makes one. It does not change and holds its own bytes, so it outlives the
/// stream that it was copied from.
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

    /// Where a part can stand.
    public enum Kind {
        /// In a queue or list.
        QUEUE_ELEMENT,
        /// In a tree: a key and its value.
        TREE_ENTRY,
        /// In an array.
        ARRAY_ELEMENT,
        /// Behind the fields of a structure.
        SUBSECTION
    }

    /// Where it can stand.
    public Kind kind() {
        return kind;
    }

    /// The name of the description of the element, of the entry's value, or of the subsection; of
    /// an element that is no structure, its type.
    public String name() {
        return name;
    }

    /// The version that its description has; 0 for an element that is no structure.
    public int version() {
        return version;
    }

    /// The bytes on the wire without a mark; of a subsection with its header.
    public byte[] bytes() {
        return bytes.clone();
    }

    /// What describes it: one object, of a tree's entry with a structure for its key two; none for
    /// a part of a value that the stream does not take apart.
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
                }
                + name;
    }
}
