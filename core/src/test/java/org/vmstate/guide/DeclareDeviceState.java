// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.util.List;
import jdk.jfr.consumer.RecordingStream;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateField;
import org.vmstate.VMStateInfo;
import org.vmstate.queue.TailQueue;
import org.vmstate.trace.TraceFormat;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The evolved device of `docs/guide/declare-device-state.md`.
final class DeclareDeviceState {
    private DeclareDeviceState() {}

    /// A frame that is queued in the evolved device.
    static final class Frame {
        int length;
        byte[] data = {};
        final TailQueue.Link<Frame> next = new TailQueue.Link<>();

        static final VMStateDescription<Frame> VMSTATE =
                VMStateDescription.builder("uart-frame", Frame.class, MethodHandles.lookup())
                        .fields(uint32("length"), vbuffer("data").length("length").allocate())
                        .build();
    }

    /// Two numbers, described by code of their own.
    record Baud(int rate, int parity) {}

    private static final VMStateInfo<Baud> BAUD =
            new VMStateInfo<>() {
                @Override
                public String name() {
                    return "baud";
                }

                @Override
                public Baud load(WireReader reader, @Nullable Baud current, VMStateField<?> field)
                        throws IOException {
                    long offset = reader.position();
                    int packed = reader.int32();
                    if (packed < 0) {
                        throw new RefusedException("no such rate", offset);
                    }
                    return new Baud(packed >>> 2, packed & 3);
                }

                @Override
                public void save(
                        WireWriter writer,
                        @Nullable Baud value,
                        VMStateField<?> field,
                        @Nullable VmDescWriter vmdesc)
                        throws IOException {
                    writer.int32(value.rate() << 2 | value.parity());
                }
            };

    static final class Uart {
        int divisor = 1;
        boolean breakPending;
        final byte[] fifo = new byte[16];
        int fifoUsed;
        int scratch;
        Baud baud = new Baud(9600, 0);
        boolean framing;
        final TailQueue<Frame> frames = new TailQueue<>(f -> f.next);
        private transient boolean interrupt;

        static final VMStateDescription<Uart> FRAMES =
                VMStateDescription.builder("uart/frames", Uart.class, MethodHandles.lookup())
                        .needed(u -> !u.frames.isEmpty())
                        .fields(qtailq("frames", 1, Frame.VMSTATE, Frame::new))
                        .build();

        static final VMStateDescription<Uart> VMSTATE =
                VMStateDescription.builder("uart", Uart.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(
                                uint16("divisor"),
                                bool("break_pending"),
                                uint32("fifo_used"),
                                validate("fifo_used_in_range", (Uart u, int v) -> u.fifoUsed <= 16),
                                buffer("fifo", 16),
                                uint8("scratch").sinceVersion(2),
                                custom("baud", BAUD).existsIf((Uart u, int version) -> u.framing))
                        .subsections(FRAMES)
                        .notSent("framing")
                        .postLoad((u, version) -> u.interrupt = u.breakPending || u.fifoUsed > 0)
                        .build();

        boolean interrupt() {
            return interrupt;
        }
    }

    static final class Alarm {
        long deadline; // nanoseconds of a clock that the destination does not share

        static final VMStateDescription<Alarm> VMSTATE =
                VMStateDescription.builder("alarm", Alarm.class, MethodHandles.lookup())
                        .fields(withTemporary(Remaining.VMSTATE, Remaining::new))
                        .notSent("deadline")
                        .build();
    }

    static final class Remaining {
        final Alarm alarm;
        long nanos;

        Remaining(Alarm alarm) {
            this.alarm = alarm;
        }

        static final VMStateDescription<Remaining> VMSTATE =
                VMStateDescription.builder("alarm/tmp", Remaining.class, MethodHandles.lookup())
                        .minimumVersionId(0)
                        .fields(int64("nanos"))
                        .notSent("alarm")
                        .preSave(r -> r.nanos = r.alarm.deadline - System.nanoTime())
                        .postLoad((r, version) -> r.alarm.deadline = System.nanoTime() + r.nanos)
                        .build();
    }

    static String loaded(byte[] bytes, int versionId) throws IOException {
        try {
            Uart uart = Uart.VMSTATE.load(WireReader.of(bytes), Uart::new, versionId);
            return "loaded " + uart.fifoUsed + " bytes, interrupt " + uart.interrupt();
        } catch (VMStateException e) {
            return e.path() + " at " + e.offset() + ": " + e.detail();
        }
    }

    static String described(Uart uart) throws IOException {
        VmDescWriter vmdesc = new VmDescWriter().startObject();
        Uart.VMSTATE.save(WireWriter.toMemory(), uart, vmdesc);
        return vmdesc.endObject().toString();
    }

    static void traced(List<String> lines, Uart uart) throws IOException {
        try (RecordingStream events = new RecordingStream()) {
            TraceFormat.names().forEach(events::enable);
            events.onEvent(event -> lines.add(TraceFormat.format(event)));
            events.setOrdered(true);
            events.startAsync();
            Uart.VMSTATE.save(WireWriter.toMemory(), uart);
            events.stop();
        }
    }
}
