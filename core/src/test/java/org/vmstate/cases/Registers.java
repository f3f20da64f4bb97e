// SPDX-License-Identifier: Apache-2.0
package org.vmstate.cases;

import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import org.vmstate.VMStateDescription;

/// `regs.bin`: two large arrays.
@SuppressWarnings("UnusedVariable") // private fields are read by the description
final class Registers {
    private final long[] r64 = new long[512];
    private final int[] r32 = new int[1024];

    static final VMStateDescription<Registers> VMSTATE =
            VMStateDescription.builder("cbench/regs", Registers.class, MethodHandles.lookup())
                    .fields(uint64("r64").array(512), uint32("r32").array(1024))
                    .build();

    void fill() {
        Arrays.setAll(r64, Values::v64);
        Arrays.setAll(r32, i -> Values.v32(9000 + i));
    }
}
