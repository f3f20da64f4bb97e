// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.ADDRESS;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SequenceLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.VMStateField;
import org.vmstate.queue.RawListQueue;
import org.vmstate.queue.RawTailQueue;
import org.vmstate.testing.StructMembers;

/// States in C structures with layouts according to the JSON, and conversions between them and
/// [Node]s.
final class MemoryStates implements Kind<MemorySegment> {
    private static final StructLayout POINTERS = structLayout(ADDRESS, ADDRESS);
    private static final StructLayout LIST_HEAD = structLayout(ADDRESS);

    private final Map<String, Description> descriptions;
    private final States nodes;
    private final Map<String, StructLayout> layouts = new HashMap<>();
    private Arena arena = Arena.ofAuto();

    private final Members members;

    MemoryStates(Map<String, Description> descriptions) {
        this(descriptions, new States(descriptions, true));
    }

    /// States with the same room and null pointers as nodes.
    MemoryStates(Map<String, Description> descriptions, States nodes) {
        this.descriptions = descriptions;
        this.nodes = nodes;
        this.members = new Members(descriptions);
    }

    @Override
    public void forget() {
        arena = Arena.ofAuto();
    }

    /// Trees cannot be in native memory.
    @Override
    public boolean can(String id, Map<String, Object> json) {
        return !hasTree(id);
    }

    private boolean hasTree(String id) {
        Description description = descriptions.get(id);
        return description.subsections().stream().anyMatch(this::hasTree)
                || description.fields().stream()
                        .anyMatch(
                                field ->
                                        field.kind().equals("gtree")
                                                || (field.has("description")
                                                        && hasTree(field.text("description"))));
    }

    @Override
    public void initialise(String id, MemorySegment state, Description.Field field) {
        MemorySegment head = slice(state, layout(id), field.member());
        if (field.kind().equals("qlist")) {
            list(field, head).init();
        } else {
            tail(field, head).init();
        }
    }

    @Override
    public VMStateDescriptionBuilder<MemorySegment> builder(String id, String name) {
        return VMStateDescription.builder(
                name, layout(id), (size, alignment) -> arena.allocate(size, alignment));
    }

    @Override
    public VMStateField<MemorySegment> bind(
            Description.Field field, VMStateField<Object> declared) {
        VMStateField<Object> named = declared.named(field.member());
        VMStateField<Object> bound =
                switch (field.kind()) {
                    case "qtailq" -> named.link("tail_link");
                    case "qlist" -> named.link("list_link");
                    default -> named;
                };
        // No accessor is bound, so the field can be used for any kind of state.
        @SuppressWarnings({"unchecked", "rawtypes"})
        VMStateField<MemorySegment> ofMemory = (VMStateField) bound;
        return ofMemory;
    }

    @Override
    public VMStateField<MemorySegment> allocate(
            Description.Field field, VMStateField<MemorySegment> declared) {
        return declared.allocate();
    }

    @Override
    public MemorySegment blank(String id, @Nullable MemorySegment parent) {
        MemorySegment state = write(id, nodes.blank(id, null));
        if (parent != null) {
            state.set(ADDRESS, layout(id).byteOffset(groupElement("parent")), parent);
        }
        return state;
    }

    @Override
    public MemorySegment state(String id, Map<String, Object> json) {
        return write(id, nodes.state(id, json));
    }

    @Override
    public Map<String, Object> json(String id, MemorySegment state) {
        return nodes.json(id, read(id, state));
    }

    @Override
    public Numbers numbers(String id, MemorySegment state) {
        StructLayout layout = layout(id);
        return new Numbers() {
            @Override
            public long number(String path) {
                int dot = path.indexOf('.');
                return dot < 0
                        ? get((ValueLayout) member(layout, path), slice(state, layout, path))
                        : inner(path.substring(0, dot)).number(path.substring(dot + 1));
            }

            @Override
            public void number(String path, long value) {
                int dot = path.indexOf('.');
                if (dot < 0) {
                    set((ValueLayout) member(layout, path), slice(state, layout, path), value);
                } else {
                    inner(path.substring(0, dot)).number(path.substring(dot + 1), value);
                }
            }

            private Numbers inner(String name) {
                String inner = members.inner(id, name);
                MemorySegment at = slice(state, layout, name);
                return numbers(
                        inner,
                        member(layout, name) instanceof AddressLayout
                                ? at.get(to(layout(inner)), 0)
                                : at);
            }
        };
    }

    private StructLayout layout(String id) {
        StructLayout known = layouts.get(id);
        if (known == null) {
            Map<String, MemoryLayout> members = new LinkedHashMap<>();
            collect(descriptions.get(id), members);
            members.put("tail_link", POINTERS);
            members.put("list_link", POINTERS);
            members.put("parent", ADDRESS);
            known = aligned(members);
            layouts.put(id, known);
        }
        return known;
    }

    private void collect(Description description, Map<String, MemoryLayout> members) {
        description
                .map("notSent")
                .forEach((member, type) -> members.put(member, number((String) type)));
        for (Description.Field field : description.fields()) {
            if (field.hasMember()) {
                members.put(field.member(), member(field));
            }
        }
        for (String subsection : description.subsections()) {
            collect(descriptions.get(subsection), members);
        }
    }

    private static StructLayout aligned(Map<String, MemoryLayout> members) {
        List<MemoryLayout> layouts = new ArrayList<>();
        long offset = 0;
        for (Map.Entry<String, MemoryLayout> member : members.entrySet()) {
            MemoryLayout layout = member.getValue();
            long padding = -offset & (layout.byteAlignment() - 1);
            if (padding > 0) {
                layouts.add(paddingLayout(padding));
            }
            layouts.add(layout.withName(member.getKey()));
            offset += padding + layout.byteSize();
        }
        return structLayout(layouts.toArray(MemoryLayout[]::new));
    }

    private MemoryLayout member(Description.Field field) {
        MemoryLayout element =
                switch (field.kind()) {
                    case "buffer" -> ValueLayout.JAVA_BYTE;
                    case "bitmap" -> ValueLayout.JAVA_LONG;
                    case "qtailq" -> POINTERS;
                    case "qlist" -> LIST_HEAD;
                    default ->
                            field.has("description")
                                    ? layout(field.text("description"))
                                    : number(field.type());
                };
        if (field.kind().equals("arrayOfPointers")) {
            element = to(element);
        }
        if (!List.of("scalar", "struct", "vstruct", "qtailq", "qlist").contains(field.kind())) {
            if (field.allocated()) {
                return to(element);
            }
            element = sequenceLayout(field.room(nodes.room()), element);
        }
        return field.pointer() ? to(element) : element;
    }

    private static ValueLayout number(String type) {
        return switch (Description.withoutCondition(type)) {
            case "bool" -> ValueLayout.JAVA_BOOLEAN;
            case "int8", "uint8" -> ValueLayout.JAVA_BYTE;
            case "int16", "uint16" -> ValueLayout.JAVA_SHORT;
            case "int32", "uint32", "fd" -> ValueLayout.JAVA_INT;
            case "int64", "uint64", "timer" -> ValueLayout.JAVA_LONG;
            case "cpudouble", "float64" -> ValueLayout.JAVA_DOUBLE;
            default -> throw new IllegalArgumentException(type);
        };
    }

    private MemorySegment write(String id, Node node) {
        MemorySegment state = arena.allocate(layout(id));
        write(descriptions.get(id), layout(id), node, state);
        return state;
    }

    private void write(
            Description description, StructLayout layout, Node node, MemorySegment state) {
        description
                .map("notSent")
                .forEach(
                        (member, type) ->
                                set(
                                        number((String) type),
                                        slice(state, layout, member),
                                        node.number(member)));
        for (Description.Field field : description.fields()) {
            if (field.hasMember()) {
                String name = field.member();
                write(field, member(layout, name), slice(state, layout, name), node.get(name));
            }
        }
        for (String subsection : description.subsections()) {
            write(descriptions.get(subsection), layout, node, state);
        }
    }

    private void write(
            Description.Field field,
            MemoryLayout layout,
            MemorySegment at,
            @Nullable Object value) {
        switch (value) {
            case null -> at.fill((byte) 0);
            case Object _ when layout instanceof AddressLayout pointer -> {
                MemoryLayout target = pointer.targetLayout().orElseThrow();
                if (value.getClass().isArray() && !(target instanceof SequenceLayout)) {
                    target = sequenceLayout(Array.getLength(value), target);
                }
                MemorySegment memory = arena.allocate(target);
                write(field, target, memory, value);
                at.set(ADDRESS, 0, memory);
            }
            case Number number -> set((ValueLayout) layout, at, number.longValue());
            case Boolean truth -> set((ValueLayout) layout, at, truth ? 1 : 0);
            case Node node -> {
                String id = field.text("description");
                write(descriptions.get(id), layout(id), node, at);
            }
            case Iterable<?> queue -> {
                RawListQueue list = field.kind().equals("qlist") ? list(field, at) : null;
                RawTailQueue tail = list == null ? tail(field, at) : null;
                MemorySegment last = null;
                for (Object node : queue) {
                    MemorySegment element = write(field.text("description"), (Node) node);
                    if (tail != null) {
                        tail.insertTail(element);
                    } else if (last == null) {
                        list.insertHead(element);
                    } else {
                        list.insertAfter(last, element);
                    }
                    last = element;
                }
            }
            default -> {
                MemoryLayout cell = cell(layout);
                for (int i = 0; i < Array.getLength(value); i++) {
                    Object element = Array.get(value, i);
                    MemorySegment to = at.asSlice(i * cell.byteSize(), cell.byteSize());
                    write(
                            field,
                            cell,
                            to,
                            element instanceof Double d ? Double.doubleToRawLongBits(d) : element);
                }
            }
        }
    }

    private Node read(String id, MemorySegment state) {
        Node node = new Node();
        read(descriptions.get(id), layout(id), state, node);
        return node;
    }

    private void read(
            Description description, StructLayout layout, MemorySegment state, Node node) {
        description
                .map("notSent")
                .forEach(
                        (member, type) ->
                                node.set(member, get((String) type, slice(state, layout, member))));
        for (Description.Field field : description.fields()) {
            if (field.hasMember()) {
                String name = field.member();
                node.set(name, read(field, node, member(layout, name), slice(state, layout, name)));
            }
        }
        for (String subsection : description.subsections()) {
            read(descriptions.get(subsection), layout, state, node);
        }
    }

    private @Nullable Object read(
            Description.Field field, Node node, MemoryLayout layout, MemorySegment at) {
        return switch (layout) {
            case AddressLayout pointer -> {
                MemorySegment target = at.get(pointer, 0);
                if (target.address() == 0) {
                    yield null;
                }
                MemoryLayout there = pointer.targetLayout().orElseThrow();
                if (field.allocated()) {
                    Description.Source source = field.source();
                    long count = source == null ? field.room(0) : source.of(node);
                    there = sequenceLayout(count, there);
                    target = at.get(to(there), 0);
                }
                yield read(field, node, there, target);
            }
            case SequenceLayout _ -> {
                MemoryLayout cell = cell(layout);
                int count = (int) (layout.byteSize() / cell.byteSize());
                yield switch (field.kind()) {
                    case "buffer" -> at.toArray(ValueLayout.JAVA_BYTE);
                    case "bitmap" -> at.toArray(ValueLayout.JAVA_LONG);
                    default -> {
                        Object[] elements = new Object[count];
                        for (int i = 0; i < count; i++) {
                            MemorySegment from = at.asSlice(i * cell.byteSize(), cell.byteSize());
                            elements[i] = read(field, node, cell, from);
                        }
                        yield elements;
                    }
                };
            }
            case ValueLayout _ -> get(field.type(), at);
            default ->
                    switch (field.kind()) {
                        case "qtailq" -> read(field, tail(field, at));
                        case "qlist" -> read(field, list(field, at));
                        default -> read(field.text("description"), at);
                    };
        };
    }

    private List<Node> read(Description.Field field, Iterable<MemorySegment> queue) {
        List<Node> elements = new ArrayList<>();
        for (MemorySegment element : queue) {
            elements.add(read(field.text("description"), element));
        }
        return elements;
    }

    private RawTailQueue tail(Description.Field field, MemorySegment head) {
        StructLayout element = layout(field.text("description"));
        return RawTailQueue.Offsets.of(POINTERS, element, groupElement("tail_link")).at(head);
    }

    private RawListQueue list(Description.Field field, MemorySegment head) {
        StructLayout element = layout(field.text("description"));
        return RawListQueue.Offsets.of(LIST_HEAD, element, groupElement("list_link")).at(head);
    }

    private static MemoryLayout cell(MemoryLayout layout) {
        return layout instanceof SequenceLayout sequence ? sequence.elementLayout() : layout;
    }

    private static MemoryLayout member(StructLayout layout, String name) {
        return StructMembers.of(layout).named(name).layout();
    }

    private static MemorySegment slice(MemorySegment state, StructLayout layout, String name) {
        return StructMembers.of(layout).named(name).in(state);
    }

    @SuppressWarnings("restricted")
    private static AddressLayout to(MemoryLayout target) {
        return ADDRESS.withTargetLayout(target);
    }

    /// The number in a variable of a type.
    private static long get(String type, MemorySegment at) {
        ValueLayout layout = number(type);
        long bits = get(layout, at);
        return layout instanceof ValueLayout.OfDouble ? bits : CNumber.of(type, bits).value();
    }

    /// The low bits of a number.
    private static long get(ValueLayout layout, MemorySegment at) {
        return switch (layout) {
            case ValueLayout.OfBoolean l -> at.get(l, 0) ? 1 : 0;
            case ValueLayout.OfByte l -> at.get(l, 0);
            case ValueLayout.OfShort l -> at.get(l, 0);
            case ValueLayout.OfInt l -> at.get(l, 0);
            case ValueLayout.OfLong l -> at.get(l, 0);
            case ValueLayout.OfDouble l -> Double.doubleToRawLongBits(at.get(l, 0));
            default -> throw new IllegalArgumentException(layout.toString());
        };
    }

    private static void set(ValueLayout layout, MemorySegment at, long value) {
        switch (layout) {
            case ValueLayout.OfBoolean l -> at.set(l, 0, value != 0);
            case ValueLayout.OfByte l -> at.set(l, 0, (byte) value);
            case ValueLayout.OfShort l -> at.set(l, 0, (short) value);
            case ValueLayout.OfInt l -> at.set(l, 0, (int) value);
            case ValueLayout.OfLong l -> at.set(l, 0, value);
            case ValueLayout.OfDouble l -> at.set(l, 0, Double.longBitsToDouble(value));
            default -> throw new IllegalArgumentException(layout.toString());
        }
    }
}
