// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OutputFileTest {
    @TempDir Path folder;

    private OutputFile written(Path target) throws IOException {
        OutputFile file = OutputFile.create(target);
        file.channel().write(ByteBuffer.wrap("new".getBytes(UTF_8)));
        return file;
    }

    private String[] names() {
        return folder.toFile().list();
    }

    @Test
    void targetAppearsWithTheCommit() throws IOException {
        Path target = folder.resolve("out");

        try (OutputFile file = written(target)) {
            assertThat(target).doesNotExist();
            file.commit();
        }

        assertThat(target).hasContent("new");
        assertThat(names()).containsExactly("out");
    }

    @Test
    void closingWithoutCommitLeavesTheOldFile() throws IOException {
        Path target = Files.writeString(folder.resolve("out"), "old");

        written(target).close();

        assertThat(target).hasContent("old");
        assertThat(names()).containsExactly("out");
    }

    @Test
    void unfinishedFilesOfTheProcessAreRemovedOnRequest() throws IOException {
        Path target = Files.writeString(folder.resolve("out"), "old");
        try (OutputFile committed = written(folder.resolve("done"))) {
            committed.commit();
        }

        try (OutputFile file = written(target)) {
            OutputFile.removeUnfinished();

            assertThat(file.channel().isOpen()).isTrue();
            assertThat(names()).containsExactlyInAnyOrder("out", "done");
        }

        assertThat(target).hasContent("old");
    }

    @Test
    void linkIsFollowed() throws IOException {
        Path target = Files.writeString(folder.resolve("target"), "old");
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);

        try (OutputFile file = written(link)) {
            file.commit();
        }

        assertThat(link).isSymbolicLink();
        assertThat(target).hasContent("new");
    }

    @Test
    void directoryIsRefused() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> OutputFile.create(folder))
                .withMessageContaining("is a directory");
    }

    @Test
    void deviceIsWrittenDirectly() throws IOException {
        try (OutputFile file = written(Path.of("/dev/null"))) {
            file.commit();
        }

        assertThat(Path.of("/dev/null")).exists();
    }
}
