// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.codec.Codec;
import org.vmstate.internal.plan.Loader;
import org.vmstate.internal.plan.Saver;
import org.vmstate.testing.Source;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

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
            Layout layout = descriptions.next().layout();
            Comparison<T> comparison = new Comparison<>(descriptions, layout, new Codec(layout));
            for (int s = 0; s < STATES; s++) {
                long values = random.nextLong();
                long shape = random.nextLong();
                byte[] bytes = comparison.sameSaves(values, shape);
                if (bytes.length > 0) {
                    saved++;
                    comparison.sameLoads(bytes, shape);
                }
            }
        }
        assertThat(saved).isGreaterThan(DESCRIPTIONS);
    }

    /// One description, walked by the plan and compiled.
    private record Comparison<T>(Descriptions<T> states, Layout layout, Codec codec) {

        byte[] sameSaves(long values, long shape) throws IOException {
            T one = states.state(new Random(values), shape);
            T other = states.state(new Random(values), shape);
            WireWriter planned = WireWriter.toMemory();
            WireWriter compiled = WireWriter.toMemory();
            String expected =
                    outcome(() -> new Saver(planned).body(layout, one, layout.version(), null));
            String actual = outcome(() -> codec.save(compiled, other, null));
            assertThat(actual).isEqualTo(expected);
            assertThat(compiled.toByteArray()).isEqualTo(planned.toByteArray());
            assertThat(states.text(other)).isEqualTo(states.text(one));
            return expected.isEmpty() ? planned.toByteArray() : new byte[0];
        }

        void sameLoads(byte[] bytes, long shape) throws IOException {
            Random random = states.random;
            long before = random.nextLong();
            byte[] followed = Arrays.copyOf(bytes, bytes.length + 3);
            sameLoad(bytes, layout.version(), before, shape);
            for (int version = 0; version <= layout.version() + 1; version++) {
                sameLoad(followed, version, before, shape);
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
                sameLoad(bad, layout.version(), before, shape);
            }
        }

        private void sameLoad(byte[] bytes, int version, long before, long shape)
                throws IOException {
            T one = states.state(new Random(before), shape);
            T other = states.state(new Random(before), shape);
            Source source = SOURCES[states.random.nextInt(SOURCES.length)];
            try (WireReader planned = source.open(bytes);
                    WireReader compiled = source.open(bytes)) {
                String expected =
                        outcome(() -> new Loader(planned).outermost(layout, one, version));
                String actual = outcome(() -> codec.load(compiled, other, version));
                assertThat(actual).isEqualTo(expected);
                assertThat(states.text(other)).isEqualTo(states.text(one));
                assertThat(compiled.position()).isEqualTo(planned.position());
            }
        }
    }

    /// What came of an attempt; nothing if it went well.
    private static String outcome(Attempt attempt) {
        try {
            attempt.run();
            return "";
        } catch (VMStateException e) {
            return e.getClass() + " " + e.getMessage() + suppressed(e);
        } catch (IOException e) {
            return e.getClass() + suppressed(e);
        }
    }

    private static String suppressed(@Nullable Throwable e) {
        return Arrays.toString(e == null ? null : e.getSuppressed());
    }

    /// Something that may fail.
    @FunctionalInterface
    private interface Attempt {
        void run() throws IOException;
    }
}
