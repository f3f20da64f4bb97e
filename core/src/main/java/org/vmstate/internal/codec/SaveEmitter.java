// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_byte;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static org.vmstate.internal.codec.Types.BYTES;
import static org.vmstate.internal.codec.Types.desc;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.vmstate.internal.access.Count;
import org.vmstate.internal.compiled.PlannedBody;
import org.vmstate.internal.format.Framing;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.ElementCodec;
import org.vmstate.internal.layout.Hooks;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireWriter;

/// Emits the code that saves one body.
///
/// A run reserves its bytes, fills them and commits them at its end. Until then it can exit to the
/// plan.
final class SaveEmitter extends Emitter {
    static final ClassDesc WRITER = desc(WireWriter.class);

    /// A longer buffer is passed to the writer directly, so that the writer's buffer need not grow.
    private static final int MAX_RESERVED_BYTES = 1 << 15;

    private static final MethodTypeDesc FILL =
            MethodTypeDesc.of(CD_void, BYTES, CD_int, CD_int, CD_byte);
    private static final MethodTypeDesc CUSTOM =
            MethodTypeDesc.of(CD_void, WRITER, CD_Object, desc(VmDescWriter.class));
    private static final MethodTypeDesc AFTER =
            MethodTypeDesc.of(CD_void, desc(Exception.class), CD_Object);

    private SaveEmitter(CodeBuilder code, Context context, Step.Method method) {
        super(code, context, method);
    }

    /// Emits a method that saves a body or a part of one.
    static void emit(CodeBuilder code, Context context, Step.Method method) {
        SaveEmitter save = new SaveEmitter(code, context, method);
        switch (method) {
            case Step.Program program -> save.body(program);
            case Step.Fragment fragment -> save.fragment(fragment);
            case Step.PointerLoop loop -> save.loop(loop);
            case Step.StructMethod structure -> save.sharedStructure(structure);
            case Step.Group group -> save.group(group);
            case Step.SubsectionSwitch bodies -> save.subsectionSwitch(bodies);
            case Step.Needed(Step.Group group) -> save.needed(group);
        }
    }

    private void fragment(Step.Fragment fragment) {
        fragment.steps().forEach(this::step);
        code.return_();
    }

    private void sharedStructure(Step.StructMethod structure) {
        code.aload(stream).invokevirtual(WRITER, "buffer", MethodTypeDesc.of(BYTES)).astore(bytes);
        code.iload(version).istore(at);
        structure(structure);
    }

    private void body(Step.Program program) {
        Hooks hooks = program.layout().hooks();
        hook(hooks.preSave(), "preSave");
        Label start = code.newBoundLabel();
        program.steps().forEach(this::step);
        subsections(program.groups());
        Label end = code.newBoundLabel();
        hook(hooks.postSave(), "postSave");
        code.return_();
        boolean empty = program.steps().isEmpty() && program.groups().isEmpty();
        if (hooks.postSave() != null && !empty) {
            afterFailure(hooks.postSave(), start, end);
        }
    }

    @Override
    String name() {
        return "save";
    }

    @Override
    ClassDesc streamType() {
        return WRITER;
    }

    @Override
    MethodTypeDesc bodyType() {
        return MethodTypeDesc.of(CD_void, WRITER, CD_Object, CD_int);
    }

    private void afterFailure(Hooks.Hook hook, Label start, Label end) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        Label handler = code.newBoundLabel();
        code.astore(slot);
        constants.load(code, hook, Hooks.Hook.class);
        code.aload(slot).aload(state);
        code.invokeinterface(desc(Hooks.Hook.class), "runAfter", AFTER);
        code.aload(slot).athrow();
        code.exceptionCatch(start, end, handler, desc(Exception.class));
    }

    /// Pops a number of bytes and reserves them.
    private void reserve() {
        code.aload(stream).swap();
        code.invokevirtual(WRITER, "reserve", MethodTypeDesc.of(CD_int, CD_int)).istore(at);
        code.aload(stream).invokevirtual(WRITER, "buffer", MethodTypeDesc.of(BYTES)).astore(bytes);
    }

    /// Pops a number of bytes and commits them.
    private void commit() {
        code.aload(stream).swap().invokevirtual(WRITER, "commit", Types.INT_TO_VOID);
    }

    /// Writes a byte.
    private void u8(int value) {
        code.aload(stream).loadConstant(value).invokevirtual(WRITER, "u8", Types.INT_TO_VOID);
    }

    @Override
    void run(Step.Run run) {
        Exit exit = new Exit(code);
        Label start = code.newBoundLabel();
        int size = Item.bytes(run.items());
        code.loadConstant(size);
        reserve();
        items(run.items(), owner, here(), exit);
        code.loadConstant(size);
        commit();
        otherwise(exit, start, code.newBoundLabel(), run.from(), run.to());
    }

    @Override
    void word(List<Item.Scalar> parts, Place place, Place.Bytes to) {
        to.push(code);
        int shift = Long.SIZE;
        for (Item.Scalar part : parts) {
            boolean first = shift == Long.SIZE;
            shift -= 8 * part.bytes();
            values.get(place, part.spot());
            code.i2l();
            if (!first) {
                code.loadConstant((1L << (8 * part.bytes())) - 1).land();
            }
            if (shift > 0) {
                code.loadConstant(shift).lshl();
            }
            if (!first) {
                code.lor();
            }
        }
        code.invokestatic(Types.BIG_ENDIAN, "put", Types.put(Long.BYTES));
    }

    @Override
    void numbers(
            Place elements, Spot spot, ScalarType type, int first, Length count, Place.Bytes to) {
        values.save(elements, spot, type, first, count, to);
    }

    @Override
    void bytes(Place elements, int first, Length count, Place.Bytes to) {
        values.saveBytes(elements, first, count, to);
    }

    @Override
    void gap(Place.Bytes to, int count) {
        to.push(code);
        to.plus(count).pushIndex(code);
        code.iconst_0().invokestatic(desc(Arrays.class), "fill", FILL);
    }

    @Override
    void end(Item.Shape shape, Place.Bytes to, Exit exit) {
        // A structure that consists only of items has no subsections to write.
    }

    @Override
    void scalar(Spot spot, ScalarType type, Place place, Place.Bytes to, Exit exit) {
        Class<?> java = Wide.primitive(spot);
        if (Wide.isWider(java, type)) {
            values.get(place, spot);
            Wide.toLong(code, java);
            Wide.checkHolds(code, type, exit.use());
        }
        to.push(code);
        values.get(place, spot);
        if (java == double.class) {
            code.invokestatic(
                    desc(Double.class),
                    "doubleToRawLongBits",
                    MethodTypeDesc.of(CD_long, CD_double));
        } else if (java == float.class) {
            code.invokestatic(
                    desc(Float.class), "floatToRawIntBits", MethodTypeDesc.of(CD_int, CD_float));
        } else if (java == long.class && type.bytes() < Long.BYTES) {
            code.l2i();
        }
        if (type.bytes() == 1) {
            code.bastore();
        } else {
            if (type.bytes() == 2) {
                code.i2s();
            }
            code.invokestatic(Types.BIG_ENDIAN, "put", Types.put(type.bytes()));
        }
    }

    @Override
    int count(int field, Count count, String limit, Exit exit) {
        return count(field, count, exit);
    }

    @Override
    void numbers(
            Spot spot, ScalarType type, boolean allocated, int first, Length count, Exit exit) {
        Place elements = elements(owner, spot, first, count, exit);
        count.push(code);
        code.loadConstant(type.bytes()).imul();
        reserve();
        values.save(elements, spot, type, first, count, here());
        count.push(code);
        code.loadConstant(type.bytes()).imul();
        commit();
    }

    @Override
    void bytes(Step.Buffer step) {
        Exit exit = new Exit(code);
        Label none = code.newLabel();
        Length count = new Length.InSlot(count(step.field(), step.size(), exit));
        Label start = code.newBoundLabel();
        count.push(code);
        code.iflt(exit.use());
        count.push(code);
        code.ifeq(none);
        count.push(code);
        code.loadConstant(MAX_RESERVED_BYTES).if_icmpgt(exit.use());
        Place elements = elements(owner, step.spot(), step.start(), count, exit);
        count.push(code);
        reserve();
        values.saveBytes(elements, step.start(), count, here());
        count.push(code);
        commit();
        code.labelBinding(none);
        otherwise(exit, start, none, step.field());
    }

    @Override
    void pointers(Step.PointerLoop step, Place elements, Exit exit) {
        Item.Shape shape = step.shape();
        code.loadConstant(Math.max(shape.bytes(), 1) * step.count());
        reserve();
        Place.Bytes moving = here();
        Loop loop = new Loop(code, step.first(), step.first() + step.count());
        Label marker = code.newLabel();
        Label next = code.newLabel();
        Place inner = values.element(elements, loop.index(), step.spot(), shape.type(), marker);
        items(shape.items(), inner, moving, exit);
        code.iinc(moving.index(), shape.bytes()).goto_(next).labelBinding(marker);
        moving.push(code);
        code.loadConstant(Framing.NULL_POINTER).bastore();
        code.iinc(moving.index(), 1).labelBinding(next);
        loop.end();
        ahead(moving);
        commit();
    }

    @Override
    void struct(Step.Struct step) {
        Exit exit = new Exit(code);
        Label reach = code.newBoundLabel();
        int object = object(step.spot(), exit);
        Label start = code.newBoundLabel();
        call(step.callee(), object);
        Label end = code.newBoundLabel();
        path(start, end, name(step.field()));
        otherwise(exit, reach, start, step.field());
    }

    @Override
    void queue(Step.Queue step) {
        Exit exit = new Exit(code);
        Label reach = code.newBoundLabel();
        QueueEmitter queue = values.queue(owner, step, exit);
        int index = code.allocateLocal(TypeKind.INT);
        code.iconst_0().istore(index);
        Label start = code.newBoundLabel();
        queue.first();
        Label loop = code.newBoundLabel();
        Label end = code.newLabel();
        queue.ifEnd(end);
        element(step, queue);
        queue.next();
        code.iinc(index, 1).goto_(loop).labelBinding(end);
        u8(Framing.END);
        path(start, loop, name(step.field()));
        path(loop, end, index, name(step.field()));
        otherwise(exit, reach, start, step.field());
    }

    /// Saves an element of a queue.
    private void element(Step.Queue step, QueueEmitter queue) {
        Item.Shape shape = step.shape();
        if (shape == null) {
            apart(step.callee(), queue);
            return;
        }
        Exit exit = new Exit(code);
        Label start = code.newBoundLabel();
        Place one = queue.element();
        code.loadConstant(1 + shape.bytes());
        reserve();
        here().push(code);
        code.loadConstant(Framing.ELEMENT).bastore();
        items(shape.items(), one, here().plus(1), exit);
        code.loadConstant(1 + shape.bytes());
        commit();
        PlannedBody planned = constants.planned(elements(step));
        Step.Callee slow = new Step.Callee.Remote(planned, step.callee().version());
        orElse(exit, start, code.newBoundLabel(), () -> apart(slow, queue));
    }

    /// Saves an element with a body.
    private void apart(Step.Callee callee, QueueEmitter queue) {
        int element = code.allocateLocal(TypeKind.REFERENCE);
        queue.object();
        code.astore(element);
        u8(Framing.ELEMENT);
        call(callee, element);
    }

    @Override
    void custom(Step.Custom step) {
        int value = code.allocateLocal(TypeKind.REFERENCE);
        Label start = code.newBoundLabel();
        values.object(owner, step.spot());
        code.astore(value);
        constants.load(code, step.codec(), ElementCodec.class);
        code.aload(stream).aload(value).aconst_null();
        code.invokeinterface(desc(ElementCodec.class), "save", CUSTOM);
        Label end = code.newBoundLabel();
        path(start, end, name(step.field()));
    }

    /// Saves the subsections that are needed. All `needed` tests run before the first subsection is
    /// saved.
    private void subsections(List<Step.Group> groups) {
        if (groups.size() == 1) {
            subsectionsHere(groups.getFirst().subsections());
            return;
        }
        List<Integer> needed = new ArrayList<>();
        for (Step.Group group : groups) {
            int slot = code.allocateLocal(TypeKind.INT);
            needed.add(slot);
            method(new Step.Needed(group), version);
            code.istore(slot);
        }
        for (int i = 0; i < groups.size(); i++) {
            method(groups.get(i), needed.get(i));
        }
    }

    /// Saves the subsections of a group whose bits are set in the method's int.
    private void group(Step.Group group) {
        for (int i = 0; i < group.subsections().size(); i++) {
            Label skip = code.newLabel();
            code.iload(version).loadConstant(1 << i).iand().ifeq(skip);
            subsection(group.subsections().get(i));
            code.labelBinding(skip);
        }
        code.return_();
    }

    /// Returns a bit for each subsection of a group that is needed.
    private void needed(Step.Group group) {
        int bits = code.allocateLocal(TypeKind.INT);
        code.iconst_0().istore(bits);
        for (int i = 0; i < group.subsections().size(); i++) {
            needed(group.subsections().get(i));
            code.loadConstant(i).ishl().iload(bits).ior().istore(bits);
        }
        code.iload(bits).ireturn();
    }

    /// Pushes whether a subsection is needed.
    private void needed(Step.Subsection subsection) {
        Predicate<Object> test = subsection.layout().hooks().needed();
        if (test == null) {
            code.iconst_1();
        } else {
            Label start = code.newBoundLabel();
            constants.load(code, test, Predicate.class);
            code.aload(state);
            code.invokeinterface(
                    desc(Predicate.class), "test", MethodTypeDesc.of(CD_boolean, CD_Object));
            path(start, code.newBoundLabel(), subsection.layout().name());
        }
    }

    private void subsectionsHere(List<Step.Subsection> subsections) {
        List<Integer> needed = new ArrayList<>();
        for (Step.Subsection subsection : subsections) {
            int slot = code.allocateLocal(TypeKind.INT);
            needed.add(slot);
            needed(subsection);
            code.istore(slot);
        }
        for (int i = 0; i < subsections.size(); i++) {
            Label skip = code.newLabel();
            code.iload(needed.get(i)).ifeq(skip);
            subsection(subsections.get(i));
            code.labelBinding(skip);
        }
    }

    private void subsection(Step.Subsection subsection) {
        byte[] header = subsection.layout().subsectionHeader().toByteArray();
        code.loadConstant(header.length);
        reserve();
        for (Header.Chunk chunk : Header.chunks(header)) {
            here().plus(chunk.at()).push(code);
            code.loadConstant(chunk.value());
            if (chunk.bytes() == Long.BYTES) {
                code.invokestatic(Types.BIG_ENDIAN, "put", Types.put(Long.BYTES));
            } else {
                code.l2i().bastore();
            }
        }
        code.loadConstant(header.length);
        commit();
        Label start = code.newBoundLabel();
        call(subsection.callee(), state);
        Label end = code.newBoundLabel();
        path(start, end, subsection.layout().name());
    }
}
