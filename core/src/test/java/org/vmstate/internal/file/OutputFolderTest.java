// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutputFolderTest {
    @TempDir Path root;

    private static void write(OutputFolder folder, String name) throws IOException {
        folder.create(name).write(ByteBuffer.wrap("new".getBytes(UTF_8)));
    }

    @Test
    void newFolderAppearsWithTheCommit() throws IOException {
        Path target = root.resolve("a/b");

        try (OutputFolder folder = OutputFolder.create(target)) {
            write(folder, "wanted");
            write(folder, "unwanted");
            assertThat(target).doesNotExist();
            folder.commit(Set.of("wanted"));
        }

        assertThat(target.toFile().list()).containsExactly("wanted");
        assertThat(target.resolve("wanted")).hasContent("new");
        assertThat(root.resolve("a").toFile().list()).containsExactly("b");
    }

    @Test
    void closingWithoutCommitLeavesNothing() throws IOException {
        try (OutputFolder folder = OutputFolder.create(root.resolve("a/b"))) {
            write(folder, "x");
        }

        assertThat(root).isEmptyDirectory();
    }

    @Test
    void folderThatExistsKeepsWhatElseIsInIt() throws IOException {
        Path other = Files.writeString(root.resolve("other"), "other");
        Path old = Files.writeString(root.resolve("x"), "old");

        try (OutputFolder folder = OutputFolder.create(root)) {
            write(folder, "x");
            write(folder, "y");
            write(folder, "dropped");
            assertThat(old).hasContent("old");
            folder.commit(Set.of("x", "y"));
        }

        assertThat(root.toFile().list()).containsExactlyInAnyOrder("other", "x", "y");
        assertThat(old).hasContent("new");
        assertThat(other).hasContent("other");
    }

    @Test
    void fileIsNoFolder() throws IOException {
        Path file = Files.writeString(root.resolve("file"), "");

        assertThatExceptionOfType(FileSystemException.class)
                .isThrownBy(() -> OutputFolder.create(file))
                .withMessageContaining("is not a directory");
    }
}
