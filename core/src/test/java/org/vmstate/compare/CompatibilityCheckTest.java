// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint8;

import java.lang.invoke.MethodHandles;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDump;
import org.vmstate.wire.VMStateException;

/// Two versions of a machine that is declared in Java.
final class CompatibilityCheckTest {
    static final class Uart {
        int rate;
        int mode;
    }

    private static byte[] dump(VMStateDescription<?> uart) {
        SequencedMap<String, VMStateDescription<?>> devices = new LinkedHashMap<>();
        devices.put("uart", uart);
        return VMStateDump.of("board", devices);
    }

    private static VMStateDescription<Uart> first() {
        return VMStateDescription.builder("uart", Uart.class, MethodHandles.lookup())
                .versionId(1)
                .fields(uint32("rate"))
                .notSent("mode")
                .build();
    }

    @Test
    void fieldWithItsVersionIsCompatible() throws VMStateException {
        byte[] newer =
                dump(
                        VMStateDescription.builder("uart", Uart.class, MethodHandles.lookup())
                                .versionId(2)
                                .minimumVersionId(1)
                                .fields(uint32("rate"), uint8("mode").sinceVersion(2))
                                .build());
        CompatibilityCheck.requireCompatible(dump(first()), newer);
    }

    @Test
    void fieldWithoutAVersionStrandsOldSnapshots() throws VMStateException {
        byte[] newer =
                dump(
                        VMStateDescription.builder("uart", Uart.class, MethodHandles.lookup())
                                .versionId(1)
                                .fields(uint32("rate"), uint8("mode"))
                                .build());
        assertThat(CompatibilityCheck.differences(dump(first()), newer))
                .extracting(Reason::subject)
                .containsExactly("uart: uart.mode");
        assertThatThrownBy(() -> CompatibilityCheck.requireCompatible(dump(first()), newer))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("uart: uart.mode");
    }
}
