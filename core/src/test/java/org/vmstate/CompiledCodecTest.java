// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.uint8;
import static org.vmstate.VMStateFields.uint8Equal;

import java.io.IOException;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Source;
import org.vmstate.wire.WireReader;

/// Compares compiled code with the plan: random descriptions, random states, valid and invalid
/// bytes.
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

    /// A byte that is checked and set, before another one that is checked.
    static final class Twice {
        byte first;
        byte second;
    }

    @Test
    void numberThatIsSetBehindItsCheckIsNotCheckedAgainInAnObject() {
        var description =
                twice(VMStateDescription.builder("twice", Twice.class, MethodHandles.lookup()));
        Twice state = new Twice();
        state.first = 5;
        state.second = 1;
        assertThatThrownBy(() -> load(description, state))
                .hasMessage("twice > second: 1 != 9 (offset 0x2)");
        assertThat(state.first).isEqualTo((byte) 7);
    }

    @Test
    void numberThatIsSetBehindItsCheckIsNotCheckedAgainInMemory() {
        var description =
                twice(
                        VMStateDescription.builder(
                                "twice",
                                MemoryLayout.structLayout(
                                        JAVA_BYTE.withName("first"),
                                        JAVA_BYTE.withName("second"))));
        MemorySegment state = MemorySegment.ofArray(new byte[] {5, 1});
        assertThatThrownBy(() -> load(description, state))
                .hasMessage("twice > second: 1 != 9 (offset 0x2)");
        assertThat(state.get(JAVA_BYTE, 0)).isEqualTo((byte) 7);
    }

    private static <T> VMStateDescription<T> twice(VMStateDescriptionBuilder<T> builder) {
        return builder.fields(
                        uint8Equal("first"),
                        uint8("first").asQemuDoes("a member that is sent twice"),
                        uint8Equal("second"))
                .build();
    }

    private static <T> void load(VMStateDescription<T> description, T state) throws IOException {
        description.load(WireReader.of(new byte[] {5, 7, 9}), state, 1);
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
