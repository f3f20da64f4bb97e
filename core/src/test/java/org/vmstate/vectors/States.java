// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.VMStateField;
import org.vmstate.queue.IntrusiveQueue;
import org.vmstate.queue.ListQueue;
import org.vmstate.queue.TailQueue;

/// Converts the vectors' JSON of states to [Node]s and back.
///
/// If the JSON contains only as many elements of a member as a count specifies, the node gets more
/// room.
final class States implements Kind<Node> {
    /// The minimum room of a pointer's target, in elements.
    static final int ROOM = 64;

    private static final Map<String, Class<?>> PRIMITIVES =
            Map.ofEntries(
                    Map.entry("bool", boolean.class),
                    Map.entry("int8", byte.class),
                    Map.entry("uint8", byte.class),
                    Map.entry("int16", short.class),
                    Map.entry("uint16", short.class),
                    Map.entry("int32", int.class),
                    Map.entry("uint32", int.class),
                    Map.entry("int64", long.class),
                    Map.entry("uint64", long.class),
                    Map.entry("timer", long.class),
                    Map.entry("cpudouble", double.class),
                    Map.entry("float64", double.class));

    private final Map<String, Description> descriptions;
    private final boolean intrusive;
    private final int room;
    private final boolean nullUnlessGiven;

    /// Creates nodes; queues are intrusive if `intrusive`, else they are lists.
    States(Map<String, Description> descriptions, boolean intrusive) {
        this(descriptions, intrusive, ROOM, false);
    }

    /// Creates nodes with this room for targets of pointers. Pointers that are not in the JSON are
    /// null if `nullUnlessGiven`, else they have a target.
    States(
            Map<String, Description> descriptions,
            boolean intrusive,
            int room,
            boolean nullUnlessGiven) {
        this.descriptions = descriptions;
        this.intrusive = intrusive;
        this.room = room;
        this.nullUnlessGiven = nullUnlessGiven;
    }

    int room() {
        return room;
    }

    /// A null pointer to a number cannot be represented in a node.
    @Override
    public boolean can(String id, Map<String, Object> json) {
        return descriptions.get(id).fields().stream()
                .noneMatch(
                        field ->
                                field.kind().equals("scalar")
                                        && field.pointer()
                                        && isNull(field, json));
    }

    private boolean isNull(Description.Field field, Map<String, Object> json) {
        return json.containsKey(field.member())
                ? json.get(field.member()) == null
                : field.allocated() || (field.pointer() && nullUnlessGiven);
    }

    @Override
    public VMStateDescriptionBuilder<Node> builder(String id, String name) {
        return VMStateDescription.builder(name, Node.class, MethodHandles.lookup());
    }

    @Override
    public VMStateField<Node> bind(Description.Field field, VMStateField<Object> declared) {
        String member = field.member();
        return field.kind().equals("scalar")
                ? declared.<Node>number(n -> n.number(member), (n, v) -> n.number(member, v))
                : declared.<Node, Object>object(n -> n.get(member), (n, v) -> n.set(member, v));
    }

    @Override
    public VMStateField<Node> allocate(Description.Field field, VMStateField<Node> declared) {
        return field.type().equals("struct")
                ? declared.allocate(() -> blank(field.text("description"), null))
                : declared.allocate();
    }

    @Override
    public Numbers numbers(String id, Node state) {
        return state;
    }

    @Override
    public void initialise(String id, Node state, Description.Field field) {
        state.set(field.member(), queue(field, List.of()));
    }

    /// Creates a node of a description with zeros.
    @Override
    public Node blank(String id, @Nullable Node parent) {
        Node node = new Node(parent);
        fill(node, descriptions.get(id), Map.of());
        return node;
    }

    /// Creates the node in a JSON value.
    @Override
    public Node state(String id, Map<String, Object> json) {
        Node node = new Node();
        fill(node, descriptions.get(id), json);
        return node;
    }

    private void fill(Node node, Description description, Map<String, Object> json) {
        description
                .map("notSent")
                .forEach((member, type) -> node.set(member, number(json.get(member))));
        for (Description.Field field : description.fields()) {
            if (field.hasMember()) {
                node.set(field.member(), value(field, json));
            }
        }
        for (String subsection : description.subsections()) {
            fill(node, descriptions.get(subsection), json);
        }
    }

    private @Nullable Object value(Description.Field field, Map<String, Object> state) {
        Object json = state.get(field.member());
        if (isNull(field, state)) {
            return null;
        }
        return switch (field.kind()) {
            case "scalar" ->
                    isDouble(field.type())
                            ? (Object)
                                    Long.parseUnsignedLong(json == null ? "0" : (String) json, 16)
                            : (Object) number(json);
            case "struct", "vstruct" -> inner(field, json);
            case "buffer" -> bytes(field, (String) json);
            case "bitmap" -> bits((List<?>) json);
            case "qtailq", "qlist" -> queue(field, json == null ? List.of() : (List<?>) json);
            case "gtree" -> tree(field, json == null ? List.of() : (List<?>) json);
            default -> array(field, json == null ? List.of() : (List<?>) json);
        };
    }

    private Node inner(Description.Field field, @Nullable Object json) {
        return state(field.text("description"), json == null ? Map.of() : Description.cast(json));
    }

    private static long number(@Nullable Object json) {
        return switch (json) {
            case null -> 0;
            case Boolean b -> b ? 1 : 0;
            case Long n -> n;
            case String s when s.startsWith("-") -> Long.parseLong(s);
            default -> Long.parseUnsignedLong((String) json);
        };
    }

    /// Whether the JSON contains the bits of numbers of a type.
    static boolean isDouble(String type) {
        return type.equals("cpudouble") || type.equals("float64");
    }

    private byte[] bytes(Description.Field field, @Nullable String hex) {
        byte[] given = HexFormat.of().parseHex(hex == null ? "" : hex);
        int length = field.allocated() ? given.length : Math.max(given.length, field.room(room));
        return java.util.Arrays.copyOf(given, length);
    }

    private long[] bits(@Nullable List<?> set) {
        long[] words = new long[room];
        if (set != null) {
            for (Object bit : set) {
                int i = ((Long) bit).intValue();
                words[i / 64] |= 1L << (i % 64);
            }
        }
        return words;
    }

    private Object queue(Description.Field field, List<?> json) {
        List<Node> nodes =
                json.stream()
                        .map(e -> state(field.text("description"), Description.cast(e)))
                        .toList();
        if (!intrusive) {
            return new ArrayList<>(nodes);
        }
        if (field.kind().equals("qtailq")) {
            TailQueue<Node> queue = new TailQueue<>(n -> n.tailLink);
            nodes.forEach(queue::insertTail);
            return queue;
        }
        ListQueue<Node> list = new ListQueue<>(n -> n.listLink);
        nodes.reversed().forEach(list::insertHead);
        return list;
    }

    private Object tree(Description.Field field, List<?> json) {
        String values = field.inner("value");
        boolean direct = field.json().get("key") instanceof String;
        String keys = direct ? "" : field.inner("key");
        TreeMap<Object, Node> tree =
                new TreeMap<>(
                        direct ? (a, b) -> Long.compareUnsigned((Long) a, (Long) b) : order(keys));
        for (Object entry : json) {
            Map<String, Object> pair = Description.cast(entry);
            Object key = pair.get("key");
            tree.put(
                    direct ? (Object) number(key) : state(keys, Description.cast(key)),
                    state(values, Description.cast(pair.get("value"))));
        }
        return tree;
    }

    private Comparator<Object> order(String keys) {
        List<?> members = descriptions.get(keys).list("keyOrder");
        return (a, b) -> {
            for (Object member : members) {
                int c =
                        Long.compareUnsigned(
                                ((Node) a).number((String) member),
                                ((Node) b).number((String) member));
                if (c != 0) {
                    return c;
                }
            }
            return 0;
        };
    }

    private Object array(Description.Field field, List<?> json) {
        List<Object> flat = new ArrayList<>();
        flatten(json, flat, field.has("dims"));
        int length = field.allocated() ? flat.size() : Math.max(field.room(room), flat.size());
        boolean pointers = field.kind().equals("arrayOfPointers");
        boolean structs = field.type().equals("struct");
        Class<?> type = structs ? Node.class : pointers ? Long.class : primitive(field.type());
        Object array = Array.newInstance(type, length);
        for (int i = 0; i < length; i++) {
            Object element = i < flat.size() ? flat.get(i) : null;
            if (structs) {
                boolean none = pointers && element == null;
                Array.set(array, i, none ? null : inner(field, element));
            } else if (pointers) {
                Array.set(array, i, element == null ? null : number(element));
            } else if (element != null) {
                set(array, i, element);
            }
        }
        return array;
    }

    private static Class<?> primitive(String type) {
        Class<?> primitive = PRIMITIVES.get(Description.withoutCondition(type));
        if (primitive == null) {
            throw new IllegalArgumentException("no array has elements of " + type);
        }
        return primitive;
    }

    private static void flatten(List<?> json, List<Object> into, boolean rows) {
        for (Object element : json) {
            if (rows) {
                flatten((List<?>) element, into, false);
            } else {
                into.add(element);
            }
        }
    }

    private static void set(Object array, int i, Object json) {
        switch (array) {
            case boolean[] a -> a[i] = (Boolean) json;
            case byte[] a -> a[i] = (byte) number(json);
            case short[] a -> a[i] = (short) number(json);
            case int[] a -> a[i] = (int) number(json);
            case double[] a ->
                    a[i] = Double.longBitsToDouble(Long.parseUnsignedLong((String) json, 16));
            default -> ((long[]) array)[i] = number(json);
        }
    }

    /// The JSON value of a node.
    @Override
    public Map<String, Object> json(String id, Node node) {
        Map<String, Object> json = new LinkedHashMap<>();
        show(node, descriptions.get(id), json);
        return json;
    }

    private void show(Node node, Description description, Map<String, Object> json) {
        for (Description.Field field : description.fields()) {
            if (field.hasMember()) {
                json.put(field.member(), shown(node, field, node.get(field.member())));
            }
        }
        description
                .map("notSent")
                .forEach(
                        (member, type) -> json.put(member, shown((String) type, node.get(member))));
        for (String subsection : description.subsections()) {
            show(node, descriptions.get(subsection), json);
        }
    }

    private @Nullable Object shown(Node node, Description.Field field, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        Description.Source source = field.source();
        int count = field.pointer() && source != null ? (int) source.of(node) : -1;
        return switch (field.kind()) {
            case "scalar" -> shown(field.type(), value);
            case "struct", "vstruct" -> json(field.text("description"), (Node) value);
            case "buffer" -> {
                byte[] bytes = (byte[]) value;
                yield HexFormat.of().formatHex(bytes, 0, count < 0 ? bytes.length : count);
            }
            case "bitmap" -> setBits((long[]) value, (count + 63) / 64);
            case "qtailq", "qlist" -> {
                List<Object> shown = new ArrayList<>();
                for (Object element : (Iterable<?>) value) {
                    shown.add(json(field.text("description"), (Node) element));
                }
                if (value instanceof Collection<?> || value instanceof IntrusiveQueue<?>) {
                    yield shown;
                }
                throw new IllegalStateException();
            }
            case "gtree" -> shownTree(field, (Map<?, ?>) value);
            default -> shownArray(field, value, count < 0 ? Array.getLength(value) : count);
        };
    }

    private List<Object> shownTree(Description.Field field, Map<?, ?> tree) {
        List<Object> shown = new ArrayList<>();
        String values = field.inner("value");
        tree.forEach(
                (key, value) ->
                        shown.add(
                                Map.of(
                                        "key",
                                        key instanceof Node node
                                                ? json(field.inner("key"), node)
                                                : Long.toUnsignedString((Long) key),
                                        "value",
                                        json(values, (Node) value))));
        return shown;
    }

    private List<Object> shownArray(Description.Field field, Object array, int count) {
        List<Object> flat = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Object element = Array.get(array, i);
            flat.add(
                    element == null
                            ? null
                            : element instanceof Node node
                                    ? json(field.text("description"), node)
                                    : shown(field.type(), unboxed(element)));
        }
        if (!field.has("dims")) {
            return flat;
        }
        int columns = ((Long) field.list("dims").get(1)).intValue();
        List<Object> rows = new ArrayList<>();
        for (int i = 0; i < flat.size(); i += columns) {
            rows.add(flat.subList(i, i + columns));
        }
        return rows;
    }

    private static long unboxed(Object box) {
        return switch (box) {
            case Boolean b -> b ? 1 : 0;
            case Double d -> Double.doubleToRawLongBits(d);
            default -> ((Number) box).longValue();
        };
    }

    private static Object shown(String type, @Nullable Object value) {
        long number = value == null ? 0 : (Long) value;
        return switch (Description.withoutCondition(type)) {
            case "bool" -> number != 0;
            case "uint8" -> number & 0xff;
            case "uint16" -> number & 0xffff;
            case "uint32" -> number & 0xffff_ffffL;
            case "int64", "timer" -> Long.toString(number);
            case "uint64" -> Long.toUnsignedString(number);
            case "cpudouble", "float64" -> HexFormat.of().toHexDigits(number);
            case "int8", "int16", "int32", "fd" -> number;
            default -> throw new IllegalArgumentException(type);
        };
    }

    private static List<Object> setBits(long[] words, int count) {
        List<Object> bits = new ArrayList<>();
        for (int i = 0; i < count * 64; i++) {
            if ((words[i / 64] >>> (i % 64) & 1) != 0) {
                bits.add((long) i);
            }
        }
        return bits;
    }
}
