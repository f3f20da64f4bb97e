// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReadLimitsTest {
    private static final ReadLimits LIMITS =
            ReadLimits.builder()
                    .maxNesting(3)
                    .maxSections(3)
                    .maxCommands(3)
                    .maxElements(3)
                    .maxBufferBytes(3)
                    .maxEmptyElements(3)
                    .maxDescriptionBytes(3)
                    .maxDescriptionValues(3)
                    .maxNameLength(3)
                    .maxTemporaryBytes(3)
                    .build();

    interface Check {
        void of(int count) throws VMStateException;
    }

    static List<Check> checks() {
        return List.of(
                n -> LIMITS.checkElements(n, "queue", 7),
                n -> LIMITS.checkSections(n, 7),
                n -> LIMITS.checkCommands(n, "stream", 7),
                n -> LIMITS.checkBuffer(n, "buffer", 7),
                n -> LIMITS.checkEmptyElements(n, 7),
                n -> LIMITS.checkDescription(n, 7),
                n -> LIMITS.checkDescriptionValues(n, 7),
                n -> LIMITS.checkName(n, 7),
                n -> LIMITS.checkTemporary(n, 7),
                n -> LIMITS.checkNesting(n, 7));
    }

    @ParameterizedTest
    @MethodSource("checks")
    void whatIsWithinALimitPassesAndWhatIsBeyondIsRefusedWithItsOffset(Check check) {
        for (int within : new int[] {0, 1, 3}) {
            assertThatCode(() -> check.of(within)).doesNotThrowAnyException();
        }
        for (int beyond : new int[] {4, Integer.MAX_VALUE, -1}) {
            assertThatThrownBy(() -> check.of(beyond))
                    .isInstanceOf(LimitExceededException.class)
                    .hasMessageMatching(".* the limit is 3 \\(max[A-Za-z]+\\) \\(offset 0x7\\)");
        }
    }

    /// A limit: its setter in the builder and its getter.
    record Limit(
            String name,
            BiFunction<ReadLimits.Builder, Integer, ReadLimits.Builder> set,
            ToLongFunction<ReadLimits> get) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Limit> limits() {
        return List.of(
                new Limit("maxNesting", ReadLimits.Builder::maxNesting, ReadLimits::maxNesting),
                new Limit("maxSections", ReadLimits.Builder::maxSections, ReadLimits::maxSections),
                new Limit("maxCommands", ReadLimits.Builder::maxCommands, ReadLimits::maxCommands),
                new Limit("maxElements", ReadLimits.Builder::maxElements, ReadLimits::maxElements),
                new Limit(
                        "maxBufferBytes",
                        ReadLimits.Builder::maxBufferBytes,
                        ReadLimits::maxBufferBytes),
                new Limit(
                        "maxDescriptionBytes",
                        ReadLimits.Builder::maxDescriptionBytes,
                        ReadLimits::maxDescriptionBytes),
                new Limit(
                        "maxDescriptionValues",
                        ReadLimits.Builder::maxDescriptionValues,
                        ReadLimits::maxDescriptionValues),
                new Limit(
                        "maxNameLength",
                        ReadLimits.Builder::maxNameLength,
                        ReadLimits::maxNameLength),
                new Limit(
                        "maxEmptyElements",
                        ReadLimits.Builder::maxEmptyElements,
                        ReadLimits::maxEmptyElements),
                new Limit(
                        "maxTemporaryBytes",
                        (builder, limit) -> builder.maxTemporaryBytes(limit),
                        ReadLimits::maxTemporaryBytes),
                new Limit(
                        "maxRetainedBytes",
                        ReadLimits.Builder::maxRetainedBytes,
                        ReadLimits::maxRetainedBytes));
    }

    @Test
    void everyLimitIsTested() {
        assertThat(Arrays.stream(ReadLimits.class.getMethods()).map(Method::getName))
                .filteredOn(name -> name.startsWith("max"))
                .containsExactlyInAnyOrderElementsOf(limits().stream().map(Limit::name).toList());
    }

    @ParameterizedTest
    @MethodSource("limits")
    void limitThatIsNotPositiveIsRefusedByName(Limit limit) {
        for (int none : new int[] {0, -1}) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> limit.set.apply(ReadLimits.builder(), none))
                    .withMessage(limit.name + " must be positive: " + none);
        }
    }

    @ParameterizedTest
    @MethodSource("limits")
    void builderKeepsTheLimitsThatAreNotSet(Limit limit) {
        ReadLimits one = limit.set.apply(ReadLimits.builder(), 1).build();
        ReadLimits copy = one.toBuilder().build();

        for (Limit other : limits()) {
            long expected =
                    other.name.equals(limit.name) ? 1 : other.get.applyAsLong(ReadLimits.DEFAULT);
            assertThat(other.get.applyAsLong(one)).isEqualTo(expected);
            assertThat(other.get.applyAsLong(copy)).isEqualTo(expected);
        }
    }
}
