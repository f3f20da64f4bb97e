// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.CodeBuilder;

/// Where emitted code finds a structure, or the elements of a field.
sealed interface Place {
    /// An object or an array in a slot.
    record Reference(int slot) implements Place {}

    /// Memory in a segment, at an offset that is the sum of a slot's and a known one.
    ///
    /// @param segment the slot of the segment
    /// @param base the slot of a long, or [#NO_BASE]
    record Memory(int segment, int base, long offset) implements Place {
        static final int NO_BASE = -1;

        /// What lies further on.
        Memory plus(long further) {
            return new Memory(segment, base, offset + further);
        }

        /// Puts the offset on the stack.
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

    /// A place in the bytes of a stream: in the array in one slot, from the index in another on.
    record Bytes(int array, int index, int offset) {
        /// What lies further on.
        Bytes plus(int further) {
            return new Bytes(array, index, offset + further);
        }

        /// Puts array and index on the stack.
        void push(CodeBuilder code) {
            code.aload(array);
            pushIndex(code);
        }

        /// Puts the index on the stack.
        void pushIndex(CodeBuilder code) {
            code.iload(index);
            if (offset != 0) {
                code.loadConstant(offset).iadd();
            }
        }
    }
}
