// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import org.vmstate.VMStateDescription;

/// Two large arrays.
final class Registers {
    final long[] r64 = new long[512];
    final int[] r32 = new int[1024];

    static final VMStateDescription<Registers> VMSTATE =
            VMStateDescription.builder("cbench/regs", Registers.class, MethodHandles.lookup())
                    .fields(Fields.registers())
                    .build();

    static Registers filled() {
        Registers state = new Registers();
        Arrays.setAll(state.r64, Values::v64);
        Arrays.setAll(state.r32, i -> Values.v32(9000 + i));
        return state;
    }
}
