// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A description in the vectors' JSON, which must not be modified.
///
/// @param fields the fields in `json`
/// @param subsections the ids of the subsections in `json`
record Description(Map<String, Object> json, List<Field> fields, List<String> subsections) {
    Description(Map<String, Object> json) {
        this(
                json,
                elements(json, "fields").stream().map(f -> new Field(cast(f))).toList(),
                elements(json, "subsections").stream().map(String.class::cast).toList());
    }

    private static List<?> elements(Map<String, Object> json, String key) {
        return (List<?>) json.getOrDefault(key, List.of());
    }

    String name() {
        return (String) json.get("name");
    }

    Map<String, Object> map(String key) {
        return json.containsKey(key) ? cast(json.get(key)) : Map.of();
    }

    List<?> list(String key) {
        return elements(json, key);
    }

    /// Returns a type without the condition after it: `uint8` for `uint8 equal`.
    static String withoutCondition(String type) {
        int blank = type.indexOf(' ');
        return blank < 0 ? type : type.substring(0, blank);
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> cast(Object object) {
        return (Map<String, Object>) object;
    }

    /// Throws if it contains words that this harness does not support.
    void checkWords() {
        Words.check(json, Words.DESCRIPTION);
        fields().forEach(Field::checkWords);
        Words.check(map("hooks"), Words.HOOKS);
        map("hooks").values().forEach(hook -> HookText.parse((String) hook));
        if (json.containsKey("needed")) {
            Words.checkCondition(map("needed"));
        }
        map("notSent").values().forEach(type -> CNumber.of((String) type, 0));
    }

    /// A field of the description.
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

        /// The member of the state; by default it has the name of the field.
        String member() {
            return json.containsKey("member") ? text("member") : name();
        }

        /// Throws if it contains words that this harness does not support.
        void checkWords() {
            Words.check(json, Words.of(kind()));
            Words.checkValue(storage(), Words.STORAGE);
            for (String key : Source.KEYS) {
                if (has(key)) {
                    Words.check(cast(json.get(key)), Words.SOURCE);
                }
            }
            if (has("test")) {
                Words.checkCondition(cast(json.get("test")));
            }
            if (kind().equals("gtree") && json.get("key") instanceof String key) {
                Words.checkValue(key, Words.DIRECT_KEY);
            }
        }

        /// Whether the field sends a member of the state.
        boolean hasMember() {
            return !List.of("unused", "validate", "tmp").contains(kind());
        }

        /// Whether the member is a pointer that must be set before loading.
        boolean pointsToMemory() {
            return pointer() && !allocated();
        }

        /// The number of elements for which an array member has room, or `otherwise` if it is not
        /// specified.
        int room(int otherwise) {
            for (String key : List.of("memberLength", "capacity", "count", "size")) {
                if (has(key)) {
                    return number(key);
                }
            }
            return has("dims")
                    ? list("dims").stream()
                            .mapToInt(n -> ((Long) n).intValue())
                            .reduce(1, (a, b) -> a * b)
                    : otherwise;
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

        /// The description of the keys or values of a tree.
        String inner(String part) {
            return (String) cast(json.get(part)).get("description");
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
            for (String key : Source.KEYS) {
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

    /// A member that contains a count, and a factor.
    record Source(String member, int times) {
        static final List<String> KEYS = List.of("countFrom", "sizeFrom", "bitsFrom");

        long of(Node node) {
            return Math.max(0, node.number(member)) * times;
        }
    }
}
