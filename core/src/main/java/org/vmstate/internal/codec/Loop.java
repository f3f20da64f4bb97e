// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;

/// A loop over constant indices; the constructor emits its beginning.
final class Loop {
    private final CodeBuilder code;
    private final int index;
    private final Label head;
    private final Label end;

    Loop(CodeBuilder code, int from, int to) {
        this.code = code;
        this.index = code.allocateLocal(TypeKind.INT);
        this.end = code.newLabel();
        code.loadConstant(from).istore(index);
        this.head = code.newBoundLabel();
        code.iload(index).loadConstant(to).if_icmpge(end);
    }

    /// The slot of the index.
    int index() {
        return index;
    }

    /// Emits the end of the loop.
    void end() {
        code.iinc(index, 1).goto_(head).labelBinding(end);
    }
}
