// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Compares the guides with code that compiles: a block that begins with ` ```java NAME ` must be
/// part of `NAME.java` in this package, in that of the devices or in the example, apart from its
/// indentation.
final class GuideTest {
    private static final Path ROOT = Path.of(System.getProperty("vmstate.root", ".."));
    private static final List<Path> SOURCES =
            List.of(
                    ROOT.resolve("core/src/test/java/org/vmstate/guide"),
                    ROOT.resolve("devices/src/test/java/org/vmstate/devices/guide"),
                    ROOT.resolve("examples/machine/src/main/java/org/vmstate/example"));
    private static final Pattern BLOCK =
            Pattern.compile("^```java (\\w+)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);

    static List<Path> pages() throws IOException {
        Path guide = ROOT.resolve("docs/guide");
        Assumptions.assumeTrue(Files.isDirectory(guide), "no guide beside the sources");
        try (Stream<Path> pages = Files.list(guide)) {
            return pages.filter(page -> page.toString().endsWith(".md")).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void codeOfThePageIsCompiled(Path page) throws IOException {
        Matcher block = BLOCK.matcher(Files.readString(page));
        while (block.find()) {
            String source = Files.readString(source(block.group(1)));
            assertThat(flat(source)).as(block.group(1)).contains(flat(block.group(2)));
        }
    }

    private static Path source(String name) {
        return SOURCES.stream()
                .map(folder -> folder.resolve(name + ".java"))
                .filter(Files::exists)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + name + ".java"));
    }

    private static String flat(String code) {
        return code.lines().map(String::strip).reduce("", (a, b) -> a + b + "\n");
    }
}
