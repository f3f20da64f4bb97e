// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;

/// A jump from something unusual to the code that leaves it to the plan.
final class Exit {
    private final Label label;
    private boolean used;

    Exit(CodeBuilder code) {
        label = code.newLabel();
    }

    /// Where to jump.
    Label use() {
        used = true;
        return label;
    }

    /// Where the code is bound that the jumps lead to.
    Label label() {
        return label;
    }

    /// Whether anything jumps there.
    boolean used() {
        return used;
    }
}
