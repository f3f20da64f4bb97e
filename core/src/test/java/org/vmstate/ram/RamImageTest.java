// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.wire.LimitExceededException;

class RamImageTest {
    @TempDir Path folder;

    /// Random writes, zeroing and reads have the same result as on an array.
    @Test
    void behavesLikeMemory() throws IOException {
        int length = 3 << 20;
        RamBlock a = new RamBlock("a", length);
        RamBlock b = new RamBlock("b", length);
        byte[][] model = new byte[2][length];
        Random random = new Random(5);
        try (RamImage image = RamImage.temporary(folder)) {
            image.declare(List.of(a, b));
            for (int i = 0; i < 3000; i++) {
                int which = random.nextInt(2);
                RamBlock block = which == 0 ? a : b;
                int size = 256 << random.nextInt(6);
                int at = random.nextInt(length / size) * size;
                switch (random.nextInt(3)) {
                    case 0 -> {
                        byte[] bytes = new byte[size];
                        random.nextBytes(bytes);
                        image.write(block, at, bytes, 0, size);
                        System.arraycopy(bytes, 0, model[which], at, size);
                    }
                    case 1 -> {
                        image.zero(block, at, size);
                        Arrays.fill(model[which], at, at + size, (byte) 0);
                    }
                    default -> {
                        int from = random.nextInt(length - 10000);
                        byte[] got = new byte[10000];
                        image.read(block, from, got, 0, got.length);
                        assertThat(
                                        Arrays.equals(
                                                got,
                                                Arrays.copyOfRange(
                                                        model[which], from, from + 10000)))
                                .isTrue();
                    }
                }
            }
            for (RamBlock block : List.of(a, b)) {
                byte[] expected = model[block.equals(a) ? 0 : 1];
                for (long at = 0; at < length; ) {
                    long data = image.nextData(block, at);
                    long until = data < 0 ? length : data;
                    for (long i = at; i < until; i++) {
                        assertThat(expected[(int) i]).isZero();
                    }
                    at = data < 0 ? length : image.nextHole(block, data);
                }
            }
        }
        assertThat(folder).isEmptyDirectory();
    }

    /// Heap and disk use depend on what is written, not on what is declared.
    @Test
    void guestsOfManyTebibytesCostNothing() throws IOException {
        RamBlock huge = new RamBlock("huge", 8L << 40);
        try (RamImage image = RamImage.temporary(folder)) {
            image.declare(List.of(huge));
            byte[] page = new byte[4096];
            page[5] = 1;
            image.write(huge, huge.length() - 4096, page, 0, 4096);
            image.write(huge, 4096, page, 0, 4096);
            image.zero(huge, 0, huge.length() - 4096);
            assertThat(image.nextData(huge, 0)).isEqualTo(huge.length() - 4096);
            byte[] got = new byte[4096];
            image.read(huge, huge.length() - 4096, got, 0, 4096);
            assertThat(got).isEqualTo(page);
        }
    }

    @Test
    void moreMemoryThanAnyMachineHasIsRefused() throws IOException {
        try (RamImage image = RamImage.temporary(folder)) {
            assertThatThrownBy(
                            () ->
                                    image.declare(
                                            List.of(
                                                    new RamBlock("a", Long.MAX_VALUE),
                                                    new RamBlock("b", Long.MAX_VALUE))))
                    .isInstanceOf(LimitExceededException.class);
        }
    }
}
