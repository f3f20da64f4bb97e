// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static org.vmstate.internal.codec.Types.desc;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.Collection;
import java.util.Iterator;
import org.vmstate.queue.TailQueue;

/// Iterates over a queue of objects with its iterator.
class IteratedQueueEmitter extends QueueEmitter {
    private static final ClassDesc ITERATOR = desc(Iterator.class);

    /// The slot of the queue.
    final int queue;

    /// The slot of the element at the cursor.
    final int cursor;

    /// The known type of the queue.
    final ClassDesc type;

    private final int iterator;
    private final boolean linked;

    /// Creates the code for a queue in a slot; `linked` is true for this library's own queues.
    IteratedQueueEmitter(
            CodeBuilder code,
            Constants constants,
            Step.Queue step,
            int queue,
            ClassDesc type,
            boolean linked) {
        super(code, constants, step);
        this.queue = queue;
        this.cursor = code.allocateLocal(TypeKind.REFERENCE);
        this.iterator = code.allocateLocal(TypeKind.REFERENCE);
        this.type = type;
        this.linked = linked;
    }

    @Override
    void first() {
        MethodTypeDesc iterators = MethodTypeDesc.of(ITERATOR);
        code.aload(queue);
        if (linked) {
            code.invokevirtual(type, "iterator", iterators);
        } else {
            code.invokeinterface(type, "iterator", iterators);
        }
        code.astore(iterator);
    }

    @Override
    void ifEnd(Label end) {
        code.aload(iterator).invokeinterface(ITERATOR, "hasNext", Types.TRUTH).ifeq(end);
        code.aload(iterator).invokeinterface(ITERATOR, "next", Types.OBJECT).astore(cursor);
    }

    @Override
    Place element() {
        int one = code.allocateLocal(TypeKind.REFERENCE);
        code.aload(cursor).checkcast(desc(step.element())).astore(one);
        return new Place.Reference(one);
    }

    @Override
    void object() {
        code.aload(cursor);
    }

    @Override
    void next() {}

    @Override
    void insert() {
        code.aload(queue);
        if (type.equals(desc(TailQueue.class))) {
            code.aload(made).invokevirtual(type, "insertTail", Types.OBJECT_TO_VOID);
        } else {
            ClassDesc collection = desc(Collection.class);
            code.checkcast(collection).aload(made);
            code.invokeinterface(collection, "add", MethodTypeDesc.of(CD_boolean, CD_Object)).pop();
        }
    }
}
