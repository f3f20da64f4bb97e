// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A description as the vectors' JSON spells it.
record Description(Map<String, Object> json) {
    String name() {
        return (String) json.get("name");
    }

    List<Field> fields() {
        return list("fields").stream().map(f -> new Field(cast(f))).toList();
    }

    List<String> subsections() {
        return list("subsections").stream().map(String.class::cast).toList();
    }

    Map<String, Object> map(String key) {
        return json.containsKey(key) ? cast(json.get(key)) : Map.of();
    }

    List<?> list(String key) {
        return (List<?>) json.getOrDefault(key, List.of());
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> cast(Object object) {
        return (Map<String, Object>) object;
    }

    /// One field of it.
    record Field(Map<String, Object> json) {
        String name() {
            return text("name");
        }

        String kind() {
            return text("kind");
        }

        String type() {
            return json.containsKey("type") ? text("type") : "";
        }

        /// The member of the state, which is called like the field unless it says otherwise.
        String member() {
            return json.containsKey("member") ? text("member") : name();
        }

        String text(String key) {
            return (String) json.get(key);
        }

        boolean has(String key) {
            return json.containsKey(key);
        }

        int number(String key) {
            return ((Long) json.get(key)).intValue();
        }

        List<?> list(String key) {
            return (List<?>) json.get(key);
        }

        String storage() {
            return has("storage") ? text("storage") : "";
        }

        boolean pointer() {
            return storage().startsWith("pointer");
        }

        boolean allocated() {
            return storage().contains("allocated");
        }

        @Nullable Source source() {
            for (String key : List.of("countFrom", "sizeFrom", "bitsFrom")) {
                if (has(key)) {
                    Map<String, Object> from = cast(json.get(key));
                    return new Source(
                            (String) from.get("member"),
                            ((Long) from.getOrDefault("times", 1L)).intValue());
                }
            }
            return null;
        }

        /// The test, in C, or null.
        @Nullable String test() {
            return has("test") ? (String) cast(json.get("test")).get("expr") : null;
        }
    }

    /// A member that says how many, and what that is multiplied with.
    record Source(String member, int times) {
        long of(Node node) {
            return Math.max(0, node.number(member)) * times;
        }
    }
}
