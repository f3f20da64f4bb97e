// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import static org.vmstate.VMStateFields.bool;
import static org.vmstate.VMStateFields.buffer;
import static org.vmstate.VMStateFields.qlist;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint64;
import static org.vmstate.VMStateFields.uint8;
import static org.vmstate.VMStateFields.validate;
import static org.vmstate.VMStateFields.vbuffer;
import static org.vmstate.VMStateFields.vstruct;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.vmstate.VMStateDescription;
import org.vmstate.queue.TailQueue;
import org.vmstate.ram.GuestMemory;
import org.vmstate.savevm.IterativeDevice;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.OpaqueDevice;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A small machine with every kind of device and two pages of memory.
@SuppressWarnings("UnusedVariable") // private fields are read by descriptions
final class FuzzedBoard {
    private final GuestMemory memory =
            GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", 2 * 4096L));
    private final Serial serial = new Serial();
    private final Engine engine = new Engine();
    private final Blob blob = new Blob();
    private final Steps steps = new Steps();
    private Clock clock = new Clock(0, 0);
    final Machine machine = build();

    /// Returns a machine of these objects.
    Machine build() {
        return builder()
                .device("serial", Serial.VMSTATE, serial, o -> o.alias("uart"))
                .device("engine", Engine.VMSTATE, engine, o -> o.reset(engine::reset))
                .build();
    }

    /// Returns a machine of these objects that is saved as its first release saved it.
    Machine older() {
        return builder()
                .device("uart", Serial.VMSTATE, serial)
                .device("engine", Engine.VMSTATE, engine, o -> o.saveVersion(1))
                .build();
    }

    private Machine.Builder builder() {
        return Machine.builder("fuzzed")
                .ram(memory)
                .iterative("steps", steps)
                .memento("clock", Clock.VMSTATE, () -> clock, loaded -> clock = loaded)
                .opaque("blob", blob);
    }

    /// Fills the machine with values that depend on a number.
    FuzzedBoard fill(int seed) {
        MemorySegment ram = memory.segment("ram");
        ram.set(ValueLayout.JAVA_INT, 4096L * (seed % 2), seed);
        serial.kind = seed % 3;
        serial.used = seed % 4;
        engine.counters.completed = seed;
        engine.counters.failed = seed / 2;
        engine.wide = seed % 2 == 1;
        engine.high = engine.wide ? seed : 0;
        engine.name = Arrays.copyOf(new byte[] {1, 2, 3}, seed % 6);
        engine.length = engine.name.length;
        for (int i = 0; i < seed % 4; i++) {
            engine.requests.insertTail(new Request(seed + i));
            engine.free.add(new Request(2 * seed + i));
        }
        blob.bytes = new byte[] {1, (byte) seed};
        steps.bytes = new byte[] {(byte) seed, 2};
        clock = new Clock(seed, 1);
        return this;
    }

    /// A state that is captured and restored.
    private record Clock(long ticks, int rate) {
        private static final VMStateDescription<Clock> VMSTATE =
                VMStateDescription.builder("clock", Clock.class, MethodHandles.lookup())
                        .fields(uint64("ticks"), uint32("rate"))
                        .build();
    }

    /// A device with a subsection and checks.
    private static final class Serial {
        private int kind;
        private int used;
        private final byte[] fifo = new byte[4];

        private static final VMStateDescription<Serial> FIFO =
                VMStateDescription.builder("serial/fifo", Serial.class, MethodHandles.lookup())
                        .needed(serial -> serial.used != 0)
                        .fields(
                                uint8("used"),
                                validate("used_in_range", (Serial s, int _) -> s.used <= 4),
                                buffer("fifo", 4))
                        .build();

        private static final VMStateDescription<Serial> VMSTATE =
                VMStateDescription.builder("serial", Serial.class, MethodHandles.lookup())
                        .preLoad(
                                serial -> {
                                    serial.used = 0;
                                    Arrays.fill(serial.fifo, (byte) 0);
                                })
                        .fields(uint8("kind"))
                        .subsections(FIFO)
                        .postLoad(
                                (serial, _) -> {
                                    if (serial.kind > 2) {
                                        throw new RefusedException("no such kind");
                                    }
                                })
                        .build();
    }

    /// An element of a queue.
    @SuppressWarnings("UnusedVariable") // read by the description
    private static final class Request {
        private int address;
        private final TailQueue.Link<Request> link = new TailQueue.Link<>();

        Request(int address) {
            this.address = address;
        }

        private static final VMStateDescription<Request> VMSTATE =
                VMStateDescription.builder("request", Request.class, MethodHandles.lookup())
                        .fields(uint32("address"))
                        .build();
    }

    /// A structure that grew.
    @SuppressWarnings("UnusedVariable") // read by the description
    private static final class Counters {
        private int completed;
        private int failed;

        private static final VMStateDescription<Counters> VMSTATE =
                VMStateDescription.builder("counters", Counters.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(uint32("completed"), uint32("failed").sinceVersion(2))
                        .build();
    }

    /// A device with queues, a test, a buffer whose length is sent, and two versions.
    @SuppressWarnings("UnusedVariable") // read by the description
    private static final class Engine {
        private final Counters counters = new Counters();
        private boolean wide;
        private int high;
        private int length;
        private byte[] name = {};
        private final TailQueue<Request> requests = new TailQueue<>(request -> request.link);
        private final List<Request> free = new ArrayList<>();

        private void reset() {
            counters.completed = 0;
            counters.failed = 0;
            high = 0;
            requests.clear();
            free.clear();
        }

        private static final VMStateDescription<Engine> VMSTATE =
                VMStateDescription.builder("engine", Engine.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(
                                vstruct("counters", Counters.VMSTATE, 1).elementVersion(2, 2),
                                bool("wide"),
                                uint32("high").existsIf((Engine engine, int _) -> engine.wide),
                                uint32("length"),
                                vbuffer("name").length("length").allocate(),
                                qtailq("requests", 1, Request.VMSTATE, () -> new Request(0)),
                                qlist("free", 1, Request.VMSTATE, () -> new Request(0)))
                        .build();
    }

    /// A device that its own code saves whole; its first byte is 1.
    private static final class Blob implements OpaqueDevice {
        private byte[] bytes = {1};

        @Override
        public int versionId() {
            return 1;
        }

        @Override
        public byte[] save() {
            return bytes;
        }

        @Override
        public void verify(byte[] body, int versionId) throws CorruptException {
            if (body.length == 0 || body[0] != 1) {
                throw new CorruptException("does not begin with 1", 0);
            }
        }

        @Override
        public void load(byte[] body, int versionId) throws RefusedException {
            bytes = body;
            if (body.length > 4) {
                throw new RefusedException("too long");
            }
        }
    }

    /// A device that is sent in pieces of one byte: their number, the pieces, 0.
    private static final class Steps implements IterativeDevice {
        private byte[] bytes = {};
        private int sent;
        private List<Byte> loaded = new ArrayList<>();

        @Override
        public int versionId() {
            return 1;
        }

        @Override
        public void setup(WireWriter out) throws IOException {
            sent = 0;
            out.u8(bytes.length);
        }

        @Override
        public long pending() {
            return (long) bytes.length - sent;
        }

        @Override
        public void iterate(WireWriter out, long maxBytes) throws IOException {
            out.int8(bytes[sent++]);
        }

        @Override
        public void complete(WireWriter out) throws IOException {
            out.u8(0);
        }

        @Override
        public void verify(WireReader in, int versionId) throws IOException {
            in.u8();
        }

        @Override
        public void beforeLoad() {
            loaded = new ArrayList<>();
        }

        @Override
        public void load(WireReader in, int versionId) throws IOException {
            loaded.add(in.int8());
            int count = Math.min(loaded.getFirst() & 0xff, loaded.size() - 1);
            bytes = new byte[count];
            for (int i = 0; i < count; i++) {
                bytes[i] = loaded.get(i + 1);
            }
        }
    }
}
