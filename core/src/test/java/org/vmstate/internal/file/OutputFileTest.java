// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.testing.Tools;

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

    @Test
    void linkToNothingIsFollowed() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("target"));

        try (OutputFile file = written(link)) {
            file.commit();
        }

        assertThat(link).isSymbolicLink();
        assertThat(folder.resolve("target")).hasContent("new");
    }

    @Test
    void linksInACircleAreRefused() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("link"));

        assertThatExceptionOfType(FileSystemException.class)
                .isThrownBy(() -> OutputFile.create(link))
                .withMessageContaining("too many levels of symbolic links");
        assertThat(link).isSymbolicLink();
    }

    @Test
    void modeOfTheReplacedFileIsKept() throws IOException {
        Path target = Files.writeString(folder.resolve("out"), "old");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw----r--"));

        try (OutputFile file = written(target)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temporary())))
                    .isEqualTo("rw-------");
            file.commit();
        }

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw----r--");
    }

    private Path temporary() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith(".vmstate-"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void nameMayBeAsLongAsTheSystemAllows() throws IOException {
        Path target = folder.resolve("x".repeat(255));

        try (OutputFile file = written(target)) {
            file.commit();
        }

        assertThat(target).hasContent("new");
    }

    @Test
    void failureNamesTheTargetAndNotTheTemporaryFile() {
        Path target = folder.resolve("missing/out");

        assertThatExceptionOfType(FileSystemException.class)
                .isThrownBy(() -> OutputFile.create(target))
                .withMessage(target + ": there is no such folder");
    }

    @Test
    void twoWritersOfOneTargetDoNotShareAFile() throws IOException {
        Path target = folder.resolve("out");

        try (OutputFile first = written(target);
                OutputFile second = written(target)) {
            first.commit();
            assertThat(target).hasContent("new");
            second.channel().write(ByteBuffer.wrap("er".getBytes(UTF_8)));
            second.commit();
        }

        assertThat(target).hasContent("newer");
        assertThat(names()).containsExactly("out");
    }

    @Test
    void leftoverIsRemovedAndWhatIsNamedOtherwiseIsNot() throws IOException {
        Path leftover = Files.writeString(folder.resolve(".vmstate-0123456789abcdef.tmp"), "x");
        Path images = Files.createDirectory(folder.resolve(".vmstate-0123456789abcdef.dir"));
        Files.writeString(images.resolve("pc.ram.raw"), "x");
        Path other = Files.writeString(folder.resolve(".vmstate-notes.tmp"), "x");

        written(folder.resolve("out")).close();

        assertThat(leftover).doesNotExist();
        assertThat(images).doesNotExist();
        assertThat(other).exists();
    }

    @Test
    void filesThatBelongTogetherReplaceAllOldOnes() throws IOException {
        Path one = Files.writeString(folder.resolve("one"), "old");
        Path two = Files.writeString(folder.resolve("two"), "old");

        try (OutputFile first = written(one);
                OutputFile second = written(two)) {
            OutputFile.commit(List.of(first, second));
        }

        assertThat(one).hasContent("new");
        assertThat(two).hasContent("new");
        assertThat(names()).containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void pipeIsWrittenAsItIs() throws Exception {
        Tools.require("mkfifo");
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
        Process reader = new ProcessBuilder("cat", pipe.toString()).start();

        try (OutputFile file = OutputFile.create(pipe)) {
            assertThat(file.seekable()).isFalse();
            assertThat(file.sequential()).isNotInstanceOf(FileChannel.class);
            file.sequential().write(ByteBuffer.wrap("new".getBytes(UTF_8)));
            file.commit();
        }

        assertThat(new String(reader.getInputStream().readAllBytes(), UTF_8)).isEqualTo("new");
        assertThat(names()).containsExactly("pipe");
    }
}
