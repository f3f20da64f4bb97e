// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_short;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.VariableMember;
import org.vmstate.internal.compiled.PlannedBody;
import org.vmstate.internal.compiled.PlannedSubsections;
import org.vmstate.internal.layout.Count;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.ElementCodec;
import org.vmstate.internal.layout.Hooks;
import org.vmstate.internal.layout.Layout;
import org.vmstate.internal.layout.Maker;
import org.vmstate.internal.layout.ScalarType;
import org.vmstate.internal.plan.FieldSaver;
import org.vmstate.internal.plan.Saver;
import org.vmstate.queue.TailQueue;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// The code that loads one body; what it returns is what [org.vmstate.internal.compiled.Body#load]
/// does.
///
/// A run locates its bytes, takes values from them, and passes over them at its end: until then it
/// can leave everything to the plan, which sets the same members to the same values once more.
final class LoadCode extends Code {
    static final ClassDesc READER = desc(WireReader.class);

    private static final MethodTypeDesc EQUALS =
            MethodTypeDesc.of(CD_boolean, BYTES, CD_int, CD_int, BYTES, CD_int, CD_int);
    private static final MethodTypeDesc CHECK_ELEMENTS =
            MethodTypeDesc.of(CD_void, CD_long, CD_String, CD_long);
    private static final MethodTypeDesc CUSTOM = MethodTypeDesc.of(CD_Object, READER, CD_Object);
    private static final MethodTypeDesc LOCATE = MethodTypeDesc.of(CD_int, CD_int);
    private static final MethodTypeDesc WINDOW = MethodTypeDesc.of(BYTES);
    private static final ClassDesc LIMITS = desc(ReadLimits.class);

    /// The slots of the reader's window, of the index in it, and of what is returned.
    private final int window;

    private final int at;
    private final int pastEnd;

    private LoadCode(CodeBuilder code, Context context, Step.Program program) {
        super(code, context, program);
        this.window = code.allocateLocal(TypeKind.REFERENCE);
        this.at = code.allocateLocal(TypeKind.INT);
        this.pastEnd = code.allocateLocal(TypeKind.INT);
        code.iconst_0().istore(pastEnd);
    }

    /// Emits a method that loads a body.
    static void emit(CodeBuilder code, Context context, Step.Program program) {
        LoadCode load = new LoadCode(code, context, program);
        Hooks hooks = program.layout().hooks();
        if (hooks.preLoad() != null) {
            load.constants.load(code, hooks.preLoad(), Hooks.Hook.class);
            code.aload(load.state);
            code.invokeinterface(desc(Hooks.Hook.class), "run", OBJECT_TO_VOID);
        }
        program.steps().forEach(load::step);
        load.subsections(program.subsections());
        if (hooks.postLoad() != null) {
            load.constants.load(code, hooks.postLoad(), Hooks.PostLoad.class);
            code.aload(load.state).iload(load.version);
            code.invokeinterface(
                    desc(Hooks.PostLoad.class),
                    "run",
                    MethodTypeDesc.of(CD_void, CD_Object, CD_int));
        }
        code.iload(load.pastEnd).ireturn();
    }

    @Override
    String name() {
        return "load";
    }

    @Override
    MethodTypeDesc bodyType(ClassDesc result) {
        return MethodTypeDesc.of(result, READER, CD_Object, CD_int);
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
        code.loadConstant(Item.extent(run.items()));
        locate(exit);
        items(run.items(), state, at, 0, exit);
        code.loadConstant(run.items().stream().mapToInt(Item::bytes).sum());
        skip();
        otherwise(exit, run.from(), run.to());
    }

    /// Locates as many bytes as the stack says.
    private void locate(Exit exit) {
        code.aload(stream).swap();
        code.invokevirtual(READER, "locate", LOCATE).istore(at);
        code.iload(at).iflt(exit.use());
        code.aload(stream).invokevirtual(READER, "window", WINDOW).astore(window);
    }

    /// Passes over as many bytes as the stack says.
    private void skip() {
        int count = code.allocateLocal(TypeKind.INT);
        code.istore(count).aload(stream).iload(count).i2l();
        code.invokevirtual(READER, "skip", MethodTypeDesc.of(CD_void, CD_long));
    }

    /// Takes items of the object in a slot from behind the index in another.
    private void items(List<Item> items, int owner, int base, int offset, Exit exit) {
        int next = offset;
        for (Item item : items) {
            item(item, owner, base, next, exit);
            next += item.bytes();
        }
    }

    private void item(Item item, int owner, int base, int offset, Exit exit) {
        switch (item) {
            case Item.Scalar(VariableMember member, ScalarType type) -> {
                if (type.check() == ScalarType.Check.NONE) {
                    reach(owner, member);
                    number(member.type(), type, base, offset);
                    set(member);
                } else {
                    checked(member, type, owner, base, offset, exit);
                }
            }
            case Item.Numbers(VariableMember member, ScalarType type, int first, int count) -> {
                int array = array(owner, member, first + count, exit);
                if (type.bytes() == 1) {
                    bytes(array, first, base, offset, count);
                } else {
                    code.aload(window);
                    index(base, offset);
                    code.aload(array).loadConstant(first).loadConstant(count);
                    code.invokestatic(BIG_ENDIAN, "get", many(member));
                }
            }
            case Item.Buffer(VariableMember member, int start, int count) ->
                    bytes(array(owner, member, start + count, exit), start, base, offset, count);
            case Item.Gap _ -> {}
            case Item.Struct(VariableMember member, Item.Shape shape) -> {
                int object = object(owner, member, desc(shape.type()), exit);
                items(shape.items(), object, base, offset, exit);
                noSubsection(base, offset + shape.bytes(), shape.name(), exit);
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
                noSubsection(place, 0, shape.name(), exit);
                loop.end();
            }
        }
    }

    /// Goes on only where no subsection of a description can begin.
    private void noSubsection(int base, int offset, String parent, Exit exit) {
        Label none = code.newLabel();
        code.aload(window);
        index(base, offset);
        code.baload().loadConstant(Saver.SUBSECTION).if_icmpne(none);
        code.aload(stream);
        index(base, offset);
        code.iload(at).isub();
        mayBeSubsection(parent);
        code.ifne(exit.use()).labelBinding(none);
    }

    /// Takes a reader and how far ahead a subsection may begin.
    private void mayBeSubsection(String parent) {
        constants.load(code, parent.getBytes(StandardCharsets.UTF_8), byte[].class);
        code.invokestatic(
                BODY, "mayBeSubsection", MethodTypeDesc.of(CD_boolean, READER, CD_int, BYTES));
    }

    private void bytes(int array, int first, int base, int offset, int count) {
        if (count <= MAX_UNROLLED_BYTES) {
            for (int i = 0; i < count; i += step(count - i)) {
                code.aload(array).loadConstant(first + i).aload(window);
                index(base, offset + i);
                if (step(count - i) == Long.BYTES) {
                    take("int64", CD_long);
                    code.invokestatic(BIG_ENDIAN, "put", one(Long.BYTES));
                } else {
                    code.baload().bastore();
                }
            }
            return;
        }
        code.aload(window);
        index(base, offset);
        code.aload(array).loadConstant(first).loadConstant(count);
        copy();
    }

    /// Puts a number on the stack, as a primitive takes it.
    private void number(Class<?> java, ScalarType type, int base, int offset) {
        code.aload(window);
        index(base, offset);
        boolean extend = Wide.isWider(java, type) && !type.signed();
        switch (type.bytes()) {
            case 1 -> {
                code.baload();
                if (type == ScalarType.BOOL) {
                    code.dup().ineg().ior().loadConstant(31).iushr();
                } else if (extend) {
                    code.loadConstant(0xff).iand();
                }
            }
            case 2 -> {
                take("int16", CD_short);
                if (extend) {
                    code.loadConstant(0xffff).iand();
                }
            }
            case 4 -> take("int32", CD_int);
            default -> take("int64", CD_long);
        }
        if (type.bytes() < Long.BYTES && java == long.class) {
            code.i2l();
            if (extend && type.bytes() == Integer.BYTES) {
                code.loadConstant(0xffff_ffffL).land();
            }
        } else if (java == double.class) {
            code.invokestatic(
                    desc(Double.class), "longBitsToDouble", MethodTypeDesc.of(CD_double, CD_long));
        }
    }

    private void take(String method, ClassDesc result) {
        code.invokestatic(BIG_ENDIAN, method, MethodTypeDesc.of(result, BYTES, CD_int));
    }

    private void checked(
            VariableMember member, ScalarType type, int owner, int base, int offset, Exit exit) {
        Class<?> java = member.type();
        int value = code.allocateLocal(TypeKind.LONG);
        int current = code.allocateLocal(TypeKind.LONG);
        number(long.class, type, base, offset);
        code.lstore(value);
        get(owner, member);
        Wide.toLong(code, java);
        Wide.interpret(code, type);
        code.lstore(current);
        if (type.check() == ScalarType.Check.EQUAL) {
            code.lload(value).lload(current).lcmp().ifne(exit.use());
        } else {
            code.lload(value).lconst_0().lcmp().iflt(exit.use());
            code.lload(value).lload(current).lcmp().ifgt(exit.use());
        }
        reach(owner, member);
        code.lload(value);
        if (java != long.class) {
            code.l2i();
        }
        set(member);
    }

    private void numbers(Step.Numbers step) {
        Exit exit = new Exit(code);
        Label none = code.newLabel();
        int bytes = step.type().bytes();
        int count = count(step.count(), "maxElements", exit);
        code.iload(count).ifle(none);
        code.iload(count).loadConstant((Integer.MAX_VALUE - 8) / bytes).if_icmpgt(exit.use());
        code.iload(count).loadConstant(bytes).imul();
        locate(exit);
        int array = target(step.member(), step.allocated(), step.first(), count, exit);
        if (bytes == 1) {
            code.aload(window).iload(at).aload(array).loadConstant(step.first()).iload(count);
            copy();
        } else {
            code.aload(window).iload(at);
            code.aload(array).loadConstant(step.first()).iload(count);
            code.invokestatic(BIG_ENDIAN, "get", many(step.member()));
        }
        code.iload(count).loadConstant(bytes).imul();
        skip();
        code.labelBinding(none);
        otherwise(exit, step.field(), step.field() + 1);
    }

    private void bytes(Step.Bytes step) {
        Exit exit = new Exit(code);
        Label none = code.newLabel();
        int count = count(step.size(), "maxBufferBytes", exit);
        code.iload(count).iflt(exit.use()).iload(count).ifeq(none);
        code.iload(count);
        locate(exit);
        int array = target(step.member(), step.allocated(), step.start(), count, exit);
        code.aload(window).iload(at).aload(array).loadConstant(step.start()).iload(count);
        copy();
        code.iload(count);
        skip();
        code.labelBinding(none);
        otherwise(exit, step.field(), step.field() + 1);
    }

    /// The array to load into: the one that is there, or a new one.
    private int target(VariableMember member, boolean allocated, int first, int count, Exit exit) {
        if (!allocated) {
            int array = array(state, member, exit);
            code.aload(array).arraylength().loadConstant(first).isub().iload(count);
            code.if_icmplt(exit.use());
            return array;
        }
        if (first > 0) {
            code.goto_(exit.use());
        }
        int array = code.allocateLocal(TypeKind.REFERENCE);
        code.iload(count);
        code.newarray(TypeKind.from(desc(member.type().getComponentType()))).astore(array);
        reach(state, member);
        code.aload(array);
        set(member);
        return array;
    }

    /// Asks the state for a count, which has to be an int within a limit.
    private int count(Count count, String limit, Exit exit) {
        int asLong = code.allocateLocal(TypeKind.LONG);
        int slot = code.allocateLocal(TypeKind.INT);
        constants.load(code, count, Count.class);
        code.aload(state).invokeinterface(desc(Count.class), "of", OBJECT_TO_LONG).lstore(asLong);
        code.lload(asLong).l2i().istore(slot);
        code.lload(asLong).iload(slot).i2l().lcmp().ifne(exit.use());
        code.iload(slot);
        limits();
        code.invokevirtual(LIMITS, limit, INT).if_icmpgt(exit.use());
        return slot;
    }

    private void limits() {
        code.aload(stream).invokevirtual(READER, "limits", MethodTypeDesc.of(LIMITS));
    }

    private void pointers(Step.Pointers step) {
        Exit exit = new Exit(code);
        Item.Shape shape = step.shape();
        int last = step.first() + step.count();
        int array = array(state, step.member(), last, exit);
        locatePointers(array, step.first(), last, shape.bytes(), exit);
        int place = code.allocateLocal(TypeKind.INT);
        int object = code.allocateLocal(TypeKind.REFERENCE);
        code.iload(at).istore(place);
        Loop loop = new Loop(code, step.first(), last);
        Label marker = code.newLabel();
        Label next = code.newLabel();
        element(array, loop.index(), step.member(), shape.type());
        code.astore(object).aload(object).ifnull(marker);
        items(shape.items(), object, place, 0, exit);
        code.iinc(place, shape.bytes());
        noSubsection(place, 0, shape.name(), exit);
        code.goto_(next).labelBinding(marker);
        code.aload(window).iload(place).baload().loadConstant(FieldSaver.NULL_MARKER);
        code.if_icmpne(exit.use()).iinc(place, 1).labelBinding(next);
        loop.end();
        code.iload(place).iload(at).isub();
        skip();
        otherwise(exit, step.field(), step.field() + 1);
    }

    /// Locates the bytes that the elements have as the state is: one for each null.
    private void locatePointers(int array, int first, int last, int bytes, Exit exit) {
        int total = code.allocateLocal(TypeKind.INT);
        int extra = code.allocateLocal(TypeKind.INT);
        code.iconst_0().istore(total).iconst_0().istore(extra);
        Loop loop = new Loop(code, first, last);
        Label isNull = code.newLabel();
        Label next = code.newLabel();
        code.aload(array).iload(loop.index()).aaload().ifnull(isNull);
        code.iinc(total, bytes).iconst_1().istore(extra).goto_(next);
        code.labelBinding(isNull).iinc(total, 1).iconst_0().istore(extra).labelBinding(next);
        loop.end();
        code.iload(total).iload(extra).iadd();
        locate(exit);
    }

    private void struct(Step.Struct step) {
        Exit exit = new Exit(code);
        int object = object(state, step.member(), CD_Object, exit);
        int past = code.allocateLocal(TypeKind.INT);
        Label start = code.newBoundLabel();
        call(step.callee(), object, CD_boolean);
        code.istore(past);
        checkNotPastEnd(past);
        Label end = code.newBoundLabel();
        path(start, end, -1, layout.fields().get(step.field()).name());
        otherwise(exit, step.field(), step.field() + 1);
    }

    private void checkNotPastEnd(int past) {
        code.iload(past).aload(stream);
        code.invokestatic(BODY, "checkNotPastEnd", MethodTypeDesc.of(CD_void, CD_boolean, READER));
    }

    private void queue(Step.Queue step) {
        Exit exit = new Exit(code);
        boolean tail = step.member().type() == TailQueue.class;
        ClassDesc type = tail ? desc(TailQueue.class) : COLLECTION;
        int queue = object(state, step.member(), type, exit);
        int one = code.allocateLocal(TypeKind.REFERENCE);
        int index = code.allocateLocal(TypeKind.INT);
        int past = code.allocateLocal(TypeKind.INT);
        code.iconst_0().istore(index).iconst_0().istore(past);
        Label start = code.newBoundLabel();
        Label end = code.newLabel();
        code.aload(stream).invokevirtual(READER, "u8", INT).ifeq(end);
        limits();
        code.iload(index).iconst_1().iadd().i2l().loadConstant("a queue").aload(stream);
        code.invokevirtual(READER, "position", MethodTypeDesc.of(CD_long));
        code.invokevirtual(LIMITS, "checkElements", CHECK_ELEMENTS);
        Label startOne = code.newBoundLabel();
        constants.load(code, maker(step), Maker.class);
        code.invokeinterface(desc(Maker.class), "make", OBJECT);
        code.checkcast(desc(step.element())).astore(one);
        element(step.shape(), step.callee(), layoutOf(step), one, past);
        code.aload(queue).aload(one);
        if (tail) {
            code.invokevirtual(type, "insertTail", OBJECT_TO_VOID);
        } else {
            code.invokeinterface(type, "add", MethodTypeDesc.of(CD_boolean, CD_Object)).pop();
        }
        Label endOne = code.newBoundLabel();
        code.iinc(index, 1).goto_(start).labelBinding(end);
        checkNotPastEnd(past);
        Label stop = code.newBoundLabel();
        String name = layout.fields().get(step.field()).name();
        path(startOne, endOne, index, name);
        path(start, stop, -1, name);
        otherwise(exit, step.field(), step.field() + 1);
    }

    private static Maker maker(Step.Queue step) {
        if (step.made() == null) {
            throw new IllegalStateException("a queue has nothing to make its elements with");
        }
        return step.made();
    }

    private Layout layoutOf(Step.Queue step) {
        return ((Element.Queue) layout.fields().get(step.field()).element()).layout();
    }

    /// Loads an element of a queue; the plan does it if something is unusual, or was before.
    private void element(
            Item.@Nullable Shape shape, Step.Callee callee, Layout inner, int one, int past) {
        Exit exit = new Exit(code);
        Label loaded = code.newLabel();
        code.iload(past).ifne(exit.use());
        if (shape == null) {
            call(callee, one, CD_boolean);
            code.istore(past);
        } else {
            code.loadConstant(Math.max(Item.extent(shape.items()), shape.bytes() + 1));
            locate(exit);
            items(shape.items(), one, at, 0, exit);
            noSubsection(at, shape.bytes(), shape.name(), exit);
            code.loadConstant(shape.bytes());
            skip();
        }
        code.goto_(loaded).labelBinding(exit.label);
        constants.load(code, new PlannedBody(inner), PlannedBody.class);
        code.aload(stream).aload(one).loadConstant(callee.version()).iload(past);
        code.invokevirtual(
                desc(PlannedBody.class),
                "load",
                MethodTypeDesc.of(CD_boolean, READER, CD_Object, CD_int, CD_boolean));
        code.istore(past).labelBinding(loaded);
    }

    private void custom(Step.Custom step) {
        int current = code.allocateLocal(TypeKind.REFERENCE);
        int value = code.allocateLocal(TypeKind.REFERENCE);
        get(state, step.member());
        code.astore(current);
        Label start = code.newBoundLabel();
        constants.load(code, step.codec(), ElementCodec.class);
        code.aload(stream).aload(current);
        code.invokeinterface(desc(ElementCodec.class), "load", CUSTOM).astore(value);
        Label end = code.newBoundLabel();
        Label same = code.newLabel();
        code.aload(value).aload(current).if_acmpeq(same);
        reach(state, step.member());
        code.aload(value).checkcast(desc(step.member().type()));
        set(step.member());
        code.labelBinding(same);
        path(start, end, -1, layout.fields().get(step.field()).name());
    }

    private void subsections(List<Step.Subsection> subsections) {
        Label loop = code.newBoundLabel();
        Label begun = code.newLabel();
        Label done = code.newLabel();
        code.aload(stream).iconst_1();
        code.invokevirtual(READER, "locate", LOCATE).istore(at);
        code.iload(at).ifge(begun).iconst_1().istore(pastEnd).goto_(done).labelBinding(begun);
        code.aload(stream).invokevirtual(READER, "window", WINDOW);
        code.iload(at).baload().loadConstant(Saver.SUBSECTION).if_icmpne(done);
        for (Step.Subsection subsection : subsections) {
            Exit next = new Exit(code);
            byte[] header = Saver.header(subsection.layout());
            code.loadConstant(header.length);
            locate(next);
            code.aload(window).iload(at);
            index(at, header.length);
            constants.load(code, header, byte[].class);
            code.iconst_0().loadConstant(header.length);
            code.invokestatic(desc(Arrays.class), "equals", EQUALS).ifeq(next.use());
            code.loadConstant(header.length);
            skip();
            Label start = code.newBoundLabel();
            call(subsection.callee(), state, CD_boolean);
            code.iload(pastEnd).ior().istore(pastEnd);
            Label end = code.newBoundLabel();
            path(start, end, -1, subsection.layout().name());
            code.goto_(loop).labelBinding(next.label);
        }
        code.aload(stream).iconst_0();
        mayBeSubsection(layout.name());
        code.ifeq(done);
        constants.load(code, new PlannedSubsections(layout), PlannedSubsections.class);
        code.aload(stream).aload(state);
        code.invokevirtual(
                desc(PlannedSubsections.class),
                "load",
                MethodTypeDesc.of(CD_boolean, READER, CD_Object));
        code.iload(pastEnd).ior().istore(pastEnd).labelBinding(done);
    }
}
