// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.CodeBuilder;

/// The location of a structure, or of the elements of a field, in emitted code.
sealed interface Place {
    /// An object or an array in a slot.
    record Reference(int slot) implements Place {}

    /// Memory in a segment, at an offset that is the sum of a slot and a constant.
    ///
    /// @param segment the slot of the segment
    /// @param base the slot of a long, or [#NO_BASE]
    record Memory(int segment, int base, long offset) implements Place {
        static final int NO_BASE = -1;

        /// Returns this place moved by `further` bytes.
        Memory plus(long further) {
            return new Memory(segment, base, offset + further);
        }

        /// Pushes the offset.
        void pushOffset(CodeBuilder code) {
            if (base == NO_BASE) {
                code.loadConstant(offset);
            } else {
                code.lload(base);
                if (offset != 0) {
                    code.loadConstant(offset).ladd();
                }
            }
        }
    }

    /// A place in the bytes of a stream: an array and an index, each in a slot, and a constant
    /// offset.
    record Bytes(int array, int index, int offset) {
        /// Returns this place moved by `further` bytes.
        Bytes plus(int further) {
            return new Bytes(array, index, offset + further);
        }

        /// Pushes the array and the index.
        void push(CodeBuilder code) {
            code.aload(array);
            pushIndex(code);
        }

        /// Pushes the index.
        void pushIndex(CodeBuilder code) {
            code.iload(index);
            if (offset != 0) {
                code.loadConstant(offset).iadd();
            }
        }
    }
}
