// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static org.vmstate.internal.codec.Types.desc;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.MemorySegment;
import org.vmstate.queue.RawQueue;
import org.vmstate.queue.RawTailQueue;

/// Iterates over and fills a queue of C structures by addresses, so that neither the queue nor its
/// elements need an object.
///
/// Only used if saving the elements runs no user code, which could change the queue.
final class AddressedQueueEmitter extends QueueEmitter {
    private static final ClassDesc LAYOUT = desc(RawQueue.Offsets.class);
    private static final ClassDesc TAIL_LAYOUT = desc(RawTailQueue.Offsets.class);
    private static final ClassDesc SEGMENT = desc(MemorySegment.class);
    private static final MethodTypeDesc HEAD = MethodTypeDesc.of(CD_long, SEGMENT, CD_long);
    private static final MethodTypeDesc FIRST = MethodTypeDesc.of(CD_long, CD_long);
    private static final MethodTypeDesc NEXT = MethodTypeDesc.of(CD_long, CD_long, CD_long);
    private static final MethodTypeDesc ELEMENT = MethodTypeDesc.of(SEGMENT, CD_long);
    private static final MethodTypeDesc INSERT = MethodTypeDesc.of(CD_void, CD_long, SEGMENT);

    private final RawQueue.Offsets layout;
    private final int all;
    private final int head;
    private final int cursor;

    /// Creates the code for a queue whose head is at a place; `all` is the slot of
    /// `NativeMemory.ALL`.
    AddressedQueueEmitter(
            CodeBuilder code,
            Constants constants,
            Step.Queue step,
            RawQueue.Offsets layout,
            Place.Memory place,
            int all) {
        super(code, constants, step);
        this.layout = layout;
        this.all = all;
        this.head = code.allocateLocal(TypeKind.LONG);
        this.cursor = code.allocateLocal(TypeKind.LONG);
        layout();
        code.aload(place.segment());
        place.pushOffset(code);
        code.invokevirtual(LAYOUT, "head", HEAD).lstore(head);
    }

    private void layout() {
        constants.load(code, layout, RawQueue.Offsets.class);
    }

    @Override
    void first() {
        layout();
        code.lload(head).invokevirtual(LAYOUT, "first", FIRST).lstore(cursor);
    }

    @Override
    void ifEnd(Label end) {
        code.lload(cursor).lconst_0().lcmp().ifeq(end);
    }

    @Override
    Place element() {
        return new Place.Memory(all, cursor, 0);
    }

    @Override
    void object() {
        layout();
        code.lload(cursor).invokevirtual(LAYOUT, "element", ELEMENT);
    }

    @Override
    void next() {
        layout();
        code.lload(head).lload(cursor).invokevirtual(LAYOUT, "next", NEXT).lstore(cursor);
    }

    @Override
    void insert() {
        constants.load(code, layout, RawTailQueue.Offsets.class);
        code.lload(head).aload(made).invokevirtual(TAIL_LAYOUT, "insertTail", INSERT);
    }
}
