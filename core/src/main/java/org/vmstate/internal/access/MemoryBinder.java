// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.Framing;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.Amount;
import org.vmstate.internal.layout.Conversion;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.StateFactory;
import org.vmstate.queue.RawListQueue;
import org.vmstate.queue.RawQueue;
import org.vmstate.queue.RawTailQueue;

/// Binds fields to the members of a structure in memory, by their names in its layout.
///
/// The size of the memory that a pointer points to is taken from its target layout or a constant
/// count, or is known because loading allocates the memory. A pointer to memory of unknown size is
/// rejected.
public final class MemoryBinder implements Binder {
    private final StructLayout memory;
    private final @Nullable SegmentAllocator allocator;

    /// Creates a binder for states with a layout; without an allocator, loading cannot allocate
    /// memory.
    public MemoryBinder(StructLayout memory, @Nullable SegmentAllocator allocator) {
        this.memory = memory;
        this.allocator = allocator;
    }

    @Override
    public StateForm form() {
        return new MemoryForm(memory);
    }

    @Override
    public void checkMember(String name) {
        memory.select(path(name));
    }

    @Override
    public Count.Source number(FieldDeclaration field, @Nullable ScalarType scalar) {
        if (field.home().accessors() != null) {
            return ObjectBinder.number(new FunctionMember(field.home().accessors()), scalar);
        }
        if (!(memory.select(path(field)) instanceof ValueLayout layout)) {
            throw refused("is not a number in " + memory);
        }
        MemoryNumber number = new MemoryNumber(layout);
        long offset = memory.byteOffset(path(field));
        return state -> {
            long value = number.get((MemorySegment) state, offset);
            return scalar == null ? value : scalar.interpret(value);
        };
    }

    @Override
    public FieldAccess field(FieldDeclaration field, List<Layout> nested) {
        Conversion<?> conversion = field.home().conversion();
        if (conversion != null) {
            throw refused(
                    "native memory has no "
                            + conversion.type().getSimpleName()
                            + ": send what it holds by fields of its own");
        }
        if (!field.hasValue()) {
            return ObjectBinder.access(field, NoMember.INSTANCE, nested);
        }
        return field.home().accessors() != null
                ? ObjectBinder.access(field, new FunctionMember(field.home().accessors()), nested)
                : member(field, nested);
    }

    private FieldAccess member(FieldDeclaration field, List<Layout> nested) {
        PathElement[] path = path(field);
        MemoryLayout member = memory.select(path);
        Element element = field.element();
        boolean many = ObjectBinder.isInside(field);
        AddressLayout outer = many && member instanceof AddressLayout pointer ? pointer : null;
        MemoryLayout cells = outer == null ? member : outer.targetLayout().orElse(null);
        MemoryLayout cell =
                element instanceof Element.Bytes
                        ? ValueLayout.JAVA_BYTE
                        : cells != null
                                ? many ? innermost(cells) : cells
                                : field.pointers() ? ValueLayout.ADDRESS : natural(element, nested);
        AddressLayout inner =
                cell instanceof AddressLayout pointer && (field.pointers() || !many)
                        ? pointer
                        : null;
        if (field.pointers() && inner == null) {
            throw refused("is not an array of pointers");
        }
        MemoryLayout target =
                inner == null
                        ? cell
                        : inner.targetLayout().orElseGet(() -> natural(element, nested));
        if (field.pointers() && field.allocated()) {
            throw refused("loading does not allocate the targets of pointers in memory");
        }
        if (field.allocated()) {
            checkAllocation(element, many ? outer : inner, many);
        }
        if (many && cells != null && (outer == null || cells instanceof SequenceLayout)) {
            checkRoom(field, cells.byteSize() / cell.byteSize());
        }
        return new MemoryAccess(
                memory.byteOffset(path),
                member.byteSize(),
                outer == null ? null : pointerTo(null),
                cell,
                inner == null ? null : pointerTo(target),
                many ? room(field, outer, cells, cell) : 1,
                number(field, target),
                view(field, target, nested),
                allocator,
                element instanceof Element.Queue queue
                        ? new MemoryQueueAccess(
                                layout(queue, nested.getFirst(), target), maker(queue.made()))
                        : null);
    }

    /// Rejects a field that sends more than its member holds, or less without being declared to
    /// send a part.
    private static void checkRoom(FieldDeclaration field, long room) {
        boolean bytes = field.element() instanceof Element.Bytes;
        Amount amount = field.size() != null ? field.size() : field.count();
        if (!(amount instanceof Amount.Fixed(int value))) {
            return;
        }
        long needed =
                switch (field.element()) {
                    case Element.Bytes(int start) -> (long) start + value;
                    case Element.Bitmap _ -> Framing.bitmapWords(value);
                    default -> (long) field.extent().first() + value;
                };
        String what = bytes ? " bytes" : " elements";
        if (needed > room) {
            throw refused("sends " + needed + what + ", the member has " + room);
        }
        if (needed < room && !field.extent().part() && field.asQemuDoes() == null) {
            throw refused(
                    "sends "
                            + needed
                            + " of the "
                            + room
                            + what
                            + " of the member: to send only a part, declare from(0)");
        }
    }

    /// Rejects a field for which loading cannot allocate memory and set `pointer` to it. Cells are
    /// allocated by the allocator, single structures by their factory.
    private void checkAllocation(Element element, @Nullable AddressLayout pointer, boolean many) {
        boolean hasFactory = element instanceof Element.Struct(_, var made) && made != null;
        if (pointer == null) {
            throw refused("is not a pointer that loading could set");
        }
        if (many && hasFactory) {
            throw refused("the structures of an array are allocated together, not by a factory");
        }
        if (!many && !hasFactory) {
            throw refused("allocating structs needs a factory");
        }
        if (many && allocator == null) {
            throw refused("loading allocates memory, which requires an allocator");
        }
    }

    /// Returns the number of cells.
    private static long room(
            FieldDeclaration field,
            @Nullable AddressLayout outer,
            @Nullable MemoryLayout cells,
            MemoryLayout cell) {
        if (outer != null && field.allocated()) {
            return Long.MAX_VALUE;
        }
        if (cells != null && (outer == null || cells instanceof SequenceLayout)) {
            return cells.byteSize() / cell.byteSize();
        }
        Amount amount = field.size() != null ? field.size() : field.count();
        if (!(amount instanceof Amount.Fixed(int value))) {
            throw refused("points to memory of unknown size: give it a target layout");
        }
        return switch (field.element()) {
            case Element.Bytes(int start) -> (long) start + value;
            case Element.Bitmap _ -> Framing.bitmapWords(value);
            default -> (long) field.extent().first() + value;
        };
    }

    private static @Nullable MemoryNumber number(FieldDeclaration field, MemoryLayout target) {
        ScalarType type =
                switch (field.element()) {
                    case Element.Scalar(ScalarType scalar, _) -> scalar;
                    case Element.Bitmap _ -> ScalarType.UINT64;
                    default -> null;
                };
        if (type == null) {
            return null;
        }
        if (target instanceof ValueLayout layout) {
            MemoryNumber number = new MemoryNumber(layout);
            if (number.holds(type)
                    && (!(field.element() instanceof Element.Bitmap)
                            || layout.byteSize() == Long.BYTES)) {
                return number;
            }
        }
        throw refused(target + " cannot hold " + type.typeName());
    }

    private static Function<MemorySegment, Object> view(
            FieldDeclaration field, MemoryLayout target, List<Layout> nested) {
        return switch (field.element()) {
            case Element.Struct _, Element.VersionedStruct _ -> struct(nested.getFirst(), target);
            case Element.Queue queue -> layout(queue, nested.getFirst(), target)::at;
            case Element.Tree _ ->
                    throw refused("a tree cannot be in native memory; declare it with accessors");
            default -> segment -> segment;
        };
    }

    private static Function<MemorySegment, Object> struct(Layout inner, MemoryLayout target) {
        StructLayout layout = form(inner);
        if (!(target instanceof GroupLayout) || layout.byteSize() != target.byteSize()) {
            throw refused(target + " is not " + layout + ", the layout of " + inner.name());
        }
        return segment -> segment;
    }

    private static RawQueue.Offsets layout(Element.Queue queue, Layout inner, MemoryLayout head) {
        StructLayout element = form(inner);
        if (queue.link() == null) {
            throw refused("the link member of its elements is not declared");
        }
        PathElement[] link = path(queue.link());
        return queue.list()
                ? RawListQueue.Offsets.of(head, element, link)
                : RawTailQueue.Offsets.of(head, element, link);
    }

    private static StateFactory maker(@Nullable StateFactory made) {
        if (made == null) {
            throw refused("it has no factory for its elements");
        }
        return made;
    }

    /// Returns the natural C layout of an element that has no declared layout.
    private static MemoryLayout natural(Element element, List<Layout> nested) {
        return switch (element) {
            case Element.Scalar(ScalarType type, _) ->
                    switch (type == ScalarType.FD ? Integer.BYTES : type.bytes()) {
                        case 1 -> ValueLayout.JAVA_BYTE;
                        case 2 -> ValueLayout.JAVA_SHORT;
                        case 4 -> ValueLayout.JAVA_INT;
                        default -> ValueLayout.JAVA_LONG;
                    };
            case Element.Bitmap _ -> ValueLayout.JAVA_LONG;
            case Element.Struct _, Element.VersionedStruct _ -> form(nested.getFirst());
            default -> throw refused("is a pointer without a target layout");
        };
    }

    private static StructLayout form(Layout inner) {
        if (!(inner.form() instanceof MemoryForm(StructLayout layout))) {
            throw refused(inner.name() + " does not describe memory");
        }
        return layout;
    }

    @SuppressWarnings("restricted") // this binding has to dereference C pointers
    private static AddressLayout pointerTo(@Nullable MemoryLayout target) {
        return ValueLayout.ADDRESS_UNALIGNED.withTargetLayout(
                target != null
                        ? target
                        : MemoryLayout.sequenceLayout(Long.MAX_VALUE, ValueLayout.JAVA_BYTE));
    }

    private static MemoryLayout innermost(MemoryLayout layout) {
        MemoryLayout inner = layout;
        while (inner instanceof SequenceLayout sequence) {
            inner = sequence.elementLayout();
        }
        return inner;
    }

    private static PathElement[] path(FieldDeclaration field) {
        return path(field.home().member() != null ? field.home().member() : field.name());
    }

    private static PathElement[] path(String member) {
        return Arrays.stream(member.split("\\.", -1))
                .map(PathElement::groupElement)
                .toArray(PathElement[]::new);
    }

    private static IllegalArgumentException refused(String why) {
        return new IllegalArgumentException(why);
    }
}
