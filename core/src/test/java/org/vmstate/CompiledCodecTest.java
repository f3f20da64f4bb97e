// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Source;

/// Holds compiled code to the plan: random descriptions, random states, good and bad bytes.
final class CompiledCodecTest {
    private static final int DESCRIPTIONS = 60;
    private static final int STATES = 4;
    private static final int CORRUPTIONS = 12;

    private static final Source[] SOURCES = {
        Source.ARRAY, Source.ARRAY_WITH_ORIGIN, Source.NATIVE_SEGMENT, Source.CHANNEL_BYTE_BY_BYTE
    };

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void doesToObjectsWhatThePlanDoes(long seed) throws IOException {
        compare(new ObjectDescriptions(new Random(seed)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void doesToMemoryWhatThePlanDoes(long seed) throws IOException {
        compare(new MemoryDescriptions(new Random(seed)));
    }

    private static <T> void compare(Descriptions<T> descriptions) throws IOException {
        Random random = descriptions.random;
        int saved = 0;
        for (int i = 0; i < DESCRIPTIONS; i++) {
            CodecComparison<T> comparison = CodecComparison.next(descriptions);
            for (int s = 0; s < STATES; s++) {
                long values = random.nextLong();
                long shape = random.nextLong();
                byte[] bytes = comparison.sameSaves(values, shape);
                if (bytes.length > 0) {
                    saved++;
                    sameLoads(comparison, bytes, shape);
                }
            }
        }
        assertThat(saved).isGreaterThan(DESCRIPTIONS);
    }

    private static <T> void sameLoads(CodecComparison<T> comparison, byte[] bytes, long shape)
            throws IOException {
        Random random = comparison.states().random;
        int current = comparison.layout().version();
        long before = random.nextLong();
        byte[] followed = Arrays.copyOf(bytes, bytes.length + 3);
        comparison.sameLoad(bytes, current, before, shape, source(random));
        for (int version = 0; version <= current + 1; version++) {
            comparison.sameLoad(followed, version, before, shape, source(random));
        }
        for (int i = 0; i < CORRUPTIONS; i++) {
            byte[] bad = random.nextBoolean() ? bytes.clone() : followed.clone();
            for (int flips = random.nextInt(3); flips > 0; flips--) {
                bad[random.nextInt(bad.length)] =
                        (byte) (random.nextBoolean() ? random.nextInt(7) : random.nextInt());
            }
            if (random.nextInt(3) == 0) {
                bad = Arrays.copyOf(bad, random.nextInt(bad.length + 1));
            }
            comparison.sameLoad(bad, current, before, shape, source(random));
        }
    }

    private static Source source(Random random) {
        return SOURCES[random.nextInt(SOURCES.length)];
    }
}
