// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.vmstate.testing.Json;

/// The output of QEMU's own engine: `/vectors` among the resources, whose README describes the
/// files, or the directory in the property `vmstate.vectors`. `/vectors-by-hand` contains cases in
/// the same language with expected results that follow from that README.
final class Vectors {
    private static final List<String> STATES =
            List.of("state", "stateAfterSave", "before", "after");

    private static final Pattern NULL = Pattern.compile("\\bnull\\b", Pattern.CASE_INSENSITIVE);

    private Vectors() {}

    /// The cases of a file: `vectors` of `index.json`, `cases` of the others.
    static List<Case> cases(String file) {
        Map<String, Description> descriptions = new HashMap<>();
        add(json(text("index.json")).get("descriptions"), descriptions);
        return cases(text(file), descriptions);
    }

    /// The cases of a file that was made by hand.
    static List<Case> casesByHand(String file) {
        return cases(string(resource("/vectors-by-hand/" + file)), new HashMap<>());
    }

    /// The cases in a file's text, with its own and other descriptions. Throws
    /// [IllegalArgumentException] if a word is not supported.
    static List<Case> cases(String text, Map<String, Description> descriptions) {
        Map<String, Object> json = json(text);
        Words.check(json, Words.FILE);
        add(json.get("descriptions"), descriptions);
        List<?> cases = (List<?>) json.getOrDefault("vectors", json.get("cases"));
        return cases.stream()
                .map(c -> new Case(Description.cast(c), descriptions).checked())
                .toList();
    }

    private static void add(Object json, Map<String, Description> into) {
        Description.cast(json)
                .forEach(
                        (id, d) -> {
                            Description description = new Description(Description.cast(d));
                            description.checkWords();
                            into.put(id, description);
                        });
    }

    private static Map<String, Object> json(String text) {
        return Description.cast(Json.parse(text));
    }

    static byte[] bytes(String file) {
        String directory = System.getProperty("vmstate.vectors");
        if (directory == null) {
            return resource("/vectors/" + file);
        }
        try {
            return Files.readAllBytes(Path.of(directory, file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] resource(String name) {
        try (InputStream in = Vectors.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new FileNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(String file) {
        return string(bytes(file));
    }

    private static String string(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// A vector or case; `toString` returns its name.
    record Case(Map<String, Object> json, Map<String, Description> descriptions) {
        /// Throws if it contains words or members that this harness does not support.
        Case checked() {
            Words.check(json, Words.CASE);
            if (!descriptions.containsKey(json.get("description"))) {
                throw new IllegalArgumentException("no description " + json.get("description"));
            }
            for (String key : STATES) {
                if (json.containsKey(key)) {
                    checkMembers((String) json.get("description"), json.get(key));
                }
            }
            return this;
        }

        String name() {
            return (String) json.get("name");
        }

        String description() {
            return (String) json.get("description");
        }

        Map<String, Object> map(String key) {
            return Description.cast(json.get(key));
        }

        /// Whether QEMU crashed.
        boolean crashed() {
            return json.containsKey("crash");
        }

        /// The initial state.
        Map<String, Object> state() {
            return map(json.containsKey("before") ? "before" : "state");
        }

        /// Whether a descriptor is sent with the bytes.
        boolean passesDescriptors() {
            return descriptions.get(description()).fields().stream()
                    .anyMatch(field -> field.type().equals("fd"));
        }

        /// The kinds of state with which the case can be tested.
        Stream<Named<Kind<?>>> kinds() {
            int room =
                    STATES.stream()
                            .mapToInt(key -> longest(json.get(key)))
                            .reduce(States.ROOM, Math::max);
            boolean nulls = describesNull() || (crashed() && state().isEmpty());
            States intrusive = new States(descriptions, true, room, nulls);
            States lists = new States(descriptions, false, room, nulls);
            MemoryStates memory = new MemoryStates(descriptions, intrusive);
            return Stream.<Named<Kind<?>>>of(
                            Named.of("intrusive", intrusive),
                            Named.of("lists", lists),
                            Named.of("memory", memory))
                    .filter(kind -> kind.getPayload().can(description(), state()));
        }

        /// Whether the note states that a pointer is null, which the state does not contain.
        private boolean describesNull() {
            return NULL.matcher((String) json.getOrDefault("note", "")).find();
        }

        /// Throws if a state has a member that its description does not have, or lacks one without
        /// a reason.
        private void checkMembers(String id, Object state) {
            Map<String, Object> given = new HashMap<>(Description.cast(state));
            checkMembers(id, Description.cast(state), given);
            if (!given.isEmpty()) {
                throw new IllegalArgumentException(id + " has no " + given.keySet());
            }
        }

        private void checkMembers(String id, Map<String, Object> state, Map<String, Object> left) {
            Description description = descriptions.get(id);
            description
                    .map("notSent")
                    .keySet()
                    .forEach(m -> checkMember(id, m, false, state, left));
            for (Description.Field field : description.fields()) {
                if (field.hasMember()) {
                    checkMember(id, field.member(), field.pointsToMemory(), state, left);
                    checkElements(field, state.get(field.member()));
                }
            }
            description.subsections().forEach(s -> checkMembers(s, state, left));
        }

        private void checkMember(
                String id,
                String member,
                boolean pointer,
                Map<String, Object> state,
                Map<String, Object> left) {
            left.remove(member);
            if (!state.containsKey(member) && !crashed() && !(pointer && describesNull())) {
                throw new IllegalArgumentException(name() + ": " + id + " lacks " + member);
            }
        }

        private void checkElements(Description.Field field, Object value) {
            switch (value) {
                case List<?> list -> list.forEach(element -> checkElements(field, element));
                case Map<?, ?> entry when field.kind().equals("gtree") -> {
                    Words.check(Description.cast(entry), Words.ENTRY);
                    if (!(field.json().get("key") instanceof String)) {
                        checkMembers(field.inner("key"), entry.get("key"));
                    }
                    checkMembers(field.inner("value"), entry.get("value"));
                }
                case Map<?, ?> struct -> checkMembers(field.text("description"), struct);
                case null, default -> {}
            }
        }

        /// The number of elements, bytes or words of bits of the largest value in the JSON.
        private static int longest(Object json) {
            return switch (json) {
                case Map<?, ?> map -> map.values().stream().mapToInt(Case::longest).max().orElse(0);
                case List<?> list ->
                        Math.max(
                                Math.max(list.size(), words(list)),
                                list.stream().mapToInt(Case::longest).max().orElse(0));
                case String text -> text.length() / 2;
                case null, default -> 0;
            };
        }

        /// The number of words of a list of bits.
        private static int words(List<?> list) {
            long last = -1;
            for (Object element : list) {
                if (!(element instanceof Long bit) || bit <= last || bit > 1 << 20) {
                    return 0;
                }
                last = bit;
            }
            return (int) (last / Long.SIZE) + 1;
        }

        @Override
        public String toString() {
            return name();
        }
    }
}
