// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import static org.vmstate.VMStateFields.*;
import static org.vmstate.bench.Values.v32;
import static org.vmstate.bench.Values.v64;

import java.io.Serializable;
import java.lang.invoke.MethodHandles;
import org.vmstate.VMStateDescription;

/// Numbers, arrays, a struct, a subsection, hooks.
@SuppressWarnings("serial")
public final class Device implements Serializable {
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
    int[] regs = new int[32];
    byte[] buf = new byte[256];
    Nested nested = new Nested();
    boolean extPresent;
    int extA;
    long extB;
    transient long derived;

    /// The nested structure.
    public static final class Nested implements Serializable {
        int ctrl;
        int count;
        long base;
        long limit;
        byte mode;
        boolean enabled;
    }

    /// The descriptions, in a class of their own so that building them can be measured.
    static final class Described {
        static final VMStateDescription<Nested> NESTED =
                VMStateDescription.builder("cbench/nested", Nested.class, MethodHandles.lookup())
                        .fields(Fields.nested())
                        .build();

        static final VMStateDescription<Device> EXT =
                VMStateDescription.builder(
                                "cbench/device/ext", Device.class, MethodHandles.lookup())
                        .needed(d -> d.extPresent)
                        .fields(Fields.ext())
                        .build();

        static final VMStateDescription<Device> VMSTATE =
                VMStateDescription.builder("cbench/device", Device.class, MethodHandles.lookup())
                        .fields(Fields.numbers())
                        .fields(
                                uint32("regs").array(32),
                                buffer("buf", 256),
                                struct("nested", NESTED))
                        .subsections(EXT)
                        .preSave(Device::preSave)
                        .postLoad((d, version) -> d.postLoad())
                        .build();

        private Described() {}
    }

    void preSave() {
        extA = u321 ^ u322;
    }

    void postLoad() {
        derived = nested.base + Integer.toUnsignedLong(nested.count);
    }

    static Device filled() {
        Device state = new Device();
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
