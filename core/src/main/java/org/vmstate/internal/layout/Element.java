// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.format.TypeNames;

/// The kind of the elements of a field: their encoding and meaning.
public sealed interface Element {
    /// The name of this kind in the stream's description.
    String typeName();

    /// Returns the descriptions that an element nests; for a tree, that of its keys (unless these
    /// are numbers) and that of its values.
    default List<Declaration> nested() {
        return switch (this) {
            case Struct(Declaration inner, _) -> List.of(inner);
            case VersionedStruct(Declaration inner, _) -> List.of(inner);
            case Temporary(Declaration inner, _) -> List.of(inner);
            case Queue(_, Declaration inner, _, _) -> List.of(inner);
            case Tree(var key, Tree.BodyType value) ->
                    key == null ? List.of(value.inner()) : List.of(key.inner(), value.inner());
            case Custom(_, _, var used) -> used;
            case Scalar _, Bytes _, Bitmap _, Unused _, Check _ -> List.of();
        };
    }

    /// A number; `hint` is added to the error that is thrown if the number must be equal and is
    /// not.
    record Scalar(ScalarType type, @Nullable String hint) implements Element {
        @Override
        public String typeName() {
            return type.typeName();
        }
    }

    /// Bytes of a member, from `start` on; the field has their number.
    record Bytes(int start) implements Element {
        @Override
        public String typeName() {
            return TypeNames.BUFFER;
        }
    }

    /// Bits in 64-bit words; the field has their number.
    record Bitmap() implements Element {
        @Override
        public String typeName() {
            return TypeNames.BITMAP;
        }
    }

    /// A gap: zeros when saved, anything when loaded.
    record Unused(int size) implements Element {
        @Override
        public String typeName() {
            return TypeNames.UNUSED_BUFFER;
        }
    }

    /// The body of another description at its own version; `made` creates the state of an element
    /// that loading allocates.
    record Struct(Declaration inner, @Nullable StateFactory made) implements Element {
        @Override
        public String typeName() {
            return TypeNames.STRUCT;
        }
    }

    /// The body of another description, at a version that depends on the version of the enclosing
    /// body.
    ///
    /// @param versions maps the first outer version to the inner version it contains
    record VersionedStruct(Declaration inner, NavigableMap<Integer, Integer> versions)
            implements Element {
        /// Copies the map.
        public VersionedStruct {
            versions = Collections.unmodifiableNavigableMap(new TreeMap<>(versions));
        }

        /// Returns the inner version in a body of an outer version.
        public int version(int outer) {
            Map.Entry<Integer, Integer> last = versions.floorEntry(outer);
            return last != null ? last.getValue() : versions.firstEntry().getValue();
        }

        /// Returns a copy that uses another inner version from an outer version on.
        public VersionedStruct since(int outer, int inner) {
            NavigableMap<Integer, Integer> more = new TreeMap<>(versions);
            more.put(outer, inner);
            return new VersionedStruct(this.inner, more);
        }

        @Override
        public String typeName() {
            return TypeNames.VERSIONED_STRUCT;
        }
    }

    /// The body of a temporary object that is created from its parent for each save or load.
    record Temporary(Declaration inner, UnaryOperator<Object> ofParent) implements Element {
        @Override
        public String typeName() {
            return TypeNames.TEMPORARY;
        }
    }

    /// A tail queue or a list whose elements are bodies of another description; `made` creates
    /// them.
    record Queue(
            boolean list, Declaration inner, @Nullable StateFactory made, @Nullable String link)
            implements Element {
        @Override
        public String typeName() {
            return list ? TypeNames.LIST : TypeNames.TAIL_QUEUE;
        }
    }

    /// A sorted map; `key` is null if the keys are 64-bit numbers.
    record Tree(@Nullable BodyType key, BodyType value) implements Element {
        /// The keys or the values: their description and the factory that creates them.
        public record BodyType(Declaration inner, @Nullable StateFactory made) {}

        @Override
        public String typeName() {
            return TypeNames.TREE;
        }
    }

    /// An element that the caller's code loads and saves; `nested` contains the descriptions that
    /// the code was declared to use.
    record Custom(String typeName, ElementCodec codec, List<Declaration> nested)
            implements Element {}

    /// A test that must hold; it has no bytes.
    record Check() implements Element {
        @Override
        public String typeName() {
            return TypeNames.VALIDATE;
        }
    }
}
