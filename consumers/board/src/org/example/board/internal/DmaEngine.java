// SPDX-License-Identifier: Apache-2.0
package org.example.board.internal;

import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.List;
import org.example.board.Device;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateField;

/// A DMA engine: arrays of numbers and of structures, one of them an array of pointers. The
/// structures have a priority since their version 2, which version 2 of the engine sends.
final class DmaEngine implements Device {
    private final int[][] registers = new int[2][3];
    private final Channel[] channels = {new Channel(), new Channel()};
    private final List<Channel> spare = new ArrayList<>(List.of(new Channel()));
    private final Channel[] optional = {new Channel(), null};
    private int pending;
    private short[] requests = {};
    private Channel last = new Channel();

    static final VMStateDescription<DmaEngine> VMSTATE =
            VMStateDescription.builder("dma", DmaEngine.class, MethodHandles.lookup())
                    .versionId(2)
                    .minimumVersionId(1)
                    .fields(
                            uint32("registers").array2d(2, 3),
                            channel("channels").array(2),
                            channel("spare").array(1),
                            channel("optional").array(2).pointers(),
                            int32("pending"),
                            uint16("requests").varray("pending").allocate(),
                            channel("last"))
                    .build();

    private static VMStateField<Object> channel(String name) {
        return vstruct(name, Channel.VMSTATE, 1).elementVersion(2, 2);
    }

    /// A channel of the engine.
    static final class Channel {
        private int source;
        private int target;
        private byte priority;

        static final VMStateDescription<Channel> VMSTATE =
                VMStateDescription.builder("dma-channel", Channel.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(
                                uint32("source"),
                                uint32("target"),
                                int8("priority").sinceVersion(2))
                        .build();

        private void run(int address) {
            source = address;
            target = -address;
            priority = (byte) address;
        }
    }

    @Override
    public void run() {
        registers[1][2] = 0x8000_0000;
        channels[1].run(7);
        spare.getFirst().run(8);
        optional[0].run(9);
        pending = 2;
        requests = new short[] {5, -6};
        last.run(10);
    }
}
