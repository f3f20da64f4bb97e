// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static org.vmstate.internal.codec.Types.desc;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import org.vmstate.internal.layout.StateFactory;

/// Emits the code that iterates over one queue with a cursor and inserts new elements.
abstract class QueueEmitter {
    final CodeBuilder code;
    final Constants constants;
    final Step.Queue step;

    /// The slot of a new element.
    final int made;

    QueueEmitter(CodeBuilder code, Constants constants, Step.Queue step) {
        this.code = code;
        this.constants = constants;
        this.step = step;
        this.made = code.allocateLocal(TypeKind.REFERENCE);
    }

    /// Sets the cursor to the first element.
    abstract void first();

    /// Jumps if the cursor is after the last element.
    abstract void ifEnd(Label end);

    /// Returns the structure of the element at the cursor.
    abstract Place element();

    /// Pushes the element at the cursor as an object.
    abstract void object();

    /// Moves the cursor to the next element.
    abstract void next();

    /// Calls the factory and stores its result, unchecked, in [#made].
    void make() {
        StateFactory maker = step.made();
        if (maker == null) {
            throw new IllegalStateException("a queue has nothing to make its elements with");
        }
        constants.load(code, maker, StateFactory.class);
        code.invokeinterface(desc(StateFactory.class), "make", Types.OBJECT);
        code.astore(made);
    }

    /// Appends the new element.
    abstract void insert();
}
