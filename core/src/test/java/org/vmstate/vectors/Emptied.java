// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The state into which a saved state can be loaded: of the same structure, without content.
///
/// Properties that a destination has before loading remain: members that are not sent, values that
/// must be equal, which pointers are null, the memory to which pointers refer.
final class Emptied {
    private Emptied() {}

    static Map<String, Object> state(
            Map<String, Description> all, Description description, Map<String, Object> json) {
        Map<String, Object> emptied = new LinkedHashMap<>(json);
        for (Description.Field field : description.fields()) {
            if (emptied.containsKey(field.member())) {
                emptied.put(field.member(), value(all, field, json.get(field.member())));
            }
        }
        for (String subsection : description.subsections()) {
            Description inner = all.get(subsection);
            Map<String, Object> members = new LinkedHashMap<>();
            for (Description.Field field : inner.fields()) {
                if (json.containsKey(field.member())) {
                    members.put(field.member(), json.get(field.member()));
                }
            }
            emptied.putAll(state(all, inner, members));
        }
        return emptied;
    }

    static @Nullable Object value(
            Map<String, Description> all, Description.Field field, @Nullable Object json) {
        if (json == null || field.type().contains("equal") || field.type().equals("int32 le")) {
            return json;
        }
        if (field.allocated()) {
            return null;
        }
        return switch (json) {
            case Map<?, ?> map ->
                    state(all, all.get(field.text("description")), Description.cast(map));
            case List<?> list when List.of("array", "arrayOfPointers").contains(field.kind()) ->
                    list.stream()
                            .map(e -> value(all, field, e))
                            .collect(
                                    java.util.stream.Collectors.toCollection(
                                            java.util.ArrayList::new));
            case List<?> _ -> List.of();
            case Boolean _ -> false;
            case Long _ -> 0L;
            default ->
                    field.kind().equals("buffer") || States.isDouble(field.type())
                            ? "0".repeat(json.toString().length())
                            : "0";
        };
    }
}
