// SPDX-License-Identifier: Apache-2.0
package org.vmstate.cases;

import static org.vmstate.VMStateFields.*;
import static org.vmstate.cases.Values.v32;
import static org.vmstate.cases.Values.v64;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// `scalars.bin`: thirteen numbers.
@SuppressWarnings("UnusedVariable") // private fields are read by the description
class Scalars {
    private boolean b1;
    private byte i81;
    private byte i82;
    private short u161;
    private short u162;
    int u321;
    int u322;
    private int u323;
    private int u324;
    private long i641;
    private long i642;
    private long i643;
    private long i644;

    static final VMStateDescription<Scalars> VMSTATE =
            VMStateDescription.builder("cbench/scalars", Scalars.class, MethodHandles.lookup())
                    .fields(
                            bool("b1"),
                            int8("i8_1"),
                            int8("i8_2"),
                            uint16("u16_1"),
                            uint16("u16_2"),
                            uint32("u32_1"),
                            uint32("u32_2"),
                            uint32("u32_3"),
                            uint32("u32_4"),
                            int64("i64_1"),
                            int64("i64_2"),
                            int64("i64_3"),
                            int64("i64_4"))
                    .build();

    void fill() {
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
