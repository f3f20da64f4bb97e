// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A closed reader, and the position that a reader reports.
class ClosedReaderTest {
    private static final byte[] BYTES = new byte[3 << 20];

    @TempDir Path folder;

    private WireReader open(String source) throws IOException {
        return switch (source) {
            case "array" -> WireReader.of(BYTES);
            case "file" ->
                    WireReader.open(Files.write(folder.resolve("file"), BYTES), ReadLimits.DEFAULT);
            default ->
                    WireReader.of(
                            Channels.newChannel(new ByteArrayInputStream(BYTES)),
                            ReadLimits.DEFAULT);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"array", "file", "pipe"})
    void aClosedReaderIsUnusable(String source) throws IOException {
        WireReader in = open(source);
        in.u32();

        in.close();
        in.close();

        assertThat(in.position()).isEqualTo(4);
        assertThatThrownBy(in::u8)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the reader is closed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "pipe"})
    void bytesAreCountedFromWhereTheListenerWasSet(String source) throws IOException {
        List<Progress.Step> steps = new ArrayList<>();
        try (WireReader in = open(source)) {
            in.skip(1 << 19);
            in.progress(Progress.Phase.MACHINE, steps::add);
            in.bytes(BYTES.length - (1 << 19));
            in.progress(Progress.Phase.MACHINE, Progress.NONE);
        }

        assertThat(steps).hasSizeBetween(2, 3);
        assertThat(steps.getFirst().bytes()).isBetween(1L << 20, (1L << 20) + (1 << 16));
        assertThat(steps.getFirst().total())
                .isEqualTo(
                        source.equals("file")
                                ? OptionalLong.of(BYTES.length - (1 << 19))
                                : OptionalLong.empty());
    }

    @Test
    void aSecondPassIsCancelledToo() throws IOException {
        try (WireReader in = open("file")) {
            in.skip(BYTES.length);
            in.seek(0);
            Thread.currentThread().interrupt();

            assertThatThrownBy(() -> in.bytes(BYTES.length)).isInstanceOf(CancelledException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
