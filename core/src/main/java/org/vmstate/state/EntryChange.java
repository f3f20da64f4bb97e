// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.DescriptionKeys;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.FieldRun;
import org.vmstate.vmdesc.JsonDocument;
import org.vmstate.vmdesc.JsonValue;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.StructDescription;

/// Applies a change of a section's body to the section's entry in the description.
///
/// Follows the nodes from the section to the changed one, and their JSON, and adds the growth of
/// the body to the `size` of each field on the way. Only the first element of an array whose
/// elements share an entry has JSON for its content, so a change within another element does not
/// change the JSON below the entry.
final class EntryChange {
    /// Changes the JSON that describes the content of the changed node.
    interface Inside {
        /// Changes a structure: `fields` and `subsections`.
        default JsonObject body(JsonObject body) {
            return body;
        }

        /// Changes a structure with a description: `fields` and `subsections`.
        default JsonObject body(JsonObject body, StructDescription description) {
            return body(body);
        }

        /// A change of the objects of the fields from one index to before another one; an array is
        /// one field, and has an object for each of its entries.
        static Inside fields(int from, int to, Consumer<List<JsonObject>> change) {
            return new Inside() {
                @Override
                public JsonObject body(JsonObject body, StructDescription description) {
                    List<JsonObject> fields = objects(body, DescriptionKeys.FIELDS);
                    change.accept(
                            fields.subList(
                                    Inside.count(description.runs().subList(0, from)),
                                    Inside.count(description.runs().subList(0, to))));
                    return EntryChange.with(body, DescriptionKeys.FIELDS, fields);
                }
            };
        }

        private static int count(List<FieldRun> runs) {
            return runs.stream().mapToInt(run -> run.fields().size()).sum();
        }

        /// Changes a queue, list or tree: one object per element, key or value.
        default List<JsonObject> groups(List<JsonObject> groups) {
            return groups;
        }

        /// Changes an array: its entries in the list of fields.
        default List<JsonObject> entries(List<JsonObject> entries, FieldRun run) {
            return entries;
        }

        /// A change of the subsections of a structure.
        static Inside subsections(Consumer<List<JsonObject>> change) {
            return new Inside() {
                @Override
                public JsonObject body(JsonObject body) {
                    List<JsonObject> subsections = objects(body, DescriptionKeys.SUBSECTIONS);
                    change.accept(subsections);
                    return EntryChange.with(body, DescriptionKeys.SUBSECTIONS, subsections);
                }
            };
        }

        /// A change of the objects of a queue, list or tree.
        static Inside groups(Consumer<List<JsonObject>> change) {
            return new Inside() {
                @Override
                public List<JsonObject> groups(List<JsonObject> groups) {
                    List<JsonObject> changed = new ArrayList<>(groups);
                    change.accept(changed);
                    return changed;
                }
            };
        }

        /// The removal of objects of a queue, list or tree.
        static Inside groupsWithout(int from, int count) {
            return groups(list -> list.subList(from, from + count).clear());
        }

        /// The insertion of objects into a queue, list or tree.
        static Inside groupsWith(int at, List<JsonObject> added) {
            return groups(list -> list.addAll(at, added));
        }

        /// A change of the entries of an array.
        static Inside entries(BiFunction<List<JsonObject>, FieldRun, List<JsonObject>> change) {
            return new Inside() {
                @Override
                public List<JsonObject> entries(List<JsonObject> entries, FieldRun run) {
                    return change.apply(entries, run);
                }
            };
        }
    }

    /// A change of sizes only.
    static final Inside SIZES_ONLY = new Inside() {};

    private final List<StateNode> way;
    private final long growth;
    private final Inside inside;
    private boolean shared;

    /// @param way the nodes from the section to the changed one
    /// @param growth the number of bytes that the body grows by
    EntryChange(List<StateNode> way, long growth, Inside inside) {
        this.way = way;
        this.growth = growth;
        this.inside = inside;
    }

    /// Whether an entry on the way describes several elements of an array.
    boolean sharesEntry() {
        return shared;
    }

    JsonObject apply(JsonObject entry, DeviceDescription device) {
        JsonObject changed = body(entry, device.body(), 0);
        return device.oldStyle() ? resized(changed) : changed;
    }

    private boolean last(int at) {
        return at == way.size() - 1;
    }

    private JsonObject body(JsonObject body, StructDescription description, int at) {
        if (last(at)) {
            return inside.body(body, description);
        }
        StructNode struct = (StructNode) way.get(at);
        if (way.get(at + 1) instanceof SubsectionNode subsection) {
            int index = indexOf(struct.subsections(), subsection);
            List<JsonObject> subsections = objects(body, DescriptionKeys.SUBSECTIONS);
            JsonObject changed =
                    body(subsections.get(index), description.subsections().get(index), at + 1);
            subsections.set(index, changed);
            return with(body, DescriptionKeys.SUBSECTIONS, subsections);
        }
        List<FieldRun> runs = description.runs();
        int index = indexOf(struct.fields(), way.get(at + 1));
        int first = runs.subList(0, index).stream().mapToInt(run -> run.fields().size()).sum();
        FieldRun run = runs.get(index);
        List<JsonObject> fields = objects(body, DescriptionKeys.FIELDS);
        List<JsonObject> entries = fields.subList(first, first + run.fields().size());
        List<JsonObject> changed = run(List.copyOf(entries), run, at + 1);
        entries.clear();
        fields.addAll(first, changed);
        return with(body, DescriptionKeys.FIELDS, fields);
    }

    private List<JsonObject> run(List<JsonObject> entries, FieldRun run, int at) {
        List<JsonObject> changed = new ArrayList<>(entries);
        if (!(way.get(at) instanceof ArrayNode array)) {
            FieldDescription field = run.fields().getFirst().field();
            changed.set(0, field(entries.getFirst(), field, at));
            return changed;
        }
        if (last(at)) {
            return inside.entries(entries, run);
        }
        if (!(way.get(at + 1).step() instanceof StatePath.Index(int index))) {
            throw new IllegalStateException("not an element of an array: " + way.get(at + 1));
        }
        int element = 0;
        for (int i = 0; i < changed.size(); i++) {
            if (array.marked(element)) {
                i++;
            }
            FieldRun.CountedField counted = run.fields().get(i);
            if (index < element + counted.count()) {
                shared |= counted.count() > 1;
                if (index == element) {
                    changed.set(i, field(changed.get(i), counted.field(), at + 1));
                }
                return changed;
            }
            element += counted.count();
        }
        throw new IllegalStateException("no entry describes " + way.get(at + 1));
    }

    private JsonObject field(JsonObject entry, FieldDescription field, int at) {
        return resized(
                switch (way.get(at)) {
                    case StructNode _ -> struct(entry, field, at);
                    case QueueNode queue -> groups(entry, field, queue, at);
                    case TreeNode tree -> groups(entry, field, tree, at);
                    default -> entry;
                });
    }

    private JsonObject struct(JsonObject entry, FieldDescription field, int at) {
        if (field.struct().isPresent()) {
            JsonObject struct = (JsonObject) required(entry, DescriptionKeys.STRUCT);
            return entry.with(DescriptionKeys.STRUCT, body(struct, field.struct().get(), at));
        }
        Groups groups = Groups.of(entry);
        groups.list.set(0, body(groups.list.getFirst(), field.elements().getFirst(), at));
        return groups.toJson();
    }

    private JsonObject groups(JsonObject entry, FieldDescription field, StateNode node, int at) {
        Groups groups = Groups.of(entry);
        if (last(at)) {
            groups.list = inside.groups(groups.list);
            return groups.toJson();
        }
        int perElement =
                node instanceof TreeNode tree
                                && field.elements().size() == 2 * tree.entries().size()
                        ? 2
                        : 1;
        int index =
                switch (way.get(at + 1).step()) {
                    case StatePath.Index(int i) -> i;
                    case StatePath.Key(int i) -> i * perElement;
                    case StatePath.Value(int i) -> (i + 1) * perElement - 1;
                    default -> groups.list.size();
                };
        boolean directKey = way.get(at + 1).step() instanceof StatePath.Key && perElement == 1;
        if (index < groups.list.size() && !directKey) {
            StructDescription description = field.elements().get(index);
            groups.list.set(index, body(groups.list.get(index), description, at + 1));
        }
        return groups.toJson();
    }

    private JsonObject resized(JsonObject entry) {
        return growth != 0
                        && JsonDocument.first(entry, DescriptionKeys.SIZE)
                                instanceof JsonNumber(String size)
                ? entry.with(DescriptionKeys.SIZE, new JsonNumber(Long.parseLong(size) + growth))
                : entry;
    }

    /// The index of a node among its siblings, compared by identity.
    private static int indexOf(List<? extends StateNode> nodes, StateNode node) {
        int index = nodes.indexOf(node);
        if (index < 0) {
            throw new IllegalStateException("not beside its siblings: " + node);
        }
        return index;
    }

    private static JsonValue required(JsonObject object, String name) {
        JsonValue value = JsonDocument.first(object, name);
        if (value == null) {
            throw new IllegalStateException("no " + name);
        }
        return value;
    }

    /// A mutable copy of a list of objects; empty if the member does not exist.
    static List<JsonObject> objects(JsonObject object, String name) {
        List<JsonObject> objects = new ArrayList<>();
        if (JsonDocument.first(object, name) instanceof JsonArray(List<JsonValue> values)) {
            values.forEach(value -> objects.add((JsonObject) value));
        }
        return objects;
    }

    /// A copy of the object with another list; an empty `subsections` is left out, as in QEMU.
    static JsonObject with(JsonObject object, String name, List<JsonObject> values) {
        return values.isEmpty() && name.equals(DescriptionKeys.SUBSECTIONS)
                ? object.without(name)
                : object.with(name, new JsonArray(List.copyOf(values)));
    }

    /// The groups of repeated keys in a field's object, and the members before and after them.
    private static final class Groups {
        private final List<JsonValue.Member> head = new ArrayList<>();
        private final List<JsonValue.Member> tail = new ArrayList<>();
        private List<JsonObject> list = new ArrayList<>();

        static Groups of(JsonObject entry) {
            Groups groups = new Groups();
            @Nullable List<JsonValue.Member> group = null;
            for (JsonValue.Member member : entry.members()) {
                if (member.name().equals(DescriptionKeys.VMSD_NAME)) {
                    groups.close(group);
                    group = new ArrayList<>(List.of(member));
                } else if (group != null && describesBody(member.name())) {
                    // Of several members with one name readers use the last.
                    group.removeIf(earlier -> earlier.name().equals(member.name()));
                    group.add(member);
                } else {
                    groups.close(group);
                    group = null;
                    boolean size = member.name().equals(DescriptionKeys.SIZE);
                    (groups.list.isEmpty() && !size ? groups.head : groups.tail).add(member);
                }
            }
            groups.close(group);
            return groups;
        }

        private void close(@Nullable List<JsonValue.Member> group) {
            if (group != null) {
                list.add(new JsonObject(group));
            }
        }

        private static boolean describesBody(String name) {
            return name.equals(DescriptionKeys.VERSION)
                    || name.equals(DescriptionKeys.FIELDS)
                    || name.equals(DescriptionKeys.SUBSECTIONS);
        }

        JsonObject toJson() {
            List<JsonValue.Member> members = new ArrayList<>(head);
            list.forEach(group -> members.addAll(group.members()));
            members.addAll(tail);
            return new JsonObject(members);
        }
    }
}
