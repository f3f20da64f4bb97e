// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;

/// A jump from the fast path to the code that handles an unusual case with the plan.
final class Exit {
    private final Label label;
    private boolean used;

    Exit(CodeBuilder code) {
        label = code.newLabel();
    }

    /// Returns the label to jump to.
    Label use() {
        used = true;
        return label;
    }

    /// Returns the label to bind to the code for the unusual case.
    Label label() {
        return label;
    }

    /// Whether anything jumps there.
    boolean used() {
        return used;
    }
}
