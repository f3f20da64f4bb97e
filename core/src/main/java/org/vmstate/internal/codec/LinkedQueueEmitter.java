// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;

/// Iterates over one of this library's queues by its links, without an iterator.
///
/// Only used if saving the elements runs no user code, which could change the queue.
final class LinkedQueueEmitter extends IteratedQueueEmitter {
    LinkedQueueEmitter(
            CodeBuilder code, Constants constants, Step.Queue step, int queue, ClassDesc type) {
        super(code, constants, step, queue, type, true);
    }

    @Override
    void first() {
        code.aload(queue).invokevirtual(type, "first", Types.OBJECT).astore(cursor);
    }

    @Override
    void ifEnd(Label end) {
        code.aload(cursor).ifnull(end);
    }

    @Override
    void next() {
        code.aload(queue).aload(cursor);
        code.invokevirtual(type, "next", Types.OBJECT_TO_OBJECT).astore(cursor);
    }
}
