// SPDX-License-Identifier: Apache-2.0
package org.example.board.internal;

import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.SortedMap;
import java.util.TreeMap;
import org.example.board.Device;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.TailQueue;

/// A network card: frames in a queue that links them, filters in trees, a bitmap.
final class NetworkCard implements Device {
    private final byte[] mac = {2, 0, 0, 0, 0, 1};
    private final BitSet multicast = new BitSet();
    private final TailQueue<Frame> receiving = new TailQueue<>(f -> f.next);
    private final Deque<Descriptor> sending = new ArrayDeque<>();
    private final SortedMap<Filter, Rule> filters = new TreeMap<>();
    private final SortedMap<Long, Rule> vlans = new TreeMap<>();

    static final VMStateDescription<NetworkCard> VMSTATE =
            VMStateDescription.builder("nic", NetworkCard.class, MethodHandles.lookup())
                    .fields(
                            uint8("mac").array(6),
                            bitmap("multicast").length((NetworkCard n) -> 128),
                            qtailq("receiving", 1, Frame.VMSTATE, Frame::new),
                            qtailq("sending", 1, Descriptor.VMSTATE),
                            gtree("filters", 1, Filter.VMSTATE, Rule.VMSTATE),
                            gtreeDirect("vlans", 1, Rule.VMSTATE, () -> new Rule(0)))
                    .build();

    /// A frame that the guest has not fetched yet.
    static final class Frame {
        private int length;
        private byte[] data = {};
        private final TailQueue.Link<Frame> next = new TailQueue.Link<>();

        static final VMStateDescription<Frame> VMSTATE =
                VMStateDescription.builder("nic-frame", Frame.class, MethodHandles.lookup())
                        .fields(uint32("length"), vbuffer("data").length("length").allocate())
                        .build();
    }

    /// The address in the guest's memory of a frame to send.
    record Descriptor(long address, int length) {
        static final VMStateDescription<Descriptor> VMSTATE =
                VMStateDescription.builder("nic-tx", Descriptor.class, MethodHandles.lookup())
                        .fields(uint64("address"), uint32("length"))
                        .build();
    }

    /// The key of a filter.
    record Filter(short etherType) implements Comparable<Filter> {
        static final VMStateDescription<Filter> VMSTATE =
                VMStateDescription.builder("nic-filter", Filter.class, MethodHandles.lookup())
                        .fields(uint16("ether_type"))
                        .build();

        @Override
        public int compareTo(Filter other) {
            return Short.compareUnsigned(etherType, other.etherType);
        }
    }

    /// The action for frames that a filter matches.
    record Rule(int queue) {
        static final VMStateDescription<Rule> VMSTATE =
                VMStateDescription.builder("nic-rule", Rule.class, MethodHandles.lookup())
                        .fields(int32("queue"))
                        .build();
    }

    @Override
    public void run() {
        mac[5] = 77;
        multicast.set(3);
        multicast.set(100);
        for (int i = 1; i <= 3; i++) {
            Frame frame = new Frame();
            frame.length = i;
            frame.data = new byte[i];
            receiving.insertTail(frame);
            sending.add(new Descriptor(0x1000L * i, 64));
            filters.put(new Filter((short) (0x800 + i)), new Rule(i));
            vlans.put((long) i, new Rule(-i));
        }
    }
}
