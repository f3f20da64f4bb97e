// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// Creates random descriptions in the JSON of the vectors, and states of them.
///
/// Members that a test excludes are zero in a state, so that a state equals the one that was saved
/// and loaded.
final class RandomDescription {
    /// The version of all created descriptions.
    static final int VERSION = 3;

    private static final List<String> SCALARS =
            List.of(
                    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32",
                    "uint64", "timer");

    private final RandomGenerator random;
    private final Map<String, Description> made = new LinkedHashMap<>();
    private int inQueues;

    RandomDescription(RandomGenerator random) {
        this.random = random;
    }

    /// All created descriptions by id.
    Map<String, Description> made() {
        return made;
    }

    /// Creates a description, and those that it uses.
    String make(int depth) {
        return make("r/" + made.size(), depth, random.nextBoolean());
    }

    private String make(String name, int depth, boolean subsections) {
        String id = "id" + made.size();
        made.put(id, new Description(Map.of()));
        List<Map<String, Object>> fields = new ArrayList<>();
        int count = random.nextInt(1, 7);
        for (int i = 0; i < count; i++) {
            field(fields, id + "m" + i, depth);
        }
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", name);
        json.put("version", (long) VERSION);
        json.put("minimumVersion", 1L);
        json.put("fields", fields);
        if (subsections) {
            fields.add(scalar(id + "on", "bool"));
            String subsection = make(name + "/s", 0, false);
            made.get(subsection).json().put("needed", Map.of("expr", id + "on"));
            json.put("subsections", List.of(subsection));
        }
        made.put(id, new Description(json));
        return id;
    }

    private void field(List<Map<String, Object>> fields, String member, int depth) {
        String type = SCALARS.get(random.nextInt(SCALARS.size()));
        Map<String, Object> field = scalar(member, type);
        switch (random.nextInt(depth > 0 ? 15 : 9)) {
            case 0 -> put(field, "kind", "array", "count", random.nextLong(1, 5));
            case 1 -> {
                long columns = random.nextLong(1, 4);
                put(field, "kind", "array", "dims", List.of(2L, columns), "count", 2 * columns);
            }
            case 2 -> {
                String counted = random.nextBoolean() ? "uint8" : "int32";
                fields.add(scalar(member + "n", counted));
                put(field, "kind", "array", "countFrom", from(member + "n", counted));
                field.put("storage", "pointer, allocated on load");
            }
            case 3 -> put(field, "kind", "buffer", "memberLength", 6L, "start", 2L, "size", 3L);
            case 4 -> {
                fields.add(scalar(member + "n", "uint32"));
                put(field, "kind", "buffer", "sizeFrom", from(member + "n", "uint32"));
                field.put("storage", "pointer, allocated on load");
            }
            case 5 -> {
                fields.add(scalar(member + "n", "int32"));
                put(field, "kind", "bitmap", "bitsFrom", from(member + "n", "int32"));
                field.put("storage", "pointer");
            }
            case 6 -> {
                put(field, "kind", "unused", "size", random.nextLong(5));
                field.put("name", "unused");
            }
            case 7 -> {
                // Which pointers of a new element are null is not known before it is loaded.
                put(field, "kind", inQueues > 0 ? "array" : "arrayOfPointers");
                field.put("count", random.nextLong(1, 6));
            }
            case 9 -> put(field, "kind", "struct", "description", make(depth - 1));
            case 10 -> {
                put(field, "kind", "array", "count", random.nextLong(1, 4), "type", "struct");
                field.put("description", make(depth - 1));
            }
            case 11 -> {
                put(field, "kind", inQueues > 0 ? "array" : "arrayOfPointers", "count", 4L);
                field.put("type", "struct");
                field.put("description", make(depth - 1));
            }
            case 12, 13 -> {
                put(field, "kind", random.nextBoolean() ? "qtailq" : "qlist");
                inQueues++;
                field.put("description", make(depth - 1));
                inQueues--;
                field.put("since", (long) VERSION);
            }
            case 14 -> {
                put(field, "kind", "gtree", "key", "direct uint64");
                inQueues++;
                field.put("value", Map.of("description", make(depth - 1)));
                inQueues--;
                field.put("since", (long) VERSION);
            }
            default -> {}
        }
        if (!field.containsKey("since")) {
            field.put("since", random.nextLong(VERSION + 1));
        }
        if (random.nextInt(5) == 0) {
            fields.add(scalar(member + "t", "bool"));
            field.put("test", Map.of("expr", member + "t"));
        }
        fields.add(field);
    }

    private static Map<String, Object> scalar(String member, String type) {
        Map<String, Object> field = new LinkedHashMap<>();
        put(field, "name", member, "kind", "scalar", "type", type);
        return field;
    }

    private static Map<String, Object> from(String member, String type) {
        return Map.of("member", member, "type", type);
    }

    private static void put(Map<String, Object> field, Object... pairs) {
        for (int i = 0; i < pairs.length; i += 2) {
            field.put((String) pairs[i], pairs[i + 1]);
        }
    }

    /// A random state of a description.
    Map<String, Object> state(String id) {
        Map<String, Object> state = new LinkedHashMap<>();
        fill(made.get(id), state, true);
        return state;
    }

    private void fill(Description description, Map<String, Object> state, boolean sent) {
        for (Description.Field field : description.fields()) {
            if (field.kind().equals("unused")) {
                continue;
            }
            String test = field.test();
            boolean there = sent && (test == null || Boolean.TRUE.equals(state.get(test)));
            Object value = value(field, state);
            state.put(field.member(), there ? value : Emptied.value(made, field, value));
            Description.Source source = field.source();
            if (source != null && !there) {
                state.put(source.member(), 0L);
            }
        }
        for (String subsection : description.subsections()) {
            Description inner = made.get(subsection);
            String needed = (String) inner.map("needed").get("expr");
            fill(inner, state, Boolean.TRUE.equals(state.get(needed)));
        }
    }

    private Object value(Description.Field field, Map<String, Object> state) {
        return switch (field.kind()) {
            case "scalar" -> number(field.type());
            case "buffer" -> {
                int size = field.has("memberLength") ? 6 : random.nextInt(5);
                byte[] bytes = new byte[size];
                random.nextBytes(bytes);
                if (field.has("memberLength")) {
                    bytes = new byte[] {0, 0, bytes[2], bytes[3], bytes[4], 0};
                }
                counted(field, state, size);
                yield size == 0 && field.allocated() ? null : HexFormat.of().formatHex(bytes);
            }
            case "bitmap" -> {
                int bits = random.nextInt(150);
                counted(field, state, bits);
                yield random.ints(0, Math.max(1, bits))
                        .limit(bits / 3)
                        .sorted()
                        .distinct()
                        .mapToObj(i -> (Object) (long) i)
                        .toList();
            }
            case "struct" -> state(field.text("description"));
            case "qtailq", "qlist" ->
                    list(random.nextInt(4), () -> state(field.text("description")));
            case "gtree" -> {
                String inner =
                        (String) Description.cast(field.json().get("value")).get("description");
                TreeMap<Long, Object> sorted = new TreeMap<>(Long::compareUnsigned);
                for (int i = random.nextInt(4); i > 0; i--) {
                    sorted.put(random.nextLong(), state(inner));
                }
                List<Object> entries = new ArrayList<>();
                sorted.forEach(
                        (k, v) -> entries.add(Map.of("key", Long.toUnsignedString(k), "value", v)));
                yield entries;
            }
            default -> array(field, state);
        };
    }

    private Object array(Description.Field field, Map<String, Object> state) {
        boolean pointers = field.kind().equals("arrayOfPointers");
        java.util.function.Supplier<Object> element =
                () ->
                        pointers && random.nextInt(3) == 0
                                ? null
                                : field.type().equals("struct")
                                        ? state(field.text("description"))
                                        : number(field.type());
        if (field.has("dims")) {
            int columns = ((Long) field.list("dims").get(1)).intValue();
            return list(2, () -> list(columns, element));
        }
        int count = field.has("count") ? field.number("count") : random.nextInt(5);
        counted(field, state, count);
        return count == 0 ? null : list(count, element);
    }

    private static void counted(Description.Field field, Map<String, Object> state, long count) {
        Description.Source source = field.source();
        if (source != null) {
            state.put(source.member(), count);
        }
    }

    private static List<Object> list(int count, java.util.function.Supplier<Object> element) {
        List<Object> list = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            list.add(element.get());
        }
        return list;
    }

    private Object number(String type) {
        long bits = random.nextLong();
        return switch (type) {
            case "bool" -> random.nextBoolean();
            case "int8" -> (long) (byte) bits;
            case "int16" -> (long) (short) bits;
            case "int32" -> (long) (int) bits;
            case "uint8" -> bits & 0xff;
            case "uint16" -> bits & 0xffff;
            case "uint32" -> bits & 0xffff_ffffL;
            case "uint64" -> Long.toUnsignedString(bits);
            default -> Long.toString(bits);
        };
    }
}
