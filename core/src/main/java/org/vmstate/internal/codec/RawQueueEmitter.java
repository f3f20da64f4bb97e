// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_void;
import static org.vmstate.internal.codec.Types.desc;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import org.vmstate.queue.RawTailQueue;

/// Iterates over a queue of C structures with its iterator.
class RawQueueEmitter extends IteratedQueueEmitter {
    private static final ClassDesc TAIL_QUEUE = desc(RawTailQueue.class);

    /// Creates the code for a queue in a slot.
    RawQueueEmitter(CodeBuilder code, Constants constants, Step.Queue step, int queue) {
        super(code, constants, step, queue, desc(Iterable.class), false);
    }

    @Override
    void insert() {
        code.aload(queue).checkcast(TAIL_QUEUE).aload(made);
        code.invokevirtual(
                TAIL_QUEUE, "insertTail", MethodTypeDesc.of(CD_void, desc(MemorySegment.class)));
    }
}
