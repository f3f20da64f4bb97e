// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_byte;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;

import java.io.IOException;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.VariableMember;
import org.vmstate.internal.compiled.PlannedBody;
import org.vmstate.internal.layout.Count;
import org.vmstate.internal.layout.ElementCodec;
import org.vmstate.internal.layout.FieldLayout;
import org.vmstate.internal.layout.Hooks;
import org.vmstate.internal.layout.Layout;
import org.vmstate.internal.layout.ScalarType;
import org.vmstate.internal.plan.FieldSaver;
import org.vmstate.internal.plan.Saver;
import org.vmstate.queue.IntrusiveQueue;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireWriter;

/// The code that saves one body.
///
/// A run reserves its bytes, puts them, and commits them at its end: until then it can leave
/// everything to the plan.
final class SaveCode extends Code {
    static final ClassDesc WRITER = desc(WireWriter.class);

    private static final MethodTypeDesc FILL =
            MethodTypeDesc.of(CD_void, BYTES, CD_int, CD_int, CD_byte);
    private static final MethodTypeDesc INT_TO_VOID = MethodTypeDesc.of(CD_void, CD_int);
    private static final MethodTypeDesc CUSTOM =
            MethodTypeDesc.of(CD_void, WRITER, CD_Object, desc(VmDescWriter.class));
    private static final MethodTypeDesc AFTER =
            MethodTypeDesc.of(CD_void, desc(Exception.class), CD_Object);

    /// The slots of the writer's buffer and of the index in it.
    private final int buffer;

    private final int at;

    private SaveCode(CodeBuilder code, Context context, Step.Program program) {
        super(code, context, program);
        this.buffer = code.allocateLocal(TypeKind.REFERENCE);
        this.at = code.allocateLocal(TypeKind.INT);
    }

    /// Emits a method that saves a body.
    static void emit(CodeBuilder code, Context context, Step.Program program) {
        SaveCode save = new SaveCode(code, context, program);
        Hooks hooks = program.layout().hooks();
        if (hooks.preSave() != null) {
            save.hook(hooks.preSave());
        }
        Label start = code.newBoundLabel();
        program.steps().forEach(save::step);
        save.subsections(program.subsections());
        Label end = code.newBoundLabel();
        if (hooks.postSave() != null) {
            save.hook(hooks.postSave());
        }
        code.return_();
        boolean empty = program.steps().isEmpty() && program.subsections().isEmpty();
        if (hooks.postSave() != null && !empty) {
            save.afterFailure(hooks.postSave(), start, end, IOException.class);
            save.afterFailure(hooks.postSave(), start, end, RuntimeException.class);
        }
    }

    @Override
    String name() {
        return "save";
    }

    @Override
    MethodTypeDesc bodyType(ClassDesc result) {
        return MethodTypeDesc.of(result, WRITER, CD_Object, CD_int);
    }

    private void hook(Hooks.Hook hook) {
        constants.load(code, hook, Hooks.Hook.class);
        code.aload(state).invokeinterface(desc(Hooks.Hook.class), "run", OBJECT_TO_VOID);
    }

    private void afterFailure(Hooks.Hook hook, Label start, Label end, Class<?> failure) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        Label handler = code.newBoundLabel();
        code.astore(slot);
        constants.load(code, hook, Hooks.Hook.class);
        code.aload(slot).aload(state);
        code.invokeinterface(desc(Hooks.Hook.class), "runAfter", AFTER);
        code.aload(slot).athrow();
        code.exceptionCatch(start, end, handler, desc(failure));
    }

    @Override
    void step(Step step) {
        switch (step) {
            case Step.Run run -> run(run);
            case Step.Numbers numbers -> numbers(numbers);
            case Step.Bytes bytes -> bytes(bytes);
            case Step.Pointers pointers -> pointers(pointers);
            case Step.Struct struct -> struct(struct);
            case Step.Queue queue -> queue(queue);
            case Step.Custom custom -> custom(custom);
            case Step.Tested tested -> tested(tested);
            case Step.Planned(int from, int to, boolean exist) -> planned(from, to, exist);
        }
    }

    private void run(Step.Run run) {
        Exit exit = new Exit(code);
        int bytes = run.items().stream().mapToInt(Item::bytes).sum();
        code.loadConstant(bytes);
        reserve();
        items(run.items(), state, at, 0, exit);
        code.loadConstant(bytes);
        commit();
        otherwise(exit, run.from(), run.to());
    }

    /// Reserves as many bytes as the stack says.
    private void reserve() {
        int count = code.allocateLocal(TypeKind.INT);
        code.istore(count).aload(stream).iload(count);
        code.invokevirtual(WRITER, "reserve", MethodTypeDesc.of(CD_int, CD_int)).istore(at);
        code.aload(stream).invokevirtual(WRITER, "buffer", MethodTypeDesc.of(BYTES)).astore(buffer);
    }

    /// Commits as many bytes as the stack says.
    private void commit() {
        code.aload(stream).swap().invokevirtual(WRITER, "commit", INT_TO_VOID);
    }

    /// Puts items of the object in a slot behind the index in another.
    private void items(List<Item> items, int owner, int base, int offset, Exit exit) {
        int next = offset;
        for (Item item : items) {
            item(item, owner, base, next, exit);
            next += item.bytes();
        }
    }

    private void item(Item item, int owner, int base, int offset, Exit exit) {
        switch (item) {
            case Item.Scalar(VariableMember member, ScalarType type) ->
                    number(member, type, owner, base, offset, exit);
            case Item.Numbers(VariableMember member, ScalarType type, int first, int count) -> {
                int array = array(owner, member, first + count, exit);
                if (type.bytes() == 1) {
                    bytes(array, first, base, offset, count);
                } else {
                    code.aload(buffer);
                    index(base, offset);
                    code.aload(array).loadConstant(first).loadConstant(count);
                    code.invokestatic(BIG_ENDIAN, "put", many(member));
                }
            }
            case Item.Buffer(VariableMember member, int start, int count) ->
                    bytes(array(owner, member, start + count, exit), start, base, offset, count);
            case Item.Gap(int count) -> {
                code.aload(buffer);
                index(base, offset);
                index(base, offset + count);
                code.iconst_0().invokestatic(desc(java.util.Arrays.class), "fill", FILL);
            }
            case Item.Struct(VariableMember member, Item.Shape shape) -> {
                int object = object(owner, member, desc(shape.type()), exit);
                items(shape.items(), object, base, offset, exit);
            }
            case Item.Structs(VariableMember member, Item.Shape shape, int first, int count) -> {
                int array = array(owner, member, first + count, exit);
                int place = code.allocateLocal(TypeKind.INT);
                index(base, offset);
                code.istore(place);
                Loop loop = new Loop(code, first, first + count);
                int object = code.allocateLocal(TypeKind.REFERENCE);
                element(array, loop.index(), member, shape.type());
                code.astore(object).aload(object).ifnull(exit.use());
                items(shape.items(), object, place, 0, exit);
                code.iinc(place, shape.bytes());
                loop.end();
            }
        }
    }

    private void bytes(int array, int first, int base, int offset, int count) {
        if (count <= MAX_UNROLLED_BYTES) {
            for (int i = 0; i < count; i += step(count - i)) {
                code.aload(buffer);
                index(base, offset + i);
                code.aload(array).loadConstant(first + i);
                if (step(count - i) == Long.BYTES) {
                    code.invokestatic(
                            BIG_ENDIAN, "int64", MethodTypeDesc.of(CD_long, BYTES, CD_int));
                    code.invokestatic(BIG_ENDIAN, "put", one(Long.BYTES));
                } else {
                    code.baload().bastore();
                }
            }
            return;
        }
        code.aload(array).loadConstant(first).aload(buffer);
        index(base, offset);
        code.loadConstant(count);
        copy();
    }

    private void number(
            VariableMember member, ScalarType type, int owner, int base, int offset, Exit exit) {
        Class<?> java = member.type();
        if (Wide.isWider(java, type)) {
            get(owner, member);
            Wide.toLong(code, java);
            Wide.checkHolds(code, type, exit.use());
        }
        code.aload(buffer);
        index(base, offset);
        get(owner, member);
        if (java == double.class) {
            code.invokestatic(
                    desc(Double.class),
                    "doubleToRawLongBits",
                    MethodTypeDesc.of(CD_long, CD_double));
        } else if (java == long.class && type.bytes() < Long.BYTES) {
            code.l2i();
        }
        switch (type.bytes()) {
            case 1 -> code.bastore();
            case 2 -> code.i2s().invokestatic(BIG_ENDIAN, "put", one(2));
            default -> code.invokestatic(BIG_ENDIAN, "put", one(type.bytes()));
        }
    }

    private void numbers(Step.Numbers step) {
        Exit exit = new Exit(code);
        Label none = code.newLabel();
        int count = count(step.count(), exit);
        code.iload(count).ifle(none);
        int array = array(state, step.member(), exit);
        room(array, step.first(), count, exit);
        int bytes = step.type().bytes();
        code.iload(count).loadConstant((Integer.MAX_VALUE - 8) / bytes).if_icmpgt(exit.use());
        code.iload(count).loadConstant(bytes).imul();
        reserve();
        if (bytes == 1) {
            code.aload(array).loadConstant(step.first()).aload(buffer).iload(at).iload(count);
            copy();
        } else {
            code.aload(buffer).iload(at);
            code.aload(array).loadConstant(step.first()).iload(count);
            code.invokestatic(BIG_ENDIAN, "put", many(step.member()));
        }
        code.iload(count).loadConstant(bytes).imul();
        commit();
        code.labelBinding(none);
        otherwise(exit, step.field(), step.field() + 1);
    }

    private void bytes(Step.Bytes step) {
        Exit exit = new Exit(code);
        Label none = code.newLabel();
        int count = count(step.size(), exit);
        code.iload(count).iflt(exit.use()).iload(count).ifeq(none);
        int array = array(state, step.member(), exit);
        room(array, step.start(), count, exit);
        code.aload(stream).aload(array).loadConstant(step.start()).iload(count);
        code.invokevirtual(WRITER, "bytes", MethodTypeDesc.of(CD_void, BYTES, CD_int, CD_int));
        code.labelBinding(none);
        otherwise(exit, step.field(), step.field() + 1);
    }

    /// Asks the state for a count, which has to be an int.
    private int count(Count count, Exit exit) {
        int asLong = code.allocateLocal(TypeKind.LONG);
        int slot = code.allocateLocal(TypeKind.INT);
        constants.load(code, count, Count.class);
        code.aload(state).invokeinterface(desc(Count.class), "of", OBJECT_TO_LONG).lstore(asLong);
        code.lload(asLong).l2i().istore(slot);
        code.lload(asLong).iload(slot).i2l().lcmp().ifne(exit.use());
        return slot;
    }

    private void room(int array, int first, int count, Exit exit) {
        code.aload(array).arraylength().loadConstant(first).isub().iload(count);
        code.if_icmplt(exit.use());
    }

    private void pointers(Step.Pointers step) {
        Exit exit = new Exit(code);
        int size = step.shape().bytes();
        int array = array(state, step.member(), step.first() + step.count(), exit);
        code.loadConstant(Math.max(size, 1) * step.count());
        reserve();
        int place = code.allocateLocal(TypeKind.INT);
        int object = code.allocateLocal(TypeKind.REFERENCE);
        code.iload(at).istore(place);
        Loop loop = new Loop(code, step.first(), step.first() + step.count());
        Label marker = code.newLabel();
        Label next = code.newLabel();
        element(array, loop.index(), step.member(), step.shape().type());
        code.astore(object).aload(object).ifnull(marker);
        items(step.shape().items(), object, place, 0, exit);
        code.iinc(place, size).goto_(next).labelBinding(marker);
        code.aload(buffer).iload(place).loadConstant(FieldSaver.NULL_MARKER).bastore();
        code.iinc(place, 1).labelBinding(next);
        loop.end();
        code.iload(place).iload(at).isub();
        commit();
        otherwise(exit, step.field(), step.field() + 1);
    }

    private void struct(Step.Struct step) {
        Exit exit = new Exit(code);
        int object = object(state, step.member(), CD_Object, exit);
        Label start = code.newBoundLabel();
        call(step.callee(), object, CD_void);
        Label end = code.newBoundLabel();
        path(start, end, -1, layout.fields().get(step.field()).name());
        otherwise(exit, step.field(), step.field() + 1);
    }

    private void queue(Step.Queue step) {
        Exit exit = new Exit(code);
        VariableMember member = step.member();
        boolean linked = IntrusiveQueue.class.isAssignableFrom(member.type());
        ClassDesc type = linked ? desc(member.type()) : desc(Iterable.class);
        int queue = object(state, member, type, exit);
        int object = code.allocateLocal(TypeKind.REFERENCE);
        int index = code.allocateLocal(TypeKind.INT);
        int iterator = code.allocateLocal(TypeKind.REFERENCE);
        boolean byLinks = linked && step.shape() != null;
        code.iconst_0().istore(index);
        if (byLinks) {
            code.aload(queue).invokevirtual(type, "first", OBJECT).astore(object);
        } else {
            code.aload(queue);
            MethodTypeDesc iterators = MethodTypeDesc.of(desc(Iterator.class));
            if (linked) {
                code.invokevirtual(type, "iterator", iterators);
            } else {
                code.invokeinterface(type, "iterator", iterators);
            }
            code.astore(iterator);
        }
        Label loop = code.newBoundLabel();
        Label end = code.newLabel();
        if (byLinks) {
            code.aload(object).ifnull(end);
        } else {
            code.aload(iterator);
            code.invokeinterface(desc(Iterator.class), "hasNext", MethodTypeDesc.of(CD_boolean));
            code.ifeq(end).aload(iterator);
            code.invokeinterface(desc(Iterator.class), "next", OBJECT).astore(object);
        }
        Label stop = code.newLabel();
        Label start = element(step, object, stop);
        code.labelBinding(stop);
        if (byLinks) {
            code.aload(queue).aload(object);
            code.invokevirtual(type, "next", MethodTypeDesc.of(CD_Object, CD_Object))
                    .astore(object);
        }
        code.iinc(index, 1).goto_(loop).labelBinding(end);
        code.aload(stream).iconst_0().invokevirtual(WRITER, "u8", INT_TO_VOID);
        if (start != null) {
            path(start, stop, index, layout.fields().get(step.field()).name());
        }
        otherwise(exit, step.field(), step.field() + 1);
    }

    private Layout layoutOf(Step.Queue step) {
        FieldLayout field = layout.fields().get(step.field());
        return ((org.vmstate.internal.layout.Element.Queue) field.element()).layout();
    }

    /// Saves an element of a queue, and ends in front of `stop`; returns where the code begins
    /// whose errors lack the index, or null where there is no such code.
    private @Nullable Label element(Step.Queue step, int object, Label stop) {
        Item.Shape shape = step.shape();
        if (shape == null) {
            return apart(step.callee(), object);
        }
        Exit exit = new Exit(code);
        int one = code.allocateLocal(TypeKind.REFERENCE);
        code.aload(object).checkcast(desc(step.element())).astore(one);
        code.loadConstant(1 + shape.bytes());
        reserve();
        code.aload(buffer).iload(at).iconst_1().bastore();
        items(shape.items(), one, at, 1, exit);
        code.loadConstant(1 + shape.bytes());
        commit();
        if (!exit.used()) {
            return null;
        }
        code.goto_(stop).labelBinding(exit.label);
        PlannedBody planned = new PlannedBody(layoutOf(step));
        return apart(new Step.Callee.Remote(planned, step.callee().version()), object);
    }

    /// Saves an element by a body.
    private Label apart(Step.Callee callee, int object) {
        code.aload(stream).iconst_1().invokevirtual(WRITER, "u8", INT_TO_VOID);
        Label start = code.newBoundLabel();
        call(callee, object, CD_void);
        return start;
    }

    private void custom(Step.Custom step) {
        Label start = code.newBoundLabel();
        constants.load(code, step.codec(), ElementCodec.class);
        code.aload(stream);
        get(state, step.member());
        code.aconst_null().invokeinterface(desc(ElementCodec.class), "save", CUSTOM);
        Label end = code.newBoundLabel();
        path(start, end, -1, layout.fields().get(step.field()).name());
    }

    private void subsections(List<Step.Subsection> subsections) {
        List<Integer> needed = new ArrayList<>();
        for (Step.Subsection subsection : subsections) {
            int slot = code.allocateLocal(TypeKind.INT);
            needed.add(slot);
            Predicate<Object> test = subsection.layout().hooks().needed();
            if (test == null) {
                code.iconst_1();
            } else {
                constants.load(code, test, Predicate.class);
                code.aload(state);
                code.invokeinterface(
                        desc(Predicate.class), "test", MethodTypeDesc.of(CD_boolean, CD_Object));
            }
            code.istore(slot);
        }
        for (int i = 0; i < subsections.size(); i++) {
            Step.Subsection subsection = subsections.get(i);
            Label skip = code.newLabel();
            code.iload(needed.get(i)).ifeq(skip);
            byte[] header = Saver.header(subsection.layout());
            code.loadConstant(header.length);
            reserve();
            constants.load(code, header, byte[].class);
            code.iconst_0().aload(buffer).iload(at).loadConstant(header.length);
            copy();
            code.loadConstant(header.length);
            commit();
            Label start = code.newBoundLabel();
            call(subsection.callee(), state, CD_void);
            Label end = code.newBoundLabel();
            path(start, end, -1, subsection.layout().name());
            code.labelBinding(skip);
        }
    }
}
