// SPDX-License-Identifier: Apache-2.0
import com.google.googlejavaformat.java.Formatter;
import com.google.googlejavaformat.java.ImportOrderer;
import com.google.googlejavaformat.java.JavaFormatterOptions;
import com.google.googlejavaformat.java.RemoveUnusedImports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;

/// Checks (`check`) or corrects (`write`) the format of every Java file of the tree it is started
/// in: layout, order of imports, no unused imports. Files found formatted are remembered by size
/// and time until this file changes, so a second run reads only what changed.
void main(String[] args) throws IOException {
    boolean write = args[0].equals("write");
    Path remembered = Path.of("target/format/done");
    List<String> done = Files.exists(remembered) ? Files.readAllLines(remembered) : List.of();
    var known = new HashSet<>(done);
    if (!known.contains(stamp(Path.of("build/Format.java")))) {
        known.clear();
    }
    List<Path> files;
    try (Stream<Path> all =
            Stream.of(
                            "build",
                            "core/src",
                            "devices/src",
                            "tool/src",
                            "bench/src",
                            "consumers",
                            "examples")
                    .map(Path::of)
                    .filter(Files::exists)
                    .flatMap(this::walk)) {
        files = all.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
    var options = JavaFormatterOptions.builder().style(JavaFormatterOptions.Style.AOSP).build();
    List<Path> wrong =
            files.parallelStream()
                    .filter(file -> !known.contains(stamp(file)))
                    .filter(file -> !format(new Formatter(options), file, write))
                    .toList();
    wrong.forEach(file -> System.err.println((write ? "formatted " : "not formatted: ") + file));
    Files.write(
            remembered,
            files.stream().filter(file -> !wrong.contains(file)).map(this::stamp).toList());
    if (!write && !wrong.isEmpty()) {
        System.err.println("`scripts/format` corrects it");
        System.exit(1);
    }
}

Stream<Path> walk(Path directory) {
    try {
        return Files.walk(directory);
    } catch (IOException e) {
        throw new UncheckedIOException(e);
    }
}

String stamp(Path file) {
    try {
        return Files.size(file) + " " + Files.getLastModifiedTime(file).toMillis() + " " + file;
    } catch (IOException e) {
        throw new UncheckedIOException(e);
    }
}

final int MAX_PASSES = 5;

String formatted(Formatter formatter, String source)
        throws com.google.googlejavaformat.java.FormatterException {
    return formatter.formatSource(
            ImportOrderer.reorderImports(
                    RemoveUnusedImports.removeUnusedImports(source),
                    JavaFormatterOptions.Style.GOOGLE));
}

/// Whether the file was formatted already; a file that does not parse is left to the compiler to
/// report.
boolean format(Formatter formatter, Path file, boolean write) {
    try {
        String before = Files.readString(file);
        String after = formatted(formatter, before);
        if (!write || before.equals(after)) {
            return before.equals(after);
        }
        // The formatter may change its own output again: where it moved a comment, for example.
        for (int i = 0; i < MAX_PASSES && !after.equals(formatted(formatter, after)); i++) {
            after = formatted(formatter, after);
        }
        Files.writeString(file, after);
        return false;
    } catch (com.google.googlejavaformat.java.FormatterException e) {
        return true;
    } catch (IOException e) {
        throw new UncheckedIOException(e);
    }
}
