// SPDX-License-Identifier: Apache-2.0
package org.example.board.internal;

import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import org.example.board.Device;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateField;
import org.vmstate.VMStateInfo;
import org.vmstate.queue.ListQueue;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// An event log: a list, a value with its own encoding, and a temporary value that exists only
/// while it is sent.
final class EventLog implements Device {
    private final ListQueue<Event> events = new ListQueue<>(e -> e.next);
    private Level level = new Level(0, false);
    private long now;

    static final VMStateDescription<EventLog> VMSTATE =
            VMStateDescription.builder("event-log", EventLog.class, MethodHandles.lookup())
                    .fields(
                            qlist("events", 1, Event.VMSTATE, Event::new),
                            custom("level", LevelInfo.INSTANCE),
                            withTemporary(Clock.VMSTATE, Clock::new))
                    .build();

    /// An event of the log.
    static final class Event {
        private int summary;
        private final ListQueue.Link<Event> next = new ListQueue.Link<>();

        static final VMStateDescription<Event> VMSTATE =
                VMStateDescription.builder("event", Event.class, MethodHandles.lookup())
                        .fields(uint32("summary"))
                        .build();
    }

    /// The time of the log, sent in seconds.
    static final class Clock {
        private final EventLog log;
        private long seconds;

        static final VMStateDescription<Clock> VMSTATE =
                VMStateDescription.builder("event-clock", Clock.class, MethodHandles.lookup())
                        .minimumVersionId(0)
                        .preSave(c -> c.seconds = c.log.now / 1_000)
                        .fields(int64("seconds"))
                        .postLoad((c, version) -> c.log.now = c.seconds * 1_000)
                        .build();

        Clock(EventLog log) {
            this.log = log;
        }
    }

    /// A log entry: a number of 7 bits and a flag, in one byte.
    record Level(int number, boolean verbose) {}

    private enum LevelInfo implements VMStateInfo<Level> {
        INSTANCE;

        @Override
        public Level load(WireReader reader, Level current, VMStateField<?> field)
                throws IOException {
            long offset = reader.position();
            int packed = reader.u8();
            if (packed >>> 1 > 7) {
                throw new RefusedException("no such level", offset);
            }
            return new Level(packed >>> 1, (packed & 1) != 0);
        }

        @Override
        public void save(WireWriter writer, Level value, VMStateField<?> field, VmDescWriter vmdesc)
                throws IOException {
            writer.u8(value.number() << 1 | (value.verbose() ? 1 : 0));
        }
    }

    @Override
    public void run() {
        for (int i = 0; i < 2; i++) {
            Event event = new Event();
            event.summary = i - 1;
            events.insertHead(event);
        }
        level = new Level(5, true);
        now = 42_000;
    }
}
