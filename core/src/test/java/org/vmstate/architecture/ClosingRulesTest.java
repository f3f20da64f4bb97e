// SPDX-License-Identifier: Apache-2.0
package org.vmstate.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Checks that the documentation of each public closeable type states what closing it does and
/// which threads may use it.
final class ClosingRulesTest {
    private static final Path SOURCES = Path.of("src/main/java");

    static List<? extends Class<?>> closeables() {
        return PublicApi.types().stream().filter(AutoCloseable.class::isAssignableFrom).toList();
    }

    @ParameterizedTest
    @MethodSource("closeables")
    void documentationSaysWhatClosingDoesAndWhichThreadsMayUseIt(Class<?> type) throws IOException {
        String comment = comment(type);

        assertThat(comment.toLowerCase(Locale.ROOT)).containsPattern("clos(es|ing|ed)");
        assertThat(comment).contains("thread");
    }

    /// The documentation lines above the declaration of a type.
    private static String comment(Class<?> type) throws IOException {
        String text = Files.readString(SOURCES.resolve(type.getName().replace('.', '/') + ".java"));
        List<String> lines = text.lines().toList();
        StringBuilder comment = new StringBuilder();
        for (String line : lines) {
            if (line.matches("public .*\\b" + type.getSimpleName() + "\\b.*")) {
                return comment.toString();
            }
            if (line.startsWith("/// ")) {
                comment.append(line.substring(4)).append('\n');
            }
        }
        throw new AssertionError("no declaration of " + type);
    }
}
