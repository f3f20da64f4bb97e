// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MappedComparisonTest {
    @TempDir Path folder;

    @Test
    void theFirstDifferenceIsThatOfTheJdk() throws Exception {
        Random random = new Random(1);
        byte[] bytes = new byte[10_007];
        random.nextBytes(bytes);
        Path file = Files.write(folder.resolve("bytes"), bytes);
        try (FileChannel channel = FileChannel.open(file);
                Arena arena = Arena.ofConfined()) {
            MemorySegment mapped =
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes.length, arena);
            assertThat(MappedComparison.mismatch(mapped, mapped)).isEqualTo(-1);
            for (int i = 0; i < 2000; i++) {
                int from = random.nextInt(bytes.length);
                int length = random.nextInt(bytes.length - from + 1);
                byte[] other = bytes.clone();
                if (random.nextBoolean()) {
                    other[random.nextInt(bytes.length)]++;
                }
                MemorySegment a = mapped.asSlice(from, length);
                MemorySegment b =
                        MemorySegment.ofArray(other)
                                .asSlice(from, Math.max(0, length - random.nextInt(2)));
                assertThat(MappedComparison.mismatch(a, b)).isEqualTo(a.mismatch(b));
                assertThat(MappedComparison.mismatch(b, a)).isEqualTo(b.mismatch(a));
            }
        }
    }
}
