// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.List;
import org.vmstate.internal.format.DescriptionKeys;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.FieldRun;
import org.vmstate.vmdesc.JsonDocument;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.vmdesc.JsonValue.Member;

/// Computes the entries that describe an array after its number of elements changed.
///
/// ```
/// all elements alike       { "name", "array_len": n, ... }
/// otherwise   an entry per element, with "index" on all (up to 7.2), all but the last (10.x), none (11.1)
/// one element { "name", ... }
/// ```
final class ArrayEntries {
    private final List<JsonObject> entries;
    private final FieldRun run;
    private final String path;

    /// @param path the path of the array, for messages
    ArrayEntries(List<JsonObject> entries, FieldRun run, String path) {
        this.entries = entries;
        this.run = run;
        this.path = path;
        for (FieldRun.CountedField counted : run.fields()) {
            boolean alone = run.fields().size() == 1 || counted.count() == 1;
            if (!alone || marksNull(counted.field())) {
                throw new IllegalArgumentException(
                        path
                                + " is an array of pointers some of which are null; elements of"
                                + " such an array can be changed, not added, removed or copied");
            }
        }
    }

    private static boolean marksNull(FieldDescription field) {
        return field.isPointerMarker() || field.type().equals(TypeNames.NULL_POINTER);
    }

    /// The entry that describes an element.
    JsonObject at(int index) {
        return entries.get(entries.size() == 1 ? 0 : index);
    }

    List<JsonObject> without(int index) {
        if (entries.size() == 1) {
            return List.of(counted(run.fields().getFirst().count() - 1));
        }
        List<JsonObject> changed = new ArrayList<>(entries);
        changed.remove(index);
        return numbered(changed);
    }

    List<JsonObject> with(int index, List<JsonObject> element) {
        if (run.fields().getFirst().field().arrayLength().isPresent()) {
            return List.of(counted(run.fields().getFirst().count() + 1));
        }
        if (entries.size() == 1 || element.isEmpty()) {
            throw new IllegalArgumentException(
                    path
                            + " has one element; nothing in the stream shows how an array of several"
                            + " would be described");
        }
        List<JsonObject> changed = new ArrayList<>(entries);
        JsonObject first = entries.getFirst();
        JsonObject added =
                element.getFirst()
                        .without(DescriptionKeys.ARRAY_LENGTH)
                        .without(DescriptionKeys.INDEX);
        for (String key : List.of(DescriptionKeys.NAME, DescriptionKeys.TYPE)) {
            if (JsonDocument.first(first, key) instanceof JsonString value) {
                added = added.with(key, value);
            }
        }
        changed.add(index, added);
        return numbered(changed);
    }

    private JsonObject counted(int count) {
        JsonObject entry = entries.getFirst();
        return count == 1
                ? entry.without(DescriptionKeys.ARRAY_LENGTH)
                : entry.with(DescriptionKeys.ARRAY_LENGTH, new JsonNumber(count));
    }

    /// Adds `index` to the entries in which QEMU would write it.
    private List<JsonObject> numbered(List<JsonObject> changed) {
        boolean all = hasIndex(entries.getLast());
        boolean some = hasIndex(entries.getFirst());
        for (int i = 0; i < changed.size(); i++) {
            boolean last = i == changed.size() - 1;
            boolean index = changed.size() > 1 && (last ? all : some);
            JsonObject plain = changed.get(i).without(DescriptionKeys.INDEX);
            changed.set(i, index ? withIndex(plain, i) : plain);
        }
        return changed;
    }

    private static boolean hasIndex(JsonObject entry) {
        return JsonDocument.first(entry, DescriptionKeys.INDEX) != null;
    }

    /// The entry with `index` after `name`, as QEMU writes it.
    private JsonObject withIndex(JsonObject entry, int index) {
        List<Member> members = new ArrayList<>(entry.members());
        int at = 0;
        while (at < members.size() && !members.get(at).name().equals(DescriptionKeys.NAME)) {
            at++;
        }
        members.add(
                Math.min(at + 1, members.size()),
                new Member(DescriptionKeys.INDEX, new JsonNumber(index)));
        return new JsonObject(members);
    }
}
