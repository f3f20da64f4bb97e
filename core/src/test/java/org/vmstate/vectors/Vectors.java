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
import org.vmstate.testing.Json;

/// What QEMU's own engine writes and answers: `/vectors` among the resources, whose README says
/// what the files hold, or the directory that the property `vmstate.vectors` names.
final class Vectors {
    private Vectors() {}

    /// The cases of a file: `vectors` of `index.json`, `cases` of the others.
    static List<Case> cases(String file) {
        Map<String, Object> json = Description.cast(Json.parse(text(file)));
        Map<String, Description> descriptions = new HashMap<>();
        Description.cast(Json.parse(text("index.json"))).entrySet().stream()
                .filter(e -> e.getKey().equals("descriptions"))
                .forEach(e -> add(e.getValue(), descriptions));
        add(json.get("descriptions"), descriptions);
        List<?> cases = (List<?>) json.getOrDefault("vectors", json.get("cases"));
        return cases.stream().map(c -> new Case(Description.cast(c), descriptions)).toList();
    }

    private static void add(Object json, Map<String, Description> into) {
        Description.cast(json)
                .forEach((id, d) -> into.put(id, new Description(Description.cast(d))));
    }

    static byte[] bytes(String file) {
        String directory = System.getProperty("vmstate.vectors");
        try (InputStream in =
                directory == null
                        ? Vectors.class.getResourceAsStream("/vectors/" + file)
                        : Files.newInputStream(Path.of(directory, file))) {
            if (in == null) {
                throw new FileNotFoundException(file);
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(String file) {
        return new String(bytes(file), StandardCharsets.UTF_8);
    }

    /// One vector or case, which prints as its name.
    record Case(Map<String, Object> json, Map<String, Description> descriptions) {
        String name() {
            return (String) json.get("name");
        }

        String description() {
            return (String) json.get("description");
        }

        Map<String, Object> map(String key) {
            return Description.cast(json.get(key));
        }

        /// Whether states of that kind can be what the case is about.
        boolean isFor(Kind<?> kind) {
            return kind.can(descriptions.get(description()));
        }

        @Override
        public String toString() {
            return name();
        }
    }
}
