// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadLimitsTest {
    private static final ReadLimits LIMITS = new ReadLimits(3, 3, 3, 3, 3, 3, 3);

    interface Check {
        void of(int count) throws VMStateException;
    }

    static List<Check> checks() {
        return List.of(
                n -> LIMITS.checkElements(n, "queue", 7),
                n -> LIMITS.checkSections(n, 7),
                n -> LIMITS.checkCommands(n, "stream", 7),
                n -> LIMITS.checkBuffer(n, "buffer", 7),
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
                    .hasMessageContaining("the limit is 3 (offset 0x7)");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void limitThatNothingCouldKeepIsRefused(int none) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ReadLimits(none, 1, 1, 1, 1, 1, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ReadLimits(1, none, 1, 1, 1, 1, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ReadLimits(1, 1, none, 1, 1, 1, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ReadLimits(1, 1, 1, none, 1, 1, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ReadLimits(1, 1, 1, 1, none, 1, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ReadLimits(1, 1, 1, 1, 1, none, 1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ReadLimits(1, 1, 1, 1, 1, 1, none));
    }
}
