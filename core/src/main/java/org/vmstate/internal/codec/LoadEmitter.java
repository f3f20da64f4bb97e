// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_double;
import static java.lang.constant.ConstantDescs.CD_float;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_short;
import static java.lang.constant.ConstantDescs.CD_void;
import static org.vmstate.internal.codec.Types.BODY;
import static org.vmstate.internal.codec.Types.BYTES;
import static org.vmstate.internal.codec.Types.desc;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Count;
import org.vmstate.internal.compiled.PlannedBody;
import org.vmstate.internal.compiled.PlannedSubsections;
import org.vmstate.internal.format.Framing;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.internal.layout.ElementCodec;
import org.vmstate.internal.layout.Hooks;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// Emits the code that loads one body.
///
/// A run locates its bytes, copies values from them and consumes them at its end. Until then it can
/// exit to the plan, which sets the same members to the same values again.
final class LoadEmitter extends Emitter {
    static final ClassDesc READER = desc(WireReader.class);

    private static final MethodTypeDesc CHECK_ELEMENTS =
            MethodTypeDesc.of(CD_void, CD_long, CD_String, CD_long);
    private static final MethodTypeDesc CUSTOM = MethodTypeDesc.of(CD_Object, READER, CD_Object);
    private static final MethodTypeDesc LOCATE = MethodTypeDesc.of(CD_boolean, CD_int);
    private static final ClassDesc LIMITS = desc(ReadLimits.class);

    /// The slot of the index at which the input may end, to be checked before looking for a
    /// subsection.
    private @Nullable Integer limit;

    private LoadEmitter(CodeBuilder code, Context context, Step.Method method) {
        super(code, context, method);
    }

    /// Emits a method that loads a body or a part of one.
    static void emit(CodeBuilder code, Context context, Step.Method method) {
        LoadEmitter load = new LoadEmitter(code, context, method);
        switch (method) {
            case Step.Program program -> load.body(program);
            case Step.Fragment fragment -> load.fragment(fragment);
            case Step.PointerLoop loop -> load.loop(loop);
            case Step.StructMethod structure -> load.sharedStructure(structure);
            case Step.Group group -> load.group(group);
            case Step.SubsectionSwitch bodies -> load.subsectionSwitch(bodies);
            case Step.Needed _ -> throw new IllegalStateException("loading needs what is there");
        }
        if (!(method instanceof Step.SubsectionSwitch
                || method instanceof Step.PointerLoop
                || method instanceof Step.StructMethod)) {
            code.return_();
        }
    }

    private void fragment(Step.Fragment fragment) {
        fragment.steps().forEach(this::step);
    }

    private void sharedStructure(Step.StructMethod structure) {
        window();
        limit = windowEnd();
        code.iload(version).istore(at);
        structure(structure);
    }

    private void body(Step.Program program) {
        Hooks hooks = program.layout().hooks();
        hook(hooks.preLoad(), "preLoad");
        program.steps().forEach(this::step);
        subsections(program.groups());
        if (hooks.postLoad() != null) {
            Label start = code.newBoundLabel();
            constants.load(code, hooks.postLoad(), Hooks.PostLoad.class);
            code.aload(state).iload(version);
            code.invokeinterface(
                    desc(Hooks.PostLoad.class),
                    "run",
                    MethodTypeDesc.of(CD_void, CD_Object, CD_int));
            hooked(start, code.newBoundLabel(), "postLoad");
        }
    }

    @Override
    String name() {
        return "load";
    }

    @Override
    ClassDesc streamType() {
        return READER;
    }

    @Override
    MethodTypeDesc bodyType() {
        return MethodTypeDesc.of(CD_void, READER, CD_Object, CD_int);
    }

    @Override
    void run(Step.Run run) {
        Exit exit = new Exit(code);
        Label start = code.newBoundLabel();
        int bytes = Item.bytes(run.items());
        int extent = Item.extent(run.items());
        if (extent > bytes) {
            locateToEnd(bytes, extent, exit);
        } else {
            code.loadConstant(bytes);
            locate(exit.use());
        }
        items(run.items(), owner, here(), exit);
        limit = null;
        code.loadConstant(bytes);
        consume();
        otherwise(exit, start, code.newBoundLabel(), run.from(), run.to());
    }

    /// Locates `extent` bytes, or only `bytes` if the input ends after them.
    private void locateToEnd(int bytes, int extent, Exit exit) {
        Label located = code.newLabel();
        code.aload(stream).loadConstant(extent).invokevirtual(READER, "locate", LOCATE);
        code.ifne(located);
        code.aload(stream).loadConstant(bytes).invokevirtual(READER, "locate", LOCATE);
        code.ifeq(exit.use());
        code.aload(stream).invokevirtual(READER, "buffered", Types.INT).loadConstant(bytes);
        code.if_icmpne(exit.use()).labelBinding(located);
        window();
        limit = windowEnd();
    }

    /// Stores the index of the end of the window in a new slot.
    private int windowEnd() {
        int slot = code.allocateLocal(TypeKind.INT);
        code.iload(at).aload(stream).invokevirtual(READER, "buffered", Types.INT).iadd();
        code.istore(slot);
        return slot;
    }

    /// Pops a number of bytes and locates them; jumps if they are not in the input.
    private void locate(Label missing) {
        code.aload(stream).swap().invokevirtual(READER, "locate", LOCATE).ifeq(missing);
        window();
    }

    /// Stores the window and the index of the next byte in their slots.
    private void window() {
        code.aload(stream).invokevirtual(READER, "index", Types.INT).istore(at);
        code.aload(stream).invokevirtual(READER, "window", MethodTypeDesc.of(BYTES)).astore(bytes);
    }

    /// Pops a number of bytes and consumes them.
    private void consume() {
        code.aload(stream).swap().invokevirtual(READER, "consume", Types.INT_TO_VOID);
    }

    @Override
    void scalar(Spot spot, ScalarType type, Place place, Place.Bytes from, Exit exit) {
        if (type.check() == ScalarType.Check.NONE) {
            values.reach(place, spot);
            number(Wide.primitive(spot), type, from);
            values.set(spot);
        } else {
            checked(spot, type, place, from, exit);
        }
    }

    @Override
    void word(List<Item.Scalar> parts, Place place, Place.Bytes from) {
        int word = code.allocateLocal(TypeKind.LONG);
        from.push(code);
        take("int64", CD_long);
        code.lstore(word);
        int shift = Long.SIZE;
        for (Item.Scalar part : parts) {
            shift -= 8 * part.bytes();
            values.reach(place, part.spot());
            code.lload(word);
            if (shift > 0) {
                code.loadConstant(shift).lushr();
            }
            code.l2i();
            Wide.narrow(code, Wide.primitive(part.spot()));
            values.set(part.spot());
        }
    }

    @Override
    void numbers(
            Place elements, Spot spot, ScalarType type, int first, Length count, Place.Bytes from) {
        values.load(elements, spot, type, first, count, from);
    }

    @Override
    void bytes(Place elements, int first, Length count, Place.Bytes from) {
        values.loadBytes(elements, first, count, from);
    }

    @Override
    void gap(Place.Bytes from, int count) {
        // Any bytes are accepted.
    }

    @Override
    void end(Item.Shape shape, Place.Bytes from, Exit exit) {
        // Exits if a subsection of the structure's description may begin here.
        Label none = code.newLabel();
        if (limit != null) {
            from.pushIndex(code);
            code.iload(limit).if_icmpge(none);
        }
        from.push(code);
        code.baload().loadConstant(SubsectionHeader.MARK).if_icmpne(none);
        code.aload(stream);
        ahead(from);
        mayBeSubsection(shape.layout().name());
        code.ifne(exit.use()).labelBinding(none);
    }

    /// Pops a reader and the distance at which a subsection may begin.
    private void mayBeSubsection(String parent) {
        constants.load(code, constants.bytes(parent), byte[].class);
        code.invokestatic(
                BODY, "mayBeSubsection", MethodTypeDesc.of(CD_boolean, READER, CD_int, BYTES));
    }

    /// Pushes a number in the form that a primitive type takes.
    private void number(Class<?> java, ScalarType type, Place.Bytes from) {
        from.push(code);
        boolean extend = Wide.isWider(java, type) && !type.signed();
        switch (type.bytes()) {
            case 1 -> {
                code.baload();
                if (type == ScalarType.BOOL) {
                    Wide.toTruth(code);
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
        } else if (java == float.class) {
            code.invokestatic(
                    desc(Float.class), "intBitsToFloat", MethodTypeDesc.of(CD_float, CD_int));
        } else if (java == char.class) {
            code.i2c();
        }
    }

    private void take(String method, ClassDesc result) {
        code.invokestatic(Types.BIG_ENDIAN, method, MethodTypeDesc.of(result, BYTES, CD_int));
    }

    private void checked(Spot spot, ScalarType type, Place place, Place.Bytes from, Exit exit) {
        Class<?> java = Wide.primitive(spot);
        int value = code.allocateLocal(TypeKind.LONG);
        int current = code.allocateLocal(TypeKind.LONG);
        number(long.class, type, from);
        code.lstore(value);
        values.get(place, spot);
        Wide.toLong(code, java);
        Wide.interpret(code, type);
        code.lstore(current);
        if (type.check() == ScalarType.Check.EQUAL) {
            code.lload(value).lload(current).lcmp().ifne(exit.use());
        } else {
            code.lload(value).lconst_0().lcmp().iflt(exit.use());
            code.lload(value).lload(current).lcmp().ifgt(exit.use());
        }
        values.reach(place, spot);
        code.lload(value);
        if (java != long.class) {
            code.l2i();
        }
        values.set(spot);
    }

    @Override
    void numbers(
            Spot spot, ScalarType type, boolean allocated, int first, Length count, Exit exit) {
        count.push(code);
        code.loadConstant(type.bytes()).imul();
        locate(exit.use());
        Place target = target(spot, allocated, first, count, exit);
        values.load(target, spot, type, first, count, here());
        count.push(code);
        code.loadConstant(type.bytes()).imul();
        consume();
    }

    @Override
    void bytes(Step.Buffer step) {
        Exit exit = new Exit(code);
        Label none = code.newLabel();
        Length count = new Length.InSlot(count(step.field(), step.size(), "maxBufferBytes", exit));
        Label start = code.newBoundLabel();
        count.push(code);
        code.iflt(exit.use());
        count.push(code);
        code.ifeq(none);
        count.push(code);
        locate(exit.use());
        Place target = target(step.spot(), step.allocated(), step.start(), count, exit);
        values.loadBytes(target, step.start(), count, here());
        count.push(code);
        consume();
        code.labelBinding(none);
        otherwise(exit, start, none, step.field());
    }

    /// Returns the elements to load into: existing or newly allocated ones.
    private Place target(Spot spot, boolean allocated, int first, Length count, Exit exit) {
        if (!allocated) {
            return elements(owner, spot, first, count, exit);
        }
        if (first > 0) {
            code.goto_(exit.use());
        }
        return values.allocate(owner, spot, count);
    }

    @Override
    int count(int field, Count count, String limit, Exit exit) {
        int slot = count(field, count, exit);
        code.iload(slot);
        limits();
        code.invokevirtual(LIMITS, limit, Types.INT).if_icmpgt(exit.use());
        return slot;
    }

    private void limits() {
        code.aload(stream).invokevirtual(READER, "limits", MethodTypeDesc.of(LIMITS));
    }

    /// Loads pointers; exits if their bytes are not all in the window.
    @Override
    void pointers(Step.PointerLoop step, Place elements, Exit exit) {
        Item.Shape shape = step.shape();
        int limit = fillWindow(shape.bytes() * step.count() + 1);
        this.limit = limit;
        Place.Bytes moving = here();
        Loop loop = new Loop(code, step.first(), step.first() + step.count());
        Label marker = code.newLabel();
        Label next = code.newLabel();
        Place inner = values.element(elements, loop.index(), step.spot(), shape.type(), marker);
        checkLimit(moving.plus(shape.bytes()), limit, exit);
        items(shape.items(), inner, moving, exit);
        code.iinc(moving.index(), shape.bytes());
        end(shape, moving, exit);
        code.goto_(next).labelBinding(marker);
        checkLimit(moving.plus(1), limit, exit);
        moving.push(code);
        code.baload().loadConstant(Framing.NULL_POINTER).if_icmpne(exit.use());
        code.iinc(moving.index(), 1).labelBinding(next);
        loop.end();
        this.limit = null;
        ahead(moving);
        consume();
    }

    /// Locates `wanted` bytes, or fewer if the input ends; returns the slot of the end of the
    /// window.
    private int fillWindow(int wanted) {
        code.aload(stream).loadConstant(wanted).invokevirtual(READER, "locate", LOCATE).pop();
        window();
        return windowEnd();
    }

    private void checkLimit(Place.Bytes end, int limit, Exit exit) {
        end.pushIndex(code);
        code.iload(limit).if_icmpgt(exit.use());
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
        Label reached = code.newBoundLabel();
        int index = code.allocateLocal(TypeKind.INT);
        code.iconst_0().istore(index);
        Label start = code.newBoundLabel();
        Label end = code.newLabel();
        code.aload(stream).invokevirtual(READER, "u8", Types.INT).ifeq(end);
        limits();
        code.iload(index).iconst_1().iadd().i2l().loadConstant("a queue").aload(stream);
        code.invokevirtual(READER, "position", MethodTypeDesc.of(CD_long));
        code.invokevirtual(LIMITS, "checkElements", CHECK_ELEMENTS);
        Label startOne = code.newBoundLabel();
        queue.make();
        element(step, queue);
        queue.insert();
        Label endOne = code.newBoundLabel();
        code.iinc(index, 1).goto_(start).labelBinding(end);
        Label stop = code.newBoundLabel();
        path(startOne, endOne, index, name(step.field()));
        path(start, stop, name(step.field()));
        otherwise(exit, reach, reached, step.field());
    }

    /// Loads an element of a queue, in unusual cases with the plan.
    private void element(Step.Queue step, QueueEmitter queue) {
        Item.Shape shape = step.shape();
        if (shape == null) {
            checkMade(step, queue);
            call(step.callee(), queue.made);
            return;
        }
        Exit exit = new Exit(code);
        int made = code.allocateLocal(TypeKind.REFERENCE);
        Label start = code.newBoundLabel();
        code.aload(queue.made).checkcast(desc(step.element())).astore(made);
        code.loadConstant(Math.max(Item.extent(shape.items()), shape.bytes() + 1));
        locate(exit.use());
        items(shape.items(), values.state(made), here(), exit);
        end(shape, here().plus(shape.bytes()), exit);
        code.loadConstant(shape.bytes());
        consume();
        orElse(exit, start, code.newBoundLabel(), () -> planned(step, queue));
    }

    /// Checks the result of the factory.
    private void checkMade(Step.Queue step, QueueEmitter queue) {
        code.aload(queue.made);
        checkMade(code, desc(step.element()));
        code.pop();
    }

    private void planned(Step.Queue step, QueueEmitter queue) {
        checkMade(step, queue);
        ClassDesc body = desc(PlannedBody.class);
        constants.load(code, constants.planned(elements(step)), PlannedBody.class);
        code.aload(stream).aload(queue.made);
        code.loadConstant(step.callee().version());
        code.invokevirtual(body, "load", bodyType());
    }

    @Override
    void custom(Step.Custom step) {
        int current = code.allocateLocal(TypeKind.REFERENCE);
        int value = code.allocateLocal(TypeKind.REFERENCE);
        Label start = code.newBoundLabel();
        values.object(owner, step.spot());
        code.astore(current);
        constants.load(code, step.codec(), ElementCodec.class);
        code.aload(stream).aload(current);
        code.invokeinterface(desc(ElementCodec.class), "load", CUSTOM).astore(value);
        Label same = code.newLabel();
        code.aload(value).aload(current).if_acmpeq(same);
        values.replace(owner, step.spot(), value);
        code.labelBinding(same);
        path(start, same, name(step.field()));
    }

    private void subsections(List<Step.Group> groups) {
        Label loop = code.newBoundLabel();
        Label done = code.newLabel();
        unlessMarked(done);
        if (groups.size() == 1) {
            for (Step.Subsection subsection : groups.getFirst().subsections()) {
                subsection(subsection, loop);
            }
        } else if (!groups.isEmpty()) {
            groups(groups, loop);
        }
        code.aload(stream).iconst_0();
        mayBeSubsection(layout.name());
        code.ifeq(done);
        constants.load(code, new PlannedSubsections(layout), PlannedSubsections.class);
        code.aload(stream).aload(state);
        code.invokevirtual(
                desc(PlannedSubsections.class),
                "load",
                MethodTypeDesc.of(CD_void, READER, CD_Object));
        code.labelBinding(done);
    }

    /// Calls the methods of groups and jumps to `loop` if one of them loaded a subsection.
    private void groups(List<Step.Group> groups, Label loop) {
        int before = code.allocateLocal(TypeKind.LONG);
        MethodTypeDesc position = MethodTypeDesc.of(CD_long);
        code.aload(stream).invokevirtual(READER, "position", position).lstore(before);
        for (Step.Group group : groups) {
            method(group, version);
        }
        code.aload(stream).invokevirtual(READER, "position", position);
        code.lload(before).lcmp().ifne(loop);
    }

    /// Loads the subsections of a group that follow, in the order of their declaration.
    private void group(Step.Group group) {
        Label done = code.newLabel();
        for (Step.Subsection subsection : group.subsections()) {
            Label loaded = code.newLabel();
            Label next = code.newLabel();
            subsection(subsection, loaded);
            code.goto_(next).labelBinding(loaded);
            unlessMarked(done);
            code.labelBinding(next);
        }
        code.labelBinding(done);
    }

    /// Jumps unless the next byte may begin a subsection.
    private void unlessMarked(Label otherwise) {
        code.loadConstant(1);
        locate(otherwise);
        here().push(code);
        code.baload().loadConstant(SubsectionHeader.MARK).if_icmpne(otherwise);
    }

    /// If a subsection comes next, loads it and jumps to `loop`.
    private void subsection(Step.Subsection subsection, Label loop) {
        Label other = code.newLabel();
        byte[] header = subsection.layout().subsectionHeader().toByteArray();
        code.loadConstant(header.length);
        locate(other);
        for (Header.Chunk chunk : Header.chunks(header)) {
            here().plus(chunk.at()).push(code);
            if (chunk.bytes() == Long.BYTES) {
                take("int64", CD_long);
            } else {
                code.baload().i2l();
            }
            code.loadConstant(chunk.value()).lcmp().ifne(other);
        }
        code.loadConstant(header.length);
        consume();
        Label start = code.newBoundLabel();
        call(subsection.callee(), state);
        Label end = code.newBoundLabel();
        path(start, end, subsection.layout().name());
        code.goto_(loop).labelBinding(other);
    }
}
