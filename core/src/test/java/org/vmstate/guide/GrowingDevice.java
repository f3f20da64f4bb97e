// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.Optional;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.TailQueue;
import org.vmstate.wire.WireWriter;

/// The device of `docs/guide/declare-device-state.md` whose nested parts grow.
final class GrowingDevice {
    private GrowingDevice() {}

    enum Parity {
        NONE,
        ODD,
        EVEN
    }

    /// A structure that has a second version.
    static final class Timer {
        int period;
        int phase;

        static final VMStateDescription<Timer> VMSTATE =
                VMStateDescription.builder("timer", Timer.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(uint32("period"), uint32("phase").sinceVersion(2))
                        .build();
    }

    /// An element that has a subsection.
    static final class Event {
        int code;
        long time;
        final TailQueue.Link<Event> next = new TailQueue.Link<>();

        static final VMStateDescription<Event> TIME =
                VMStateDescription.builder("event/time", Event.class, MethodHandles.lookup())
                        .needed(e -> e.time != 0)
                        .fields(int64("time"))
                        .build();

        static final VMStateDescription<Event> VMSTATE =
                VMStateDescription.builder("event", Event.class, MethodHandles.lookup())
                        .fields(uint32("code"))
                        .subsections(TIME)
                        .build();
    }

    static final class Port {
        int address;
        final Timer timer = new Timer();
        final TailQueue<Event> events = new TailQueue<>(e -> e.next);
        Parity parity = Parity.NONE;
        String label = "";
        Optional<Integer> interrupt = Optional.empty();

        static final VMStateDescription<Port> VMSTATE =
                VMStateDescription.builder("port", Port.class, MethodHandles.lookup())
                        .versionId(3)
                        .minimumVersionId(1)
                        .fields(
                                uint32("address"),
                                vstruct("timer", Timer.VMSTATE, 1).elementVersion(3, 2),
                                qtailq("events", 1, Event.VMSTATE, Event::new),
                                uint8("parity")
                                        .constants(Parity.class, Parity::ordinal)
                                        .sinceVersion(2),
                                string("label", 64).sinceVersion(3),
                                optional("interrupt", Integer.class, uint32("value"))
                                        .sinceVersion(3))
                        .build();
    }

    static byte[] savedFor(int versionId, Port port) throws IOException {
        WireWriter writer = WireWriter.toMemory();
        Port.VMSTATE.save(writer, port, versionId);
        return writer.toByteArray();
    }
}
