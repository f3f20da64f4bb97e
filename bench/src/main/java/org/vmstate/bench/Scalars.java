// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import static org.vmstate.bench.Values.v32;
import static org.vmstate.bench.Values.v64;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// Thirteen numbers.
final class Scalars {
    boolean b1;
    byte i81;
    byte i82;
    short u161;
    short u162;
    int u321;
    int u322;
    int u323;
    int u324;
    long i641;
    long i642;
    long i643;
    long i644;

    static final VMStateDescription<Scalars> VMSTATE =
            VMStateDescription.builder("cbench/scalars", Scalars.class, MethodHandles.lookup())
                    .fields(Fields.numbers())
                    .build();

    static Scalars filled() {
        Scalars state = new Scalars();
        state.fill();
        return state;
    }

    private void fill() {
        b1 = true;
        i81 = -3;
        i82 = 100;
        u161 = 0x1234;
        u162 = (short) 0xfedc;
        u321 = v32(1);
        u322 = v32(2);
        u323 = v32(3);
        u324 = v32(4);
        i641 = v64(5);
        i642 = -v64(6);
        i643 = v64(7);
        i644 = v64(8);
    }
}
