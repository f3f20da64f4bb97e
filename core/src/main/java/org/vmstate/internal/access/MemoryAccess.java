// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.io.IOException;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.layout.StateFault;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The access to a member of a structure in memory.
///
/// The elements are in consecutive cells, which are in the member itself or in the memory it points
/// to. An element is its cell or the memory that its cell points to.
///
/// @param offset the offset of the member in the structure
/// @param size the size of the member in bytes
/// @param outer the pointer in the member to the cells; null if the cells are in the member
/// @param cell the layout of a cell
/// @param inner the pointer in a cell to its element; null if the cell is the element
/// @param room the number of cells
/// @param number reads and writes elements that are numbers
/// @param view the form of an element that callers load and save
/// @param allocator allocates memory for cells
/// @param queueAccess accesses the elements of a queue
public record MemoryAccess(
        long offset,
        long size,
        @Nullable AddressLayout outer,
        MemoryLayout cell,
        @Nullable AddressLayout inner,
        long room,
        @Nullable MemoryNumber number,
        Function<MemorySegment, Object> view,
        @Nullable SegmentAllocator allocator,
        @Nullable QueueAccess queueAccess)
        implements FieldAccess {
    @Override
    public @Nullable Object elements(Object state) {
        MemorySegment memory = (MemorySegment) state;
        return outer == null ? memory.asSlice(offset, size) : follow(memory, outer, offset);
    }

    @Override
    public long room(Object elements) {
        return room;
    }

    @Override
    public Object allocate(Object state, int count) {
        if (allocator == null || outer == null) {
            throw new IllegalStateException("nothing to make memory with");
        }
        MemorySegment cells =
                allocator.allocate(
                        Math.multiplyExact(cell.byteSize(), count), cell.byteAlignment());
        cells.fill((byte) 0);
        ((MemorySegment) state).set(outer, offset, cells);
        return cells;
    }

    @Override
    public boolean isNullPointer(Object elements, int index) {
        return inner != null && follow((MemorySegment) elements, inner, at(index)) == null;
    }

    @Override
    public long number(Object elements, int index) {
        MemorySegment cells = (MemorySegment) elements;
        return inner == null
                ? numbers().get(cells, at(index))
                : numbers().get(target(cells, inner, index), 0);
    }

    @Override
    public void number(Object elements, int index, long value) {
        MemorySegment cells = (MemorySegment) elements;
        if (inner == null) {
            numbers().set(cells, at(index), value);
        } else {
            numbers().set(target(cells, inner, index), 0, value);
        }
    }

    @Override
    public @Nullable Object object(Object elements, int index) {
        MemorySegment cells = (MemorySegment) elements;
        MemorySegment element =
                inner == null
                        ? cells.asSlice(at(index), cell.byteSize())
                        : follow(cells, inner, at(index));
        return element == null ? null : view.apply(element);
    }

    @Override
    public void object(Object elements, int index, @Nullable Object value) {
        if (inner == null) {
            throw new StateFault("a value in place cannot be replaced");
        }
        MemorySegment element = value == null ? MemorySegment.NULL : (MemorySegment) value;
        ((MemorySegment) elements).set(inner, at(index), element);
    }

    @Override
    public void save(Object elements, int start, int count, WireWriter writer) throws IOException {
        writer.bytes(((MemorySegment) elements).asSlice(start, count));
    }

    @Override
    public void load(Object elements, int start, int count, WireReader reader) throws IOException {
        reader.bytes(((MemorySegment) elements).asSlice(start, count));
    }

    @Override
    public QueueAccess queue() {
        if (queueAccess == null) {
            throw new IllegalStateException("no queue");
        }
        return queueAccess;
    }

    private long at(int index) {
        return cell.byteSize() * index;
    }

    private MemoryNumber numbers() {
        if (number == null) {
            throw new IllegalStateException("no number");
        }
        return number;
    }

    private MemorySegment target(MemorySegment cells, AddressLayout pointer, int index) {
        MemorySegment target = follow(cells, pointer, at(index));
        if (target == null) {
            throw new StateFault("a null pointer where a number must be");
        }
        return target;
    }

    private static @Nullable MemorySegment follow(
            MemorySegment memory, AddressLayout pointer, long offset) {
        MemorySegment target = memory.get(pointer, offset);
        return target.address() == 0 ? null : target;
    }
}
