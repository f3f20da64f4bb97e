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

/// What one element of a field is: its bytes, and what they mean.
public sealed interface Element {
    /// The name of this kind in the stream's description.
    String typeName();

    /// The descriptions of what is in an element: of a tree its keys' (unless these are numbers)
    /// and its values'.
    default List<Declaration> nested() {
        return switch (this) {
            case Struct(Declaration inner, _) -> List.of(inner);
            case VersionedStruct(Declaration inner, _) -> List.of(inner);
            case Temporary(Declaration inner, _) -> List.of(inner);
            case Queue(_, Declaration inner, _, _) -> List.of(inner);
            case Tree(var key, Tree.Part value) ->
                    key == null ? List.of(value.inner()) : List.of(key.inner(), value.inner());
            case Custom(_, _, var used) -> used;
            case Scalar _, Bytes _, Bitmap _, Unused _, Check _ -> List.of();
        };
    }

    /// A number; `hint` is added to the error when it must be equal and is not.
    record Scalar(ScalarType type, @Nullable String hint) implements Element {
        @Override
        public String typeName() {
            return type.typeName();
        }
    }

    /// Bytes as they are, from `start` of a member; the field says how many.
    record Bytes(int start) implements Element {
        @Override
        public String typeName() {
            return TypeNames.BUFFER;
        }
    }

    /// Bits in 64-bit words; the field says how many bits.
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

    /// The body of another description at its own version; `made` makes the state of an element
    /// that is allocated by loading it.
    record Struct(Declaration inner, @Nullable Maker made) implements Element {
        @Override
        public String typeName() {
            return TypeNames.STRUCT;
        }
    }

    /// The body of another description, at a version of it that depends on the version of the body
    /// it is in.
    ///
    /// @param versions the inner version by the first outer version that has it
    record VersionedStruct(Declaration inner, NavigableMap<Integer, Integer> versions)
            implements Element {
        /// A structure whose versions no longer change.
        public VersionedStruct {
            versions = Collections.unmodifiableNavigableMap(new TreeMap<>(versions));
        }

        /// The version in a body of that outer version.
        public int version(int outer) {
            Map.Entry<Integer, Integer> last = versions.floorEntry(outer);
            return last != null ? last.getValue() : versions.firstEntry().getValue();
        }

        /// The same, at another inner version from that outer version on.
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

    /// The body of an object that exists for the time of one save or load and sees its parent.
    record Temporary(Declaration inner, UnaryOperator<Object> ofParent) implements Element {
        @Override
        public String typeName() {
            return TypeNames.TEMPORARY;
        }
    }

    /// A tail queue, or a list, of the bodies of another description; `made` makes the elements.
    record Queue(boolean list, Declaration inner, @Nullable Maker made, @Nullable String link)
            implements Element {
        @Override
        public String typeName() {
            return list ? TypeNames.LIST : TypeNames.TAIL_QUEUE;
        }
    }

    /// A sorted map; `key` is null where keys are 64-bit numbers themselves.
    record Tree(@Nullable Part key, Part value) implements Element {
        /// Keys or values: their description and how to make one.
        public record Part(Declaration inner, @Nullable Maker made) {}

        @Override
        public String typeName() {
            return TypeNames.TREE;
        }
    }

    /// An element that the caller's own code loads and saves; `nested` are the descriptions that
    /// the code uses, as far as it was declared.
    record Custom(String typeName, ElementCodec codec, List<Declaration> nested)
            implements Element {}

    /// No bytes: only a test that must hold.
    record Check() implements Element {
        @Override
        public String typeName() {
            return TypeNames.VALIDATE;
        }
    }
}
