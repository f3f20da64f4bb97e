// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.vmstate.fuzz.Judge.Verdict;

/// Writes findings to files: the shortest input of each kind, and a text with the stack trace and
/// the command that reproduces it.
final class Findings {
    private static final String TEXT = ".txt";

    private final Path folder;
    private final String target;
    private final Map<String, Path> files = new HashMap<>();
    private final Map<String, Integer> lengths = new HashMap<>();

    Findings(Path folder, String target) {
        this.folder = folder;
        this.target = target;
    }

    /// The number of kinds.
    int count() {
        return files.size();
    }

    /// Adds an input; returns whether it is the first of its kind.
    synchronized boolean add(byte[] input, Verdict verdict) throws IOException {
        int shortest = lengths.getOrDefault(verdict.kind(), Integer.MAX_VALUE);
        if (input.length >= shortest) {
            return false;
        }
        Path old = files.get(verdict.kind());
        if (old != null) {
            Files.deleteIfExists(old);
            Files.deleteIfExists(text(old));
        }
        Path file = Inputs.write(folder, input);
        StringWriter trace = new StringWriter();
        verdict.cause().printStackTrace(new PrintWriter(trace, true));
        Files.writeString(
                text(file), "scripts/fuzz --replay " + target + " " + file + "\n\n" + trace + "\n");
        files.put(verdict.kind(), file);
        lengths.put(verdict.kind(), input.length);
        return old == null;
    }

    private static Path text(Path file) {
        return file.resolveSibling(file.getFileName() + TEXT);
    }
}
