// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_int;
import static org.vmstate.internal.codec.Types.BODY;
import static org.vmstate.internal.codec.Types.desc;

import java.io.IOException;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Count;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.compiled.Body;
import org.vmstate.internal.compiled.PlannedFields;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.FieldTest;
import org.vmstate.internal.layout.Hooks;
import org.vmstate.internal.layout.StateFault;

/// The code of one body, as far as it is the same for saving and for loading.
///
/// The method has a reader or writer, a state and a version as its parameters.
abstract class Code {
    private static final ClassDesc THROWN = desc(Exception.class);
    private static final ClassDesc FAILURE = desc(IOException.class);
    private static final ClassDesc FAULT = desc(StateFault.class);
    private static final ClassDesc HOOK = desc(Hooks.Hook.class);
    private static final MethodTypeDesc TEST = MethodTypeDesc.of(CD_boolean, CD_Object, CD_int);
    private static final MethodTypeDesc CHECKED =
            MethodTypeDesc.of(CD_Object, CD_Object, ConstantDescs.CD_Class);

    final CodeBuilder code;
    final Constants constants;
    final Methods methods;
    final Layout layout;
    final Values values;

    /// The slots of the parameters.
    final int stream;

    final int state;
    final int version;

    /// The state as the structure whose members are reached.
    final Place owner;

    /// The slots of the bytes of the stream and of the index in them.
    final int bytes;

    final int at;

    /// What the code of all bodies of a class has in common.
    record Context(Host host, Constants constants, Methods methods) {}

    Code(CodeBuilder code, Context context, Step.Unit unit) {
        this.code = code;
        this.constants = context.constants();
        this.methods = context.methods();
        this.layout = unit.layout();
        this.stream = code.parameterSlot(0);
        this.state = code.allocateLocal(TypeKind.REFERENCE);
        this.version = code.parameterSlot(2);
        this.bytes = code.allocateLocal(TypeKind.REFERENCE);
        this.at = code.allocateLocal(TypeKind.INT);
        this.values = context.host().values(code, constants);
        this.owner = values.state(state);
        code.aload(code.parameterSlot(1));
        ClassDesc type = desc(layout.form().type());
        switch (unit) {
            case Step.Program _ -> checkState(code, type);
            case Step.Loop loop -> code.checkcast(values.loopedType(loop.spot()));
            default -> code.checkcast(type);
        }
        code.astore(state);
    }

    /// `save` or `load`.
    abstract String name();

    /// The type of the reader or writer.
    abstract ClassDesc streamType();

    /// The type of a method of that name.
    abstract MethodTypeDesc bodyType();

    abstract void run(Step.Run run);

    /// Moves the numbers of an array, of a count that is positive.
    abstract void numbers(
            Spot spot, ScalarType type, boolean allocated, int first, Length count, Exit exit);

    /// Asks the state for a count of elements or bytes, which has to be within the limits.
    abstract int count(int field, Count count, String limit, Exit exit);

    abstract void bytes(Step.Bytes step);

    /// Moves the structures of an array of pointers, and the marks of null ones.
    abstract void pointers(Step.Loop loop, Place elements, Exit exit);

    abstract void struct(Step.Struct step);

    abstract void queue(Step.Queue step);

    abstract void custom(Step.Custom step);

    /// Moves a number between its spot and the bytes of the stream.
    abstract void scalar(Spot spot, ScalarType type, Place place, Place.Bytes where, Exit exit);

    /// Moves small numbers, all at once.
    abstract void word(List<Item.Scalar> parts, Place place, Place.Bytes where);

    /// Moves the numbers of an array.
    abstract void numbers(
            Place elements, Spot spot, ScalarType type, int first, Length count, Place.Bytes where);

    /// Moves bytes.
    abstract void bytes(Place elements, int first, Length count, Place.Bytes where);

    /// Passes over bytes that mean nothing.
    abstract void gap(Place.Bytes where, int count);

    /// Ends a structure.
    abstract void end(Item.Shape shape, Place.Bytes where, Exit exit);

    /// Emits one step.
    final void step(Step step) {
        switch (step) {
            case Step.Run run -> run(run);
            case Step.Numbers numbers -> numbers(numbers);
            case Step.Bitmap bitmap -> bitmap(bitmap);
            case Step.Bytes some -> bytes(some);
            case Step.Pointers pointers -> pointers(pointers);
            case Step.Struct struct -> struct(struct);
            case Step.Queue queue -> queue(queue);
            case Step.Custom custom -> custom(custom);
            case Step.Tested tested -> tested(tested);
            case Step.Apart(Step.Part part) -> method(part, version);
            case Step.Slice(Body body) -> slice(body);
            case Step.Planned(int from, int to, boolean exist) -> planned(from, to, exist);
        }
    }

    /// Emits items of a structure, one behind the other.
    final void items(List<Item> items, Place place, Place.Bytes where, Exit exit) {
        Place.Bytes next = where;
        for (Item item : items) {
            item(item, place, next, exit);
            next = next.plus(item.bytes());
        }
    }

    private void item(Item item, Place place, Place.Bytes where, Exit exit) {
        switch (item) {
            case Item.Scalar(Spot spot, ScalarType type) -> scalar(spot, type, place, where, exit);
            case Item.Word(List<Item.Scalar> parts) -> word(parts, place, where);
            case Item.Numbers(Spot spot, ScalarType type, int first, int n) -> {
                Length count = new Length.Known(n);
                numbers(elements(place, spot, first, count, exit), spot, type, first, count, where);
            }
            case Item.Buffer(Spot spot, int start, int n) -> {
                Length count = new Length.Known(n);
                bytes(elements(place, spot, start, count, exit), start, count, where);
            }
            case Item.Gap(int count) -> gap(where, count);
            case Item.Struct(Spot spot, Item.Shape shape) -> {
                Place inner = values.struct(place, spot, shape.type(), exit);
                items(shape.items(), inner, where, exit);
                end(shape, where.plus(shape.bytes()), exit);
            }
            case Item.Structs(Spot spot, Item.Shape shape, int first, int n) -> {
                Place elements = elements(place, spot, first, new Length.Known(n), exit);
                Place.Bytes moving = moving(where);
                Loop loop = new Loop(code, first, first + n);
                Place inner =
                        values.element(elements, loop.index(), spot, shape.type(), exit.use());
                items(shape.items(), inner, moving, exit);
                code.iinc(moving.index(), shape.bytes());
                end(shape, moving, exit);
                loop.end();
            }
        }
    }

    /// The elements of a field, which must be there.
    final Place elements(Place place, Spot spot, int first, Length count, Exit exit) {
        Place elements = values.elements(place, spot, exit);
        values.checkRoom(elements, spot, first, count, exit);
        return elements;
    }

    /// The bytes of the stream, from the index on.
    final Place.Bytes here() {
        return new Place.Bytes(bytes, at, 0);
    }

    /// Puts on the stack how far a place is from the next byte of the stream, which knows where
    /// that is, so that loops need not keep it.
    final void ahead(Place.Bytes where) {
        where.pushIndex(code);
        code.aload(stream).invokevirtual(streamType(), "index", Types.INT).isub();
    }

    /// The bytes of the stream from where a new index in a slot says, which is set to `where`.
    final Place.Bytes moving(Place.Bytes where) {
        int place = code.allocateLocal(TypeKind.INT);
        where.pushIndex(code);
        code.istore(place);
        return new Place.Bytes(where.array(), place, 0);
    }

    private void pointers(Step.Pointers step) {
        Exit exit = new Exit(code);
        Label start = code.newBoundLabel();
        int looped = values.looped(owner, step.spot(), exit);
        code.aload(stream).aload(looped).iload(version);
        code.invokestatic(methods.owner(), methods.of(step.loop()), methods.type(step.loop()));
        code.ifne(exit.use());
        otherwise(exit, start, code.newBoundLabel(), step.field());
    }

    /// Emits the method of a loop.
    final void loop(Step.Loop loop) {
        keepApart();
        Exit exit = new Exit(code);
        Spot spot = loop.spot();
        Place elements = values.loopedElements(state, spot, exit);
        values.checkRoom(elements, spot, loop.first(), new Length.Known(loop.count()), exit);
        pointers(loop, elements, exit);
        code.iconst_0().ireturn();
        if (exit.used()) {
            code.labelBinding(exit.label()).iconst_1().ireturn();
        }
    }

    private void numbers(Step.Numbers step) {
        Exit exit = new Exit(code);
        Label none = code.newLabel();
        int count = count(step.field(), step.count(), "maxElements", exit);
        Label start = code.newBoundLabel();
        code.iload(count).ifle(none);
        code.iload(count).loadConstant((Integer.MAX_VALUE - 8) / step.type().bytes());
        code.if_icmpgt(exit.use());
        Length length = new Length.InSlot(count);
        numbers(step.spot(), step.type(), step.allocated(), step.first(), length, exit);
        code.labelBinding(none);
        otherwise(exit, start, none, step.field());
    }

    private void bitmap(Step.Bitmap step) {
        Exit exit = new Exit(code);
        Label none = code.newLabel();
        int words = count(step.field(), step.bits(), "maxBufferBytes", exit);
        Label start = code.newBoundLabel();
        code.iload(words).iflt(exit.use());
        code.iload(words).loadConstant(Integer.MAX_VALUE - Long.SIZE).if_icmpgt(exit.use());
        code.iload(words).loadConstant(Long.SIZE - 1).iadd().loadConstant(6).ishr();
        code.istore(words).iload(words).ifeq(none);
        Length length = new Length.InSlot(words);
        numbers(step.spot(), ScalarType.UINT64, step.allocated(), 0, length, exit);
        code.labelBinding(none);
        otherwise(exit, start, none, step.field());
    }

    /// Fills a method with so much that does nothing that no other takes it in.
    ///
    /// HotSpot does not inline a hot method of more than `FreqInlineSize` bytes, 325 unless told.
    private void keepApart() {
        for (int i = 0; i < 325; i++) {
            code.nop();
        }
    }

    /// Calls the method of a unit with the state and the int in a slot.
    final void method(Step.Unit unit, int argument) {
        code.aload(stream).aload(state).iload(argument);
        code.invokestatic(methods.owner(), methods.of(unit), methods.type(unit));
    }

    /// Calls the body that the method's int says.
    final void choice(Step.Choice choice) {
        List<SwitchCase> cases = new ArrayList<>();
        for (int i = 0; i < choice.callees().size(); i++) {
            cases.add(SwitchCase.of(i, code.newLabel()));
        }
        Label otherwise = code.newLabel();
        code.iload(version).tableswitch(0, cases.size() - 1, otherwise, cases);
        for (int i = 0; i < cases.size(); i++) {
            code.labelBinding(cases.get(i).target());
            call(choice.callees().get(i), state);
            code.return_();
        }
        code.labelBinding(otherwise).return_();
    }

    private void slice(Body body) {
        constants.load(code, body, Body.class);
        code.aload(stream).aload(state).iload(version);
        code.invokevirtual(BODY, name(), bodyType());
    }

    private void tested(Step.Tested tested) {
        Label absent = code.newLabel();
        Label start = code.newBoundLabel();
        constants.load(code, tested.test(), FieldTest.class);
        code.aload(state).iload(version);
        code.invokeinterface(desc(FieldTest.class), "exists", TEST);
        Label end = code.newBoundLabel();
        code.ifeq(absent);
        step(tested.step());
        code.labelBinding(absent);
        path(start, end, name(tested.field()));
    }

    /// Leaves fields to the plan.
    final void planned(int from, int to, boolean exist) {
        constants.load(code, new PlannedFields(layout, from, to, exist), PlannedFields.class);
        code.aload(stream).aload(state).iload(version);
        code.invokevirtual(desc(PlannedFields.class), name(), bodyType());
    }

    /// Ends the fast way of fields. Where it left, or where an exception was thrown between the
    /// labels, the plan goes on, and throws what is thrown again with its path.
    final void otherwise(Exit exit, Label start, Label stop, int from, int to) {
        if (exit.used() || values.mayThrow()) {
            orElse(exit, start, stop, () -> planned(from, to, true));
        }
    }

    /// Ends the fast way of a field alone.
    final void otherwise(Exit exit, Label start, Label stop, int field) {
        otherwise(exit, start, stop, field, field + 1);
    }

    /// Ends the fast way with the code for when it left, or when an exception of the state's code
    /// was thrown between the labels. An `IOException` is one of the reader or writer, and passes.
    final void orElse(Exit exit, Label start, Label stop, Runnable slow) {
        Label end = code.newLabel();
        Label thrown = code.newLabel();
        Label failed = code.newLabel();
        code.goto_(end).labelBinding(failed).athrow();
        code.labelBinding(thrown).pop().labelBinding(exit.label());
        slow.run();
        code.exceptionCatch(start, stop, failed, FAILURE);
        code.exceptionCatch(start, stop, thrown, THROWN).labelBinding(end);
    }

    /// Calls a hook of that name.
    final void hook(Hooks.@Nullable Hook hook, String name) {
        if (hook != null) {
            Label start = code.newBoundLabel();
            constants.load(code, hook, Hooks.Hook.class);
            code.aload(state).invokeinterface(HOOK, "run", Types.OBJECT_TO_VOID);
            hooked(start, code.newBoundLabel(), name);
        }
    }

    /// Names the hook in exceptions thrown between the labels.
    final void hooked(Label start, Label end, String name) {
        Label after = code.newLabel();
        Label handler = code.newLabel();
        code.goto_(after).labelBinding(handler).aload(stream).loadConstant(name);
        code.invokestatic(
                BODY, "hookFailed", MethodTypeDesc.of(FAILURE, THROWN, streamType(), CD_String));
        code.athrow().exceptionCatch(start, end, handler, THROWN).labelBinding(after);
    }

    /// Replaces the object on the stack by itself as an instance of a type, which it has to be.
    static void checkState(CodeBuilder code, ClassDesc type) {
        code.loadConstant(type).invokestatic(FAULT, "state", CHECKED).checkcast(type);
    }

    /// Replaces the object on the stack by itself as an instance of a type, which it has to be
    /// unless it is null.
    static void checkValue(CodeBuilder code, ClassDesc type) {
        code.loadConstant(type).invokestatic(FAULT, "value", CHECKED).checkcast(type);
    }

    /// Replaces the result of a factory on the stack by itself as an instance of a type, which it
    /// has to be.
    static void checkMade(CodeBuilder code, ClassDesc type) {
        code.loadConstant(type).invokestatic(FAULT, "made", CHECKED).checkcast(type);
    }

    /// Calls the body of an element with what [#stream] and a slot have.
    final void call(Step.Callee callee, int element) {
        switch (callee) {
            case Step.Callee.Local(Step.Program program, int at) -> {
                code.aload(stream).aload(element).loadConstant(at);
                code.invokestatic(methods.owner(), methods.of(program), methods.type());
            }
            case Step.Callee.Remote(Body body, int at) -> {
                constants.load(code, body, Body.class);
                code.aload(stream).aload(element).loadConstant(at);
                code.invokevirtual(BODY, name(), bodyType());
            }
        }
    }

    /// Asks the state for the count of a field, which has to be an int.
    final int count(int field, Count count, Exit exit) {
        int asLong = code.allocateLocal(TypeKind.LONG);
        int slot = code.allocateLocal(TypeKind.INT);
        Label start = code.newBoundLabel();
        constants.load(code, count, Count.class);
        code.aload(state).invokeinterface(desc(Count.class), "of", Types.OBJECT_TO_LONG);
        code.lstore(asLong);
        path(start, code.newBoundLabel(), name(field));
        code.lload(asLong).l2i().istore(slot);
        code.lload(asLong).iload(slot).i2l().lcmp().ifne(exit.use());
        return slot;
    }

    /// The value of a field in a new slot, as an object, unless it is null.
    final int object(Spot spot, Exit exit) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        values.object(owner, spot);
        code.astore(slot).aload(slot).ifnull(exit.use());
        return slot;
    }

    /// The layout of the elements of a queue.
    final Layout elements(Step.Queue step) {
        return layout.fields().get(step.field()).inner();
    }

    final String name(int field) {
        return layout.fields().get(field).name();
    }

    /// Prefixes `name` to the path of exceptions thrown between the labels.
    final void path(Label start, Label end, String name) {
        path(start, end, -1, name);
    }

    /// Prefixes `name` to the path of exceptions thrown between the labels, and before that the
    /// index in a slot.
    final void path(Label start, Label end, int index, String name) {
        Label after = code.newLabel();
        Label handler = code.newLabel();
        code.goto_(after).labelBinding(handler).aload(stream);
        if (index >= 0) {
            code.iload(index);
        }
        code.loadConstant(name);
        code.invokestatic(
                BODY,
                "failed",
                index >= 0
                        ? MethodTypeDesc.of(FAILURE, THROWN, streamType(), CD_int, CD_String)
                        : MethodTypeDesc.of(FAILURE, THROWN, streamType(), CD_String));
        code.athrow().exceptionCatch(start, end, handler, THROWN).labelBinding(after);
    }
}
