// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.CodeBuilder;

/// How many, in emitted code.
sealed interface Length {
    /// Puts the number on the stack.
    void push(CodeBuilder code);

    /// A number that is known.
    record Known(int value) implements Length {
        @Override
        public void push(CodeBuilder code) {
            code.loadConstant(value);
        }
    }

    /// A number in a slot, 0 or more.
    record InSlot(int slot) implements Length {
        @Override
        public void push(CodeBuilder code) {
            code.iload(slot);
        }
    }
}
