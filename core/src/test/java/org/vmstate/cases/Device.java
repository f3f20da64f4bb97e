// SPDX-License-Identifier: Apache-2.0
package org.vmstate.cases;

import static org.vmstate.VMStateFields.*;
import static org.vmstate.cases.Values.v32;
import static org.vmstate.cases.Values.v64;

import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// `device.bin`: numbers, arrays, a struct, a subsection, hooks.
@SuppressWarnings("UnusedVariable") // private fields are read by the description
final class Device extends Scalars {
    private final int[] regs = new int[32];
    private final byte[] buf = new byte[256];
    final Nested nested = new Nested();
    private boolean extPresent;
    private int extA;
    private long extB;
    long derived;

    /// The nested structure.
    static final class Nested {
        private int ctrl;
        int count;
        long base;
        private long limit;
        private byte mode;
        private boolean enabled;

        static final VMStateDescription<Nested> VMSTATE =
                VMStateDescription.builder("cbench/nested", Nested.class, MethodHandles.lookup())
                        .fields(
                                uint32("ctrl"),
                                uint32("count"),
                                uint64("base"),
                                uint64("limit"),
                                uint8("mode"),
                                bool("enabled"))
                        .build();
    }

    private static final VMStateDescription<Device> EXT =
            VMStateDescription.builder("cbench/device/ext", Device.class, MethodHandles.lookup())
                    .needed(d -> d.extPresent)
                    .fields(uint32("ext_a"), uint64("ext_b"))
                    .build();

    static final VMStateDescription<Device> DEVICE =
            VMStateDescription.builder("cbench/device", Device.class, MethodHandles.lookup())
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
                            int64("i64_4"),
                            uint32("regs").array(32),
                            buffer("buf", 256),
                            struct("nested", Nested.VMSTATE))
                    .subsections(EXT)
                    .preSave(d -> d.extA = d.u321 ^ d.u322)
                    .postLoad(
                            (d, version) ->
                                    d.derived =
                                            d.nested.base + Integer.toUnsignedLong(d.nested.count))
                    .build();

    @Override
    void fill() {
        super.fill();
        for (int i = 0; i < regs.length; i++) {
            regs[i] = v32(100 + i);
        }
        for (int i = 0; i < buf.length; i++) {
            buf[i] = (byte) i;
        }
        nested.ctrl = v32(200);
        nested.count = v32(201);
        nested.base = v64(202);
        nested.limit = v64(203);
        nested.mode = 7;
        nested.enabled = true;
        extPresent = true;
        extB = v64(204);
    }
}
