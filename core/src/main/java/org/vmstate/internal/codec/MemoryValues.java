// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_int;
import static java.lang.constant.ConstantDescs.CD_long;
import static java.lang.constant.ConstantDescs.CD_void;
import static org.vmstate.internal.codec.Types.desc;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.vmstate.internal.access.FieldAccess;
import org.vmstate.internal.access.MemoryAccess;
import org.vmstate.internal.access.MemoryQueueAccess;
import org.vmstate.internal.compiled.NativeMemory;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.queue.RawQueue;

/// Emits the code that accesses the members of structures in memory: by offsets, also for nested
/// structures, and by addresses after dereferencing pointers.
///
/// A state's own memory is accessed through its segment, with bounds checks, because the segment
/// may be of any kind.
final class MemoryValues extends Values {
    private static final ClassDesc SEGMENT = desc(MemorySegment.class);
    private static final ClassDesc NATIVE = desc(NativeMemory.class);
    private static final ClassDesc ACCESS = desc(FieldAccess.class);
    private static final ClassDesc LAYOUT = desc(ValueLayout.class);
    private static final ValueLayout.OfLong WIRE_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final MethodTypeDesc POINTER = MethodTypeDesc.of(CD_long, SEGMENT, CD_long);
    private static final MethodTypeDesc OF_ACCESS = MethodTypeDesc.of(CD_Object, ACCESS, CD_Object);
    private static final MethodTypeDesc REPLACE =
            MethodTypeDesc.of(CD_void, ACCESS, CD_Object, CD_Object);
    private static final MethodTypeDesc ALLOCATE = MethodTypeDesc.of(CD_Object, CD_Object, CD_int);
    private static final MethodTypeDesc TO_ARRAY =
            MethodTypeDesc.of(CD_void, SEGMENT, LAYOUT, CD_long, CD_Object, CD_int, CD_int);
    private static final MethodTypeDesc FROM_ARRAY =
            MethodTypeDesc.of(CD_void, CD_Object, CD_int, SEGMENT, LAYOUT, CD_long, CD_int);

    /// The slot of all memory.
    private final int all;

    MemoryValues(CodeBuilder code, Constants constants) {
        super(code, constants);
        this.all = code.allocateLocal(TypeKind.REFERENCE);
        constants.load(code, NativeMemory.ALL, MemorySegment.class);
        code.astore(all);
    }

    @Override
    boolean mayThrow() {
        return true;
    }

    @Override
    Place state(int slot) {
        return new Place.Memory(slot, Place.Memory.NO_BASE, 0);
    }

    @Override
    void get(Place owner, Spot spot) {
        ValueLayout layout = ((Spot.InMemory) spot).number();
        boolean truth = layout instanceof ValueLayout.OfBoolean;
        // In C any byte but 0 is true, so the byte itself is needed.
        get(member(owner, spot), truth ? ValueLayout.JAVA_BYTE : layout);
        if (truth) {
            Wide.toTruth(code);
        }
    }

    private void get(Place.Memory at, ValueLayout layout) {
        address(at, layout);
        code.invokeinterface(
                SEGMENT, "get", MethodTypeDesc.of(desc(layout.carrier()), kind(layout), CD_long));
    }

    @Override
    void reach(Place owner, Spot spot) {
        address(member(owner, spot), ((Spot.InMemory) spot).number());
    }

    @Override
    void set(Spot spot) {
        set(((Spot.InMemory) spot).number());
    }

    private void set(ValueLayout layout) {
        switch (layout) {
            case ValueLayout.OfByte _ -> code.i2b();
            case ValueLayout.OfShort _ -> code.i2s();
            case ValueLayout.OfChar _ -> code.i2c();
            default -> {}
        }
        code.invokeinterface(
                SEGMENT,
                "set",
                MethodTypeDesc.of(CD_void, kind(layout), CD_long, desc(layout.carrier())));
    }

    private void address(Place.Memory at, ValueLayout layout) {
        code.aload(at.segment());
        constants.load(code, layout, type(layout));
        at.pushOffset(code);
    }

    @Override
    Place elements(Place owner, Spot spot, Exit exit) {
        Place.Memory member = member(owner, spot);
        return access(spot).outer() == null ? member : follow(member, exit.use());
    }

    @Override
    void checkRoom(Place elements, Spot spot, int first, Length count, Exit exit) {
        long room = access(spot).room();
        if (!(count instanceof Length.Known) && room - first < Integer.MAX_VALUE) {
            count.push(code);
            code.loadConstant((int) (room - first)).if_icmpgt(exit.use());
        }
    }

    @Override
    Place allocate(Place owner, Spot spot, Length count) {
        int cells = code.allocateLocal(TypeKind.REFERENCE);
        constants.load(code, access(spot), FieldAccess.class);
        code.aload(((Place.Memory) owner).segment());
        count.push(code);
        code.invokeinterface(ACCESS, "allocate", ALLOCATE).checkcast(SEGMENT).astore(cells);
        return state(cells);
    }

    @Override
    void save(Place elements, Spot spot, ScalarType type, int first, Length count, Place.Bytes to) {
        if (type.bytes() == 1) {
            saveBytes(elements, first, count, to);
        } else {
            move("put", elements, spot, type, first, count, to);
        }
    }

    @Override
    void load(
            Place elements, Spot spot, ScalarType type, int first, Length count, Place.Bytes from) {
        if (type.bytes() == 1) {
            loadBytes(elements, first, count, from);
        } else {
            move("get", elements, spot, type, first, count, from);
        }
    }

    private void move(
            String method,
            Place elements,
            Spot spot,
            ScalarType type,
            int first,
            Length count,
            Place.Bytes bytes) {
        ValueLayout layout = ((Spot.InMemory) spot).number();
        Place.Memory from = ((Place.Memory) elements).plus((long) first * type.bytes());
        bytes.push(code);
        address(from, layout);
        count.push(code);
        code.invokestatic(
                NATIVE,
                method,
                MethodTypeDesc.of(
                        CD_void, Types.BYTES, CD_int, SEGMENT, kind(layout), CD_long, CD_int));
    }

    @Override
    void saveBytes(Place elements, int first, Length count, Place.Bytes to) {
        Place.Memory from = ((Place.Memory) elements).plus(first);
        if (count instanceof Length.Known(int n) && isShort(count)) {
            for (int i = 0; i < n; i += piece(n - i)) {
                to.plus(i).push(code);
                if (piece(n - i) == Long.BYTES) {
                    get(from.plus(i), WIRE_LONG);
                    code.invokestatic(Types.BIG_ENDIAN, "put", Types.put(Long.BYTES));
                } else {
                    get(from.plus(i), ValueLayout.JAVA_BYTE);
                    code.bastore();
                }
            }
            return;
        }
        code.aload(from.segment());
        constants.load(code, ValueLayout.JAVA_BYTE, ValueLayout.class);
        from.pushOffset(code);
        to.push(code);
        count.push(code);
        code.invokestatic(SEGMENT, "copy", TO_ARRAY, true);
    }

    @Override
    void loadBytes(Place elements, int first, Length count, Place.Bytes from) {
        Place.Memory to = ((Place.Memory) elements).plus(first);
        if (count instanceof Length.Known(int n) && isShort(count)) {
            for (int i = 0; i < n; i += piece(n - i)) {
                ValueLayout layout = piece(n - i) == Long.BYTES ? WIRE_LONG : ValueLayout.JAVA_BYTE;
                address(to.plus(i), layout);
                from.plus(i).push(code);
                if (piece(n - i) == Long.BYTES) {
                    code.invokestatic(Types.BIG_ENDIAN, "int64", Types.GET_LONG);
                } else {
                    code.baload();
                }
                set(layout);
            }
            return;
        }
        from.push(code);
        code.aload(to.segment());
        constants.load(code, ValueLayout.JAVA_BYTE, ValueLayout.class);
        to.pushOffset(code);
        count.push(code);
        code.invokestatic(SEGMENT, "copy", FROM_ARRAY, true);
    }

    @Override
    Place struct(Place owner, Spot spot, Class<?> type, Exit exit) {
        Place.Memory cell = member(owner, spot);
        return access(spot).inner() == null ? cell : follow(cell, exit.use());
    }

    @Override
    Place element(Place elements, int index, Spot spot, Class<?> type, Label ifNull) {
        Place.Memory cells = (Place.Memory) elements;
        int base = code.allocateLocal(TypeKind.LONG);
        code.iload(index).i2l().loadConstant(access(spot).cell().byteSize()).lmul();
        if (cells.base() != Place.Memory.NO_BASE) {
            code.lload(cells.base()).ladd();
        }
        code.lstore(base);
        Place.Memory cell = new Place.Memory(cells.segment(), base, cells.offset());
        return access(spot).inner() == null ? cell : follow(cell, ifNull);
    }

    @Override
    void pushStructure(Place structure) {
        code.aload(((Place.Memory) structure).segment());
    }

    @Override
    void pushBase(Place structure) {
        ((Place.Memory) structure).pushOffset(code);
    }

    @Override
    Place structure(int slot) {
        return new Place.Memory(slot, code.parameterSlot(3), 0);
    }

    @Override
    ClassDesc loopedType(Spot spot) {
        return SEGMENT;
    }

    @Override
    int looped(Place owner, Spot spot, Exit exit) {
        return ((Place.Memory) owner).segment();
    }

    @Override
    Place loopedElements(int slot, Spot spot, Exit exit) {
        return elements(state(slot), spot, exit);
    }

    @Override
    void object(Place owner, Spot spot) {
        ofAccess(owner, spot);
        code.invokestatic(NATIVE, "object", OF_ACCESS);
    }

    @Override
    void replace(Place owner, Spot spot, int slot) {
        ofAccess(owner, spot);
        code.aload(slot).invokestatic(NATIVE, "replace", REPLACE);
    }

    private void ofAccess(Place owner, Spot spot) {
        constants.load(code, access(spot), FieldAccess.class);
        code.aload(((Place.Memory) owner).segment());
    }

    @Override
    QueueEmitter queue(Place owner, Step.Queue step, Exit exit) {
        if (step.shape() == null) {
            int queue = code.allocateLocal(TypeKind.REFERENCE);
            object(owner, step.spot());
            code.checkcast(desc(RawQueue.class)).astore(queue);
            code.aload(queue).ifnull(exit.use());
            return new RawQueueEmitter(code, constants, step, queue);
        }
        Place.Memory head = (Place.Memory) struct(owner, step.spot(), MemorySegment.class, exit);
        RawQueue.Offsets layout = ((MemoryQueueAccess) access(step.spot()).queue()).layout();
        return new AddressedQueueEmitter(code, constants, step, layout, head, all);
    }

    /// Dereferences a pointer; jumps if it is null.
    private Place.Memory follow(Place.Memory pointer, Label ifNull) {
        int address = code.allocateLocal(TypeKind.LONG);
        code.aload(pointer.segment());
        pointer.pushOffset(code);
        code.invokestatic(NATIVE, "pointer", POINTER).lstore(address);
        code.lload(address).lconst_0().lcmp().ifeq(ifNull);
        return new Place.Memory(all, address, 0);
    }

    private static Place.Memory member(Place owner, Spot spot) {
        return ((Place.Memory) owner).plus(access(spot).offset());
    }

    private static MemoryAccess access(Spot spot) {
        return ((Spot.InMemory) spot).access();
    }

    private static ClassDesc kind(ValueLayout layout) {
        return desc(type(layout));
    }

    /// Returns the type of a layout, for method signatures.
    private static Class<?> type(ValueLayout layout) {
        return switch (layout) {
            case ValueLayout.OfBoolean _ -> ValueLayout.OfBoolean.class;
            case ValueLayout.OfByte _ -> ValueLayout.OfByte.class;
            case ValueLayout.OfShort _ -> ValueLayout.OfShort.class;
            case ValueLayout.OfChar _ -> ValueLayout.OfChar.class;
            case ValueLayout.OfInt _ -> ValueLayout.OfInt.class;
            case ValueLayout.OfLong _ -> ValueLayout.OfLong.class;
            case ValueLayout.OfFloat _ -> ValueLayout.OfFloat.class;
            case ValueLayout.OfDouble _ -> ValueLayout.OfDouble.class;
            case AddressLayout _ -> AddressLayout.class;
        };
    }
}
