// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.layout;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What one element of a field is: its bytes, and what they mean.
public sealed interface Element {
    /// The name of this kind in the stream's description.
    String typeName();

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
            return "buffer";
        }
    }

    /// Bits in 64-bit words; the field says how many bits.
    record Bitmap() implements Element {
        @Override
        public String typeName() {
            return "bitmap";
        }
    }

    /// A gap: zeros when saved, anything when loaded.
    record Unused(int size) implements Element {
        @Override
        public String typeName() {
            return "unused_buffer";
        }
    }

    /// The body of another description at its own version; `made` makes the state of an element
    /// that is allocated by loading it.
    record Struct(Layout layout, @Nullable Maker made) implements Element {
        @Override
        public String typeName() {
            return "struct";
        }
    }

    /// The body of another description at a version named here.
    record VersionedStruct(Layout layout, int version) implements Element {
        @Override
        public String typeName() {
            return "vstruct";
        }
    }

    /// The body of an object that exists for the time of one save or load and sees its parent.
    record Temporary(Layout layout, UnaryOperator<Object> ofParent) implements Element {
        @Override
        public String typeName() {
            return "tmp";
        }
    }

    /// A tail queue, or a list, of the bodies of another description; `made` makes the elements.
    record Queue(boolean list, Layout layout, @Nullable Maker made, @Nullable String link)
            implements Element {
        @Override
        public String typeName() {
            return list ? "qlist" : "qtailq";
        }
    }

    /// A sorted map; `key` is null where keys are 64-bit numbers themselves.
    record Tree(@Nullable Part key, Part value) implements Element {
        /// Keys or values: their description and how to make one.
        public record Part(Layout layout, @Nullable Maker made) {}

        @Override
        public String typeName() {
            return "gtree";
        }
    }

    /// An element that the caller's own code loads and saves.
    record Custom(String typeName, ElementCodec codec) implements Element {}

    /// No bytes: only a test that must hold.
    record Check() implements Element {
        @Override
        public String typeName() {
            return "validate";
        }
    }
}
