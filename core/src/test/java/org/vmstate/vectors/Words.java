// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The words of the vectors' JSON that this harness supports. Others cause an
/// [IllegalArgumentException], because a case with unknown words would not be tested completely.
final class Words {
    static final List<String> FILE = List.of("engine", "descriptions", "vectors", "cases");

    static final List<String> DESCRIPTION =
            List.of(
                    "name",
                    "version",
                    "minimumVersion",
                    "fields",
                    "subsections",
                    "needed",
                    "hooks",
                    "notSent",
                    "temporaryOf",
                    "keyOrder");

    static final List<String> HOOKS = List.of("preSave", "postSave", "preLoad", "postLoad");

    private static final List<String> CONDITION = List.of("text", "expr");

    static final List<String> SOURCE = List.of("member", "type", "times");

    static final List<String> STORAGE =
            List.of(
                    "",
                    "inline",
                    "inline (size given, not checked)",
                    "pointer",
                    "pointer, allocated on load");

    static final List<String> DIRECT_KEY = List.of("direct uint64");

    static final List<String> ENTRY = List.of("key", "value");

    static final List<String> CASE =
            List.of(
                    "name",
                    "description",
                    "note",
                    "bytes",
                    "state",
                    "stateAfterSave",
                    "versionId",
                    "before",
                    "input",
                    "tail",
                    "result",
                    "error",
                    "printed",
                    "streamError",
                    "consumed",
                    "after",
                    "written",
                    "crash",
                    "assertion");

    private static final List<String> FIELD =
            List.of("name", "kind", "type", "member", "since", "test");

    private static final List<String> ARRAY =
            List.of("description", "count", "countFrom", "capacity", "memberLength", "start");

    private static final Map<String, List<String>> KINDS =
            Map.ofEntries(
                    Map.entry("scalar", List.of("errorHint", "storage")),
                    Map.entry("array", with(ARRAY, "dims", "storage")),
                    Map.entry("arrayOfPointers", with(ARRAY, "storage")),
                    Map.entry(
                            "buffer",
                            List.of(
                                    "size",
                                    "sizeFrom",
                                    "capacity",
                                    "memberLength",
                                    "start",
                                    "storage")),
                    Map.entry("bitmap", List.of("bitsFrom", "capacity", "storage")),
                    Map.entry("unused", List.of("size", "count", "countFrom")),
                    Map.entry("struct", List.of("description", "storage")),
                    Map.entry("vstruct", List.of("description", "structVersion", "storage")),
                    Map.entry("tmp", List.of("description")),
                    Map.entry("validate", List.of("mustExist")),
                    Map.entry("qtailq", List.of("description")),
                    Map.entry("qlist", List.of("description")),
                    Map.entry("gtree", List.of("key", "value")));

    private Words() {}

    /// The words of a field, by its kind.
    static List<String> of(String kind) {
        List<String> words = KINDS.get(kind);
        if (words == null) {
            throw new IllegalArgumentException("no field is a " + kind);
        }
        return with(FIELD, words.toArray(String[]::new));
    }

    private static List<String> with(List<String> some, String... others) {
        List<String> all = new ArrayList<>(some);
        all.addAll(List.of(others));
        return all;
    }

    /// Throws if an object has other keys.
    static void check(Map<String, Object> json, List<String> known) {
        json.keySet().forEach(key -> checkValue(key, known));
    }

    /// Throws if a test has other keys, or no expression.
    static void checkCondition(Map<String, Object> json) {
        check(json, CONDITION);
        if (!(json.get("expr") instanceof String expression)) {
            throw new IllegalArgumentException("a test without an expression: " + json);
        }
        Expression.parse(expression);
    }

    /// Throws if a word is unknown.
    static void checkValue(String word, List<String> known) {
        if (!known.contains(word)) {
            throw new IllegalArgumentException("'" + word + "' is none of " + known);
        }
    }
}
