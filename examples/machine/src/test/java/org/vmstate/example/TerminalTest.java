// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TerminalTest {
    @TempDir private Path folder;

    private static String session(boolean firstRelease, @Nullable Path file, String... commands)
            throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
        new Terminal(to, to, firstRelease)
                .session(
                        List.of(),
                        new BufferedReader(new StringReader(String.join("\n", commands))),
                        file);
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    void startsWhereTheLastSessionEnded() throws IOException {
        Path file = folder.resolve("board.vmstate");
        assertThat(session(false, file, "run 40000", "quit", "run 40000"))
                .isEqualTo("count 00001 copied 00000\n");
        assertThat(session(false, file, "run 60000"))
                .isEqualTo("count 00002 copied 00003\ncount 00003 copied 00006\n");
    }

    @Test
    void rewinds() throws IOException {
        assertThat(session(false, null, "snapshot", "run 30000", "rewind", "rewind", "run 30000"))
                .isEqualTo(
                        """
                        count 00001 copied 00000
                        no snapshot
                        count 00001 copied 00000
                        """);
    }

    @Test
    void movesBetweenTheReleases() throws IOException {
        Path old = folder.resolve("old.vmstate");
        Path newer = folder.resolve("new.vmstate");
        assertThat(session(true, old, "run 30000")).isEqualTo("count 00001 copied 00000\n");
        assertThat(session(false, newer, "load " + old, "run 30000"))
                .isEqualTo("count 00002 copied 00003\n");
        assertThat(session(false, newer, "save-old " + old, "quit")).isEmpty();
        assertThat(session(true, old, "run 30000")).isEqualTo("count 00003 copied 00006\n");
        assertThat(session(true, null, "load " + newer)).contains("Machine type received");
    }

    @Test
    void mistakesAreExplained() throws IOException {
        assertThat(session(false, null, "run", "save", "load " + folder.resolve("none")))
                .contains("how many cycles", "which file", "no such file");
        assertThat(session(false, null, "help")).contains("run N");
        assertThat(session(false, null, "show")).contains("pc 80000000");
    }
}
