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
import org.vmstate.internal.compiled.BodyCodec;
import org.vmstate.internal.compiled.PlannedFields;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.FieldTest;
import org.vmstate.internal.layout.Hooks;
import org.vmstate.internal.layout.StateFault;

/// Emits the code of one body; this class contains what saving and loading have in common.
///
/// The parameters of the method are a reader or writer, a state and a version.
abstract class Emitter {
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

    /// The slots of the parameters. What the method of a [Step.PointerLoop] or [Step.StructMethod]
    /// receives instead of a state and a version is described there.
    final int stream;

    final int state;
    final int version;

    /// The state, as the structure whose members are accessed.
    final Place owner;

    /// The slots of the stream's byte array and of the index into it.
    final int bytes;

    final int at;

    /// What the bodies in a class share.
    record Context(Host host, Constants constants, Methods methods) {}

    Emitter(CodeBuilder code, Context context, Step.Method method) {
        this.code = code;
        this.constants = context.constants();
        this.methods = context.methods();
        this.layout = method.layout();
        this.stream = code.parameterSlot(0);
        this.state = code.allocateLocal(TypeKind.REFERENCE);
        this.version = code.parameterSlot(2);
        this.bytes = code.allocateLocal(TypeKind.REFERENCE);
        this.at = code.allocateLocal(TypeKind.INT);
        this.values = context.host().values(code, constants);
        this.owner =
                method instanceof Step.StructMethod ? values.structure(state) : values.state(state);
        code.aload(code.parameterSlot(1));
        ClassDesc type = desc(layout.form().type());
        switch (method) {
            case Step.Program _ -> checkState(code, type);
            case Step.PointerLoop loop -> code.checkcast(values.loopedType(loop.spot()));
            default -> code.checkcast(type);
        }
        code.astore(state);
    }

    /// `save` or `load`.
    abstract String name();

    /// The type of the reader or writer.
    abstract ClassDesc streamType();

    /// The type of the method [#name()].
    abstract MethodTypeDesc bodyType();

    abstract void run(Step.Run run);

    /// Moves the numbers of an array; the count is positive.
    abstract void numbers(
            Spot spot, ScalarType type, boolean allocated, int first, Length count, Exit exit);

    /// Gets a count of elements or bytes from the state and checks it against a limit.
    abstract int count(int field, Count count, String limit, Exit exit);

    abstract void bytes(Step.Buffer step);

    /// Moves the structures of an array of pointers and the marks of its null pointers.
    abstract void pointers(Step.PointerLoop loop, Place elements, Exit exit);

    abstract void struct(Step.Struct step);

    abstract void queue(Step.Queue step);

    abstract void custom(Step.Custom step);

    /// Moves a number between its spot and the bytes of the stream.
    abstract void scalar(Spot spot, ScalarType type, Place place, Place.Bytes where, Exit exit);

    /// Moves several small numbers as one word.
    abstract void word(List<Item.Scalar> parts, Place place, Place.Bytes where);

    /// Moves the numbers of an array.
    abstract void numbers(
            Place elements, Spot spot, ScalarType type, int first, Length count, Place.Bytes where);

    /// Moves bytes.
    abstract void bytes(Place elements, int first, Length count, Place.Bytes where);

    /// Skips unused bytes.
    abstract void gap(Place.Bytes where, int count);

    /// Ends a structure.
    abstract void end(Item.Shape shape, Place.Bytes where, Exit exit);

    /// Emits one step.
    final void step(Step step) {
        switch (step) {
            case Step.Run run -> run(run);
            case Step.Numbers numbers -> numbers(numbers);
            case Step.Bitmap bitmap -> bitmap(bitmap);
            case Step.Buffer some -> bytes(some);
            case Step.Pointers pointers -> pointers(pointers);
            case Step.Struct struct -> struct(struct);
            case Step.Queue queue -> queue(queue);
            case Step.Custom custom -> custom(custom);
            case Step.Tested tested -> tested(tested);
            case Step.Call(Step.Fragment fragment) -> method(fragment, version);
            case Step.Slice(BodyCodec body) -> slice(body);
            case Step.Planned(int from, int to, boolean exist) -> planned(from, to, exist);
        }
    }

    /// Emits consecutive items of a structure.
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
            case Item.Shared(Spot spot, Step.StructMethod structure) -> {
                Place inner = values.struct(place, spot, structure.shape().type(), exit);
                code.aload(stream);
                values.pushStructure(inner);
                where.pushIndex(code);
                values.pushBase(inner);
                code.invokestatic(methods.owner(), methods.of(structure), methods.type(structure));
                code.ifne(exit.use());
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

    /// Returns the elements of a field; exits if they do not exist.
    final Place elements(Place place, Spot spot, int first, Length count, Exit exit) {
        Place elements = values.elements(place, spot, exit);
        values.checkRoom(elements, spot, first, count, exit);
        return elements;
    }

    /// Returns the place of the stream's bytes at the index.
    final Place.Bytes here() {
        return new Place.Bytes(bytes, at, 0);
    }

    /// Pushes the distance of a place from the next byte of the stream. The stream keeps the index
    /// of that byte, so loops do not need a slot for it.
    final void ahead(Place.Bytes where) {
        where.pushIndex(code);
        code.aload(stream).invokevirtual(streamType(), "index", Types.INT).isub();
    }

    /// Returns a place in the stream's bytes whose index is in a new slot, initialized to `where`.
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
    final void loop(Step.PointerLoop loop) {
        keepApart();
        Exit exit = new Exit(code);
        Spot spot = loop.spot();
        Place elements = values.loopedElements(state, spot, exit);
        values.checkRoom(elements, spot, loop.first(), new Length.Known(loop.count()), exit);
        pointers(loop, elements, exit);
        returnWhether(exit);
    }

    /// Emits the method of a structure. The slots [#bytes] and [#at] contain the window and the
    /// index that the method received.
    final void structure(Step.StructMethod structure) {
        keepApart();
        Exit exit = new Exit(code);
        Item.Shape shape = structure.shape();
        items(shape.items(), owner, here(), exit);
        end(shape, here().plus(shape.bytes()), exit);
        returnWhether(exit);
    }

    /// Ends a method that returns whether the plan must process the fields: after an exit.
    private void returnWhether(Exit exit) {
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

    /// Pads a method with `nop` instructions so that it is not inlined.
    ///
    /// HotSpot does not inline a hot method of more than `FreqInlineSize` bytes, by default 325.
    private void keepApart() {
        for (int i = 0; i < 325; i++) {
            code.nop();
        }
    }

    /// Calls a method with the state and the int in a slot.
    final void method(Step.Method method, int argument) {
        code.aload(stream).aload(state).iload(argument);
        code.invokestatic(methods.owner(), methods.of(method), methods.type(method));
    }

    /// Calls the body that is selected by the method's int argument.
    final void subsectionSwitch(Step.SubsectionSwitch bodies) {
        List<SwitchCase> cases = new ArrayList<>();
        for (int i = 0; i < bodies.callees().size(); i++) {
            cases.add(SwitchCase.of(i, code.newLabel()));
        }
        Label otherwise = code.newLabel();
        code.iload(version).tableswitch(0, cases.size() - 1, otherwise, cases);
        for (int i = 0; i < cases.size(); i++) {
            code.labelBinding(cases.get(i).target());
            call(bodies.callees().get(i), state);
            code.return_();
        }
        code.labelBinding(otherwise).return_();
    }

    private void slice(BodyCodec body) {
        constants.load(code, body, BodyCodec.class);
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

    /// Emits a call of the plan for fields.
    final void planned(int from, int to, boolean exist) {
        constants.load(code, new PlannedFields(layout, from, to, exist), PlannedFields.class);
        code.aload(stream).aload(state).iload(version);
        code.invokevirtual(desc(PlannedFields.class), name(), bodyType());
    }

    /// Ends the fast path of fields. After an exit, or an exception between the labels, the plan
    /// processes the fields again; it throws the exception with its path.
    final void otherwise(Exit exit, Label start, Label stop, int from, int to) {
        if (exit.used() || values.mayThrow()) {
            orElse(exit, start, stop, () -> planned(from, to, true));
        }
    }

    /// Ends the fast path of a single field.
    final void otherwise(Exit exit, Label start, Label stop, int field) {
        otherwise(exit, start, stop, field, field + 1);
    }

    /// Ends the fast path. `slow` emits the code that runs after an exit, or after the state's code
    /// threw an exception between the labels. An `IOException` comes from the reader or writer and
    /// is not caught.
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

    /// Calls a hook.
    final void hook(Hooks.@Nullable Hook hook, String name) {
        if (hook != null) {
            Label start = code.newBoundLabel();
            constants.load(code, hook, Hooks.Hook.class);
            code.aload(state).invokeinterface(HOOK, "run", Types.OBJECT_TO_VOID);
            hooked(start, code.newBoundLabel(), name);
        }
    }

    /// Adds the name of the hook to exceptions thrown between the labels.
    final void hooked(Label start, Label end, String name) {
        Label after = code.newLabel();
        Label handler = code.newLabel();
        code.goto_(after).labelBinding(handler).aload(stream).loadConstant(name);
        code.invokestatic(
                BODY, "hookFailed", MethodTypeDesc.of(FAILURE, THROWN, streamType(), CD_String));
        code.athrow().exceptionCatch(start, end, handler, THROWN).labelBinding(after);
    }

    /// Checks that the object on the stack is an instance of a type and not null.
    static void checkState(CodeBuilder code, ClassDesc type) {
        code.loadConstant(type).invokestatic(FAULT, "state", CHECKED).checkcast(type);
    }

    /// Checks that the object on the stack is null or an instance of a type.
    static void checkValue(CodeBuilder code, ClassDesc type) {
        code.loadConstant(type).invokestatic(FAULT, "value", CHECKED).checkcast(type);
    }

    /// Checks that the result of a factory on the stack is an instance of a type and not null.
    static void checkMade(CodeBuilder code, ClassDesc type) {
        code.loadConstant(type).invokestatic(FAULT, "made", CHECKED).checkcast(type);
    }

    /// Calls the body of an element with [#stream] and the state in a slot.
    final void call(Step.Callee callee, int element) {
        switch (callee) {
            case Step.Callee.Local(Step.Program program, int at) -> {
                code.aload(stream).aload(element).loadConstant(at);
                code.invokestatic(methods.owner(), methods.of(program), methods.type());
            }
            case Step.Callee.Remote(BodyCodec body, int at) -> {
                constants.load(code, body, BodyCodec.class);
                code.aload(stream).aload(element).loadConstant(at);
                code.invokevirtual(BODY, name(), bodyType());
            }
        }
    }

    /// Gets the count of a field from the state; exits if it does not fit an int.
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

    /// Stores the value of a field, as an object, in a new slot; exits if it is null.
    final int object(Spot spot, Exit exit) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        values.object(owner, spot);
        code.astore(slot).aload(slot).ifnull(exit.use());
        return slot;
    }

    /// Returns the layout of the elements of a queue.
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

    /// Prefixes the index in a slot, and then `name`, to the path of exceptions thrown between the
    /// labels.
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
