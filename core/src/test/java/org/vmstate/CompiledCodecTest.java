// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.internal.codec.Codec;
import org.vmstate.internal.layout.Layout;
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
    void doesWhatThePlanDoes(long seed) throws IOException {
        Random random = new Random(seed);
        int saved = 0;
        for (int i = 0; i < DESCRIPTIONS; i++) {
            Layout layout = new Descriptions(random).next().layout();
            Codec codec = new Codec(layout);
            for (int s = 0; s < STATES; s++) {
                long values = random.nextLong();
                long shape = random.nextLong();
                byte[] bytes = sameSaves(layout, codec, values, shape);
                if (bytes.length > 0) {
                    saved++;
                    sameLoads(layout, codec, bytes, shape, random);
                }
            }
        }
        assertThat(saved).isGreaterThan(DESCRIPTIONS);
    }

    private static byte[] sameSaves(Layout layout, Codec codec, long values, long shape)
            throws IOException {
        Everything one = Everything.random(new Random(values), shape);
        Everything other = Everything.random(new Random(values), shape);
        WireWriter planned = WireWriter.toMemory();
        WireWriter compiled = WireWriter.toMemory();
        String expected =
                outcome(() -> new Saver(planned).body(layout, one, layout.version(), null));
        String actual = outcome(() -> codec.save(compiled, other, null));
        assertThat(actual).isEqualTo(expected);
        assertThat(compiled.toByteArray()).isEqualTo(planned.toByteArray());
        assertThat(Everything.text(other)).isEqualTo(Everything.text(one));
        return expected.isEmpty() ? planned.toByteArray() : new byte[0];
    }

    private static void sameLoads(
            Layout layout, Codec codec, byte[] bytes, long shape, Random random)
            throws IOException {
        long before = random.nextLong();
        byte[] followed = Arrays.copyOf(bytes, bytes.length + 3);
        sameLoad(layout, codec, bytes, layout.version(), before, shape, random);
        for (int version = 0; version <= layout.version() + 1; version++) {
            sameLoad(layout, codec, followed, version, before, shape, random);
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
            sameLoad(layout, codec, bad, layout.version(), before, shape, random);
        }
    }

    private static void sameLoad(
            Layout layout,
            Codec codec,
            byte[] bytes,
            int version,
            long before,
            long shape,
            Random random)
            throws IOException {
        Everything one = Everything.random(new Random(before), shape);
        Everything other = Everything.random(new Random(before), shape);
        Source source = SOURCES[random.nextInt(SOURCES.length)];
        try (WireReader planned = source.open(bytes);
                WireReader compiled = source.open(bytes)) {
            String expected = outcome(() -> new Loader(planned).body(layout, one, version));
            String actual = outcome(() -> codec.load(compiled, other, version));
            assertThat(actual).isEqualTo(expected);
            assertThat(Everything.text(other)).isEqualTo(Everything.text(one));
            assertThat(compiled.position()).isEqualTo(planned.position());
        }
    }

    /// What came of an attempt; nothing if it went well.
    private static String outcome(Attempt attempt) {
        try {
            attempt.run();
            return "";
        } catch (VMStateException e) {
            return e.getClass() + " " + e.getMessage() + suppressed(e);
        } catch (RuntimeException | IOException e) {
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
