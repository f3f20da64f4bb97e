// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_byte;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_short;
import static java.lang.constant.ConstantDescs.CD_void;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import org.vmstate.internal.access.VariableMember;
import org.vmstate.internal.compiled.Body;
import org.vmstate.internal.compiled.PlannedFields;
import org.vmstate.internal.layout.FieldTest;
import org.vmstate.internal.layout.Layout;
import org.vmstate.wire.BigEndian;
import org.vmstate.wire.VMStateException;

/// The code of one body, as far as it is the same for saving and for loading.
///
/// The method has a reader or writer, a state and a version as its parameters.
abstract class Code {
    static final ClassDesc BYTES = CD_byte.arrayType();
    static final ClassDesc BIG_ENDIAN = desc(BigEndian.class);
    static final ClassDesc BODY = desc(Body.class);
    static final ClassDesc ERROR = desc(VMStateException.class);
    static final ClassDesc COLLECTION = ClassDesc.of("java.util.Collection");
    private static final ClassDesc OBJECTS = ConstantDescs.CD_Object.arrayType();
    private static final ClassDesc VAR_HANDLE = ConstantDescs.CD_VarHandle;

    /// For so few bytes, calling a copy routine costs more than moving them.
    static final int MAX_UNROLLED_BYTES = 32;

    static final MethodTypeDesc OBJECT = MethodTypeDesc.of(ConstantDescs.CD_Object);
    static final MethodTypeDesc INT = MethodTypeDesc.of(CD_int);
    static final MethodTypeDesc OBJECT_TO_LONG =
            MethodTypeDesc.of(CD_long, ConstantDescs.CD_Object);
    static final MethodTypeDesc OBJECT_TO_VOID =
            MethodTypeDesc.of(CD_void, ConstantDescs.CD_Object);

    private static final ClassDesc SYSTEM = ClassDesc.of("java.lang.System");
    private static final MethodTypeDesc COPY =
            MethodTypeDesc.of(
                    CD_void,
                    ConstantDescs.CD_Object,
                    CD_int,
                    ConstantDescs.CD_Object,
                    CD_int,
                    CD_int);
    private static final MethodTypeDesc TEST =
            MethodTypeDesc.of(CD_boolean, ConstantDescs.CD_Object, CD_int);
    private static final MethodTypeDesc WITHIN = MethodTypeDesc.of(ERROR, ConstantDescs.CD_String);
    private static final MethodTypeDesc WITHIN_INDEX = MethodTypeDesc.of(ERROR, ERROR, CD_int);

    final CodeBuilder code;
    final Host host;
    final Constants constants;
    final Methods methods;
    final Layout layout;

    /// The slots of the parameters.
    final int stream;

    final int state;
    final int version;

    /// What the code of all bodies of a class has in common.
    record Context(Host host, Constants constants, Methods methods) {}

    /// A jump from something unusual to the code that leaves it to the plan.
    static final class Exit {
        final Label label;
        private boolean used;

        Exit(CodeBuilder code) {
            label = code.newLabel();
        }

        Label use() {
            used = true;
            return label;
        }

        boolean used() {
            return used;
        }
    }

    Code(CodeBuilder code, Context context, Step.Program program) {
        this.code = code;
        this.host = context.host();
        this.constants = context.constants();
        this.methods = context.methods();
        this.layout = program.layout();
        this.stream = code.parameterSlot(0);
        this.state = code.allocateLocal(TypeKind.REFERENCE);
        this.version = code.parameterSlot(2);
        code.aload(code.parameterSlot(1)).checkcast(desc(program.type())).astore(state);
    }

    /// Emits one step.
    abstract void step(Step step);

    /// Leaves fields to the plan.
    void planned(int from, int to, boolean exist) {
        constants.load(code, new PlannedFields(layout, from, to, exist), PlannedFields.class);
        code.aload(stream).aload(state).iload(version);
        code.invokevirtual(desc(PlannedFields.class), name(), bodyType(CD_void));
    }

    /// `save` or `load`.
    abstract String name();

    /// The type of a method of that name.
    abstract MethodTypeDesc bodyType(ClassDesc result);

    void tested(Step.Tested tested) {
        Label absent = code.newLabel();
        constants.load(code, tested.test(), FieldTest.class);
        code.aload(state).iload(version);
        code.invokeinterface(desc(FieldTest.class), "exists", TEST).ifeq(absent);
        step(tested.step());
        code.labelBinding(absent);
    }

    /// Ends the fast way of a field; where it left, the plan goes on.
    void otherwise(Exit exit, int from, int to) {
        if (exit.used()) {
            Label end = code.newLabel();
            code.goto_(end).labelBinding(exit.label);
            planned(from, to, true);
            code.labelBinding(end);
        }
    }

    /// Calls the body of an element with what [#stream] and a slot have.
    void call(Step.Callee callee, int element, ClassDesc result) {
        switch (callee) {
            case Step.Callee.Local(Step.Program program, int at) -> {
                code.aload(stream).aload(element).loadConstant(at);
                code.invokestatic(methods.owner(), methods.of(program), methods.type(result));
            }
            case Step.Callee.Remote(Body body, int at) -> {
                constants.load(code, body, Body.class);
                code.aload(stream).aload(element).loadConstant(at);
                code.invokevirtual(BODY, name(), bodyType(result));
            }
        }
    }

    /// Puts the value of a member of the object in a slot on the stack.
    void get(int owner, VariableMember member) {
        Field field = member.field();
        reach(owner, member);
        if (host.sees(field)) {
            code.getfield(desc(field.getDeclaringClass()), field.getName(), desc(member.type()));
        } else {
            code.invokevirtual(VAR_HANDLE, "get", MethodTypeDesc.of(handled(member), owner(field)));
        }
    }

    /// Puts on the stack what [#set] needs beneath the value.
    void reach(int owner, VariableMember member) {
        if (!host.sees(member.field())) {
            constants.load(code, member.handle(), VarHandle.class);
        }
        code.aload(owner);
    }

    /// Sets a member to what is on the stack.
    void set(VariableMember member) {
        Field field = member.field();
        if (host.sees(field)) {
            code.putfield(desc(field.getDeclaringClass()), field.getName(), desc(member.type()));
        } else {
            code.invokevirtual(
                    VAR_HANDLE, "set", MethodTypeDesc.of(CD_void, owner(field), handled(member)));
        }
    }

    private ClassDesc owner(Field field) {
        Class<?> owner = field.getDeclaringClass();
        return host.sees(owner) ? desc(owner) : ConstantDescs.CD_Object;
    }

    /// The type that a handle is asked for: what may not be nameable is just an object.
    private static ClassDesc handled(VariableMember member) {
        return member.type().isPrimitive() ? desc(member.type()) : ConstantDescs.CD_Object;
    }

    /// Puts the object in a member into a new slot as an instance of `type`, unless it is null.
    int object(int owner, VariableMember member, ClassDesc type, Exit exit) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        get(owner, member);
        boolean known = host.sees(member.field()) && desc(member.type()).equals(type);
        if (!known && !type.equals(ConstantDescs.CD_Object)) {
            code.checkcast(type);
        }
        code.astore(slot).aload(slot).ifnull(exit.use());
        return slot;
    }

    /// Puts the array in a member into a new slot, unless it is null or too short.
    int array(int owner, VariableMember member, int length, Exit exit) {
        int slot = array(owner, member, exit);
        code.aload(slot).arraylength().loadConstant(length).if_icmplt(exit.use());
        return slot;
    }

    /// Puts the array in a member into a new slot, unless it is null.
    int array(int owner, VariableMember member, Exit exit) {
        boolean known = host.sees(member.field()) || member.type().componentType().isPrimitive();
        return object(owner, member, known ? desc(member.type()) : OBJECTS, exit);
    }

    /// Puts an element of an array in such a slot on the stack as an instance of `type`.
    void element(int array, int index, VariableMember member, Class<?> type) {
        code.aload(array).iload(index).aaload();
        if (!host.sees(member.field()) || member.type().componentType() != type) {
            code.checkcast(desc(type));
        }
    }

    /// How many of so many bytes are moved at once where a few are moved in a row.
    static int step(int left) {
        return left >= Long.BYTES ? Long.BYTES : 1;
    }

    void index(int slot, int offset) {
        code.iload(slot);
        if (offset != 0) {
            code.loadConstant(offset).iadd();
        }
    }

    void copy() {
        code.invokestatic(SYSTEM, "arraycopy", COPY);
    }

    /// What the code between two labels throws gets a name before its path, or an index before that
    /// if `index` is a slot.
    void path(Label start, Label end, int index, String name) {
        Label after = code.newLabel();
        Label handler = code.newLabel();
        code.goto_(after).labelBinding(handler);
        if (index >= 0) {
            code.iload(index).invokestatic(BODY, "within", WITHIN_INDEX);
        }
        code.loadConstant(name).invokevirtual(ERROR, "within", WITHIN).athrow();
        code.exceptionCatch(start, end, handler, ERROR).labelBinding(after);
    }

    static MethodTypeDesc many(VariableMember member) {
        return MethodTypeDesc.of(CD_void, BYTES, CD_int, desc(member.type()), CD_int, CD_int);
    }

    static MethodTypeDesc one(int bytes) {
        return MethodTypeDesc.of(
                CD_void, BYTES, CD_int, bytes == 2 ? CD_short : bytes == 4 ? CD_int : CD_long);
    }

    static ClassDesc desc(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}
