// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static org.vmstate.internal.codec.Types.desc;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.VarHandle;
import java.lang.reflect.Field;
import org.vmstate.internal.access.VariableMember;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.queue.IntrusiveQueue;

/// Emits the code that accesses the members of objects: by their names, or by handles if the host
/// cannot access them by name.
final class ObjectValues extends Values {
    private static final ClassDesc OBJECTS = ConstantDescs.CD_Object.arrayType();
    private static final ClassDesc VAR_HANDLE = ConstantDescs.CD_VarHandle;
    private static final MethodTypeDesc COPY =
            MethodTypeDesc.of(
                    ConstantDescs.CD_void,
                    ConstantDescs.CD_Object,
                    ConstantDescs.CD_int,
                    ConstantDescs.CD_Object,
                    ConstantDescs.CD_int,
                    ConstantDescs.CD_int);

    private final Host host;

    ObjectValues(CodeBuilder code, Constants constants, Host host) {
        super(code, constants);
        this.host = host;
    }

    @Override
    boolean mayThrow() {
        return false;
    }

    @Override
    Place state(int slot) {
        return new Place.Reference(slot);
    }

    @Override
    void get(Place owner, Spot spot) {
        Field field = member(spot).field();
        reach(owner, spot);
        if (host.sees(field)) {
            code.getfield(desc(field.getDeclaringClass()), field.getName(), desc(field.getType()));
        } else {
            code.invokevirtual(VAR_HANDLE, "get", MethodTypeDesc.of(handled(field), owner(field)));
        }
    }

    @Override
    void reach(Place owner, Spot spot) {
        VariableMember member = member(spot);
        if (!host.sees(member.field())) {
            constants.load(code, member.handle(), VarHandle.class);
        }
        code.aload(slot(owner));
    }

    @Override
    void set(Spot spot) {
        Field field = member(spot).field();
        if (host.sees(field)) {
            code.putfield(desc(field.getDeclaringClass()), field.getName(), desc(field.getType()));
        } else {
            code.invokevirtual(
                    VAR_HANDLE,
                    "set",
                    MethodTypeDesc.of(ConstantDescs.CD_void, owner(field), handled(field)));
        }
    }

    private ClassDesc owner(Field field) {
        Class<?> owner = field.getDeclaringClass();
        return host.sees(owner) ? desc(owner) : ConstantDescs.CD_Object;
    }

    /// Returns the type to use with a handle: `Object` for types that may not be accessible.
    private static ClassDesc handled(Field field) {
        return field.getType().isPrimitive() ? desc(field.getType()) : ConstantDescs.CD_Object;
    }

    @Override
    Place elements(Place owner, Spot spot, Exit exit) {
        Field field = member(spot).field();
        Class<?> component = field.getType().componentType();
        boolean named = host.sees(field) || component.isPrimitive();
        return new Place.Reference(
                reference(owner, spot, named ? desc(field.getType()) : OBJECTS, exit));
    }

    @Override
    void checkRoom(Place elements, Spot spot, int first, Length count, Exit exit) {
        code.aload(slot(elements)).arraylength();
        if (count instanceof Length.Known(int n)) {
            code.loadConstant(first + n);
        } else {
            code.loadConstant(first).isub();
            count.push(code);
        }
        code.if_icmplt(exit.use());
    }

    @Override
    Place allocate(Place owner, Spot spot, Length count) {
        int array = code.allocateLocal(TypeKind.REFERENCE);
        ClassDesc component = desc(member(spot).type().getComponentType());
        count.push(code);
        code.newarray(TypeKind.from(component)).astore(array);
        reach(owner, spot);
        code.aload(array);
        set(spot);
        return new Place.Reference(array);
    }

    @Override
    void save(Place elements, Spot spot, ScalarType type, int first, Length count, Place.Bytes to) {
        if (type.bytes() == 1) {
            saveBytes(elements, first, count, to);
        } else {
            move("put", elements, spot, first, count, to);
        }
    }

    @Override
    void load(
            Place elements, Spot spot, ScalarType type, int first, Length count, Place.Bytes from) {
        if (type.bytes() == 1) {
            loadBytes(elements, first, count, from);
        } else {
            move("get", elements, spot, first, count, from);
        }
    }

    private void move(
            String method, Place array, Spot spot, int first, Length count, Place.Bytes bytes) {
        bytes.push(code);
        code.aload(slot(array)).loadConstant(first);
        count.push(code);
        code.invokestatic(
                Types.BIG_ENDIAN,
                method,
                MethodTypeDesc.of(
                        ConstantDescs.CD_void,
                        Types.BYTES,
                        ConstantDescs.CD_int,
                        desc(member(spot).type()),
                        ConstantDescs.CD_int,
                        ConstantDescs.CD_int));
    }

    @Override
    void saveBytes(Place elements, int first, Length count, Place.Bytes to) {
        int array = slot(elements);
        if (count instanceof Length.Known(int n) && isShort(count)) {
            for (int i = 0; i < n; i += piece(n - i)) {
                to.plus(i).push(code);
                code.aload(array).loadConstant(first + i);
                movePiece(piece(n - i));
            }
            return;
        }
        code.aload(array).loadConstant(first);
        to.push(code);
        copy(count);
    }

    @Override
    void loadBytes(Place elements, int first, Length count, Place.Bytes from) {
        int array = slot(elements);
        if (count instanceof Length.Known(int n) && isShort(count)) {
            for (int i = 0; i < n; i += piece(n - i)) {
                code.aload(array).loadConstant(first + i);
                from.plus(i).push(code);
                movePiece(piece(n - i));
            }
            return;
        }
        from.push(code);
        code.aload(array).loadConstant(first);
        copy(count);
    }

    /// Copies a piece between two byte arrays; target, index, source and index are on the stack.
    private void movePiece(int bytes) {
        if (bytes == Long.BYTES) {
            code.invokestatic(Types.BIG_ENDIAN, "int64", Types.GET_LONG);
            code.invokestatic(Types.BIG_ENDIAN, "put", Types.put(Long.BYTES));
        } else {
            code.baload().bastore();
        }
    }

    private void copy(Length count) {
        count.push(code);
        code.invokestatic(desc(System.class), "arraycopy", COPY);
    }

    @Override
    Place struct(Place owner, Spot spot, Class<?> type, Exit exit) {
        return new Place.Reference(reference(owner, spot, desc(type), exit));
    }

    @Override
    Place element(Place elements, int index, Spot spot, Class<?> type, Label ifNull) {
        int object = code.allocateLocal(TypeKind.REFERENCE);
        code.aload(slot(elements)).iload(index).aaload();
        if (host.arrayType(member(spot)).componentType() != type) {
            code.checkcast(desc(type));
        }
        code.astore(object).aload(object).ifnull(ifNull);
        return new Place.Reference(object);
    }

    @Override
    void pushStructure(Place structure) {
        code.aload(slot(structure));
    }

    @Override
    void pushBase(Place structure) {
        // The object is the structure.
    }

    @Override
    Place structure(int slot) {
        return state(slot);
    }

    @Override
    ClassDesc loopedType(Spot spot) {
        return desc(host.arrayType(member(spot)));
    }

    @Override
    int looped(Place owner, Spot spot, Exit exit) {
        return slot(elements(owner, spot, exit));
    }

    @Override
    Place loopedElements(int slot, Spot spot, Exit exit) {
        return new Place.Reference(slot);
    }

    @Override
    void object(Place owner, Spot spot) {
        get(owner, spot);
    }

    @Override
    void replace(Place owner, Spot spot, int slot) {
        reach(owner, spot);
        code.aload(slot);
        Emitter.checkValue(code, desc(member(spot).type()));
        set(spot);
    }

    @Override
    QueueEmitter queue(Place owner, Step.Queue step, Exit exit) {
        Class<?> type = member(step.spot()).type();
        boolean linked = IntrusiveQueue.class.isAssignableFrom(type);
        ClassDesc known = desc(linked ? type : Iterable.class);
        int queue = reference(owner, step.spot(), known, exit);
        return linked && step.shape() != null
                ? new LinkedQueueEmitter(code, constants, step, queue, known)
                : new IteratedQueueEmitter(code, constants, step, queue, known, linked);
    }

    /// Stores the object in a member in a new slot as an instance of `type`; exits if it is null.
    private int reference(Place owner, Spot spot, ClassDesc type, Exit exit) {
        int slot = code.allocateLocal(TypeKind.REFERENCE);
        Field field = member(spot).field();
        get(owner, spot);
        boolean known = host.sees(field) && desc(field.getType()).equals(type);
        if (!known && !type.equals(ConstantDescs.CD_Object)) {
            code.checkcast(type);
        }
        code.astore(slot).aload(slot).ifnull(exit.use());
        return slot;
    }

    private static VariableMember member(Spot spot) {
        return ((Spot.InObject) spot).member();
    }

    private static int slot(Place place) {
        return ((Place.Reference) place).slot();
    }
}
