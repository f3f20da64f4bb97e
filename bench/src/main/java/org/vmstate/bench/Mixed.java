// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import static org.vmstate.VMStateFields.buffer;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint16;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint64;
import static org.vmstate.VMStateFields.uint8;

import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.VMStateField;

/// Any number of fields, alternately a number and a structure of six, as in a large board. The
/// fields share eight members of each kind.
final class Mixed {
    private static final int MEMBERS = 8;

    int n0 = 1;
    int n1 = 2;
    int n2 = 3;
    int n3 = 4;
    int n4 = 5;
    int n5 = 6;
    int n6 = 7;
    int n7 = 8;
    final Part s0 = new Part();
    final Part s1 = new Part();
    final Part s2 = new Part();
    final Part s3 = new Part();
    final Part s4 = new Part();
    final Part s5 = new Part();
    final Part s6 = new Part();
    final Part s7 = new Part();

    /// The structure.
    static final class Part {
        int ctrl = Values.v32(1);
        short status = 2;
        long base = Values.v64(3);
        byte mode = 4;
        final int[] regs = {1, 2, 3, 4};
        final byte[] fifo = {1, 2, 3, 4, 5, 6, 7, 8};

        static final VMStateDescription<Part> VMSTATE =
                VMStateDescription.builder("cbench/part", Part.class, MethodHandles.lookup())
                        .fields(
                                uint32("ctrl"),
                                uint16("status"),
                                uint64("base"),
                                uint8("mode"),
                                uint32("regs").array(4),
                                buffer("fifo", 8))
                        .build();
    }

    /// A description of `size` fields.
    static VMStateDescription<Mixed> describe(int size) {
        List<VMStateField<Object>> fields = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            int member = i / 2 % MEMBERS;
            fields.add(
                    i % 2 == 0
                            ? uint32("f" + i).named("n" + member)
                            : struct("f" + i, Part.VMSTATE).named("s" + member));
        }
        VMStateDescriptionBuilder<Mixed> builder =
                VMStateDescription.builder("cbench/mixed", Mixed.class, MethodHandles.lookup());
        fields.forEach(builder::fields);
        return builder.build();
    }
}
