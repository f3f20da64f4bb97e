// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

final class MappedFileTest {
    private static final int BYTES = 1 << 20;

    @TempDir Path folder;

    private Path file() throws IOException {
        return Files.write(folder.resolve("in"), new byte[BYTES]);
    }

    private static void truncate(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(BYTES / 4);
        }
    }

    @Test
    void readingWhatTheFileNoLongerHasNamesTheFile() throws IOException {
        Path file = file();
        try (WireReader in = WireReader.open(file, ReadLimits.DEFAULT)) {
            in.skip(BYTES / 2);
            truncate(file);

            assertThatExceptionOfType(FileSystemException.class)
                    .isThrownBy(in::u64)
                    .withMessage(file + ": became shorter while it was read");
        }
    }

    @Test
    void accessToMemoryThatTheFileNoLongerHasIsAFault() throws IOException {
        Path file = file();
        try (MappedFile mapped = MappedFile.open(file)) {
            truncate(file);
            try {
                byte last = mapped.memory().get(ValueLayout.JAVA_BYTE, BYTES - 1);
                throw new AssertionError("read " + last);
            } catch (InternalError e) {
                assertThat(MappedFile.fault(e)).hasMessageContaining(file.toString());
            }
        }
    }

    @Test
    void otherErrorsStayThemselves() {
        InternalError other = new InternalError("something else");

        assertThatExceptionOfType(InternalError.class)
                .isThrownBy(() -> MappedFile.fault(other))
                .isSameAs(other);
    }

    @Test
    void fileThatBecameShorterIsReportedOnce() throws IOException {
        Path file = file();
        try (MappedFile mapped = MappedFile.open(file)) {
            assertThat(mapped.memory().byteSize()).isEqualTo(BYTES);
            truncate(file);
        }

        assertThat(MappedFile.becameShorter().orElseThrow()).hasMessageContaining("shorter");
        assertThat(MappedFile.becameShorter()).isEmpty();
    }

    @Test
    void interruptedThreadDoesNotCloseTheFile() throws IOException {
        Path file = file();
        try (MappedFile mapped = MappedFile.open(file)) {
            Thread.currentThread().interrupt();

            MappedFile.throwIfShorter(mapped.memory());

            assertThat(Thread.interrupted()).isTrue();
            truncate(file);
            assertThatExceptionOfType(FileSystemException.class)
                    .isThrownBy(() -> MappedFile.throwIfShorter(mapped.memory()));
        }
    }
}
