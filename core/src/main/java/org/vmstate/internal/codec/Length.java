// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.CodeBuilder;

/// A number of elements or bytes in emitted code.
sealed interface Length {
    /// Pushes the number.
    void push(CodeBuilder code);

    /// A constant number.
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
