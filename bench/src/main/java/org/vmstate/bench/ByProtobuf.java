// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.util.Arrays;
import org.vmstate.bench.proto.Bench;

/// Protocol buffers: saving creates a message of the state and writes it; loading reads the message
/// only.
final class ByProtobuf {
    private ByProtobuf() {}

    /// The device as a message.
    static final class OfDevice implements Contender {
        private final Device s = Device.filled();
        private final byte[] buffer = new byte[1 << 12];
        private final byte[] saved;

        OfDevice() throws IOException {
            int size = save();
            saved = Arrays.copyOf(buffer, size);
        }

        @Override
        public int save() throws IOException {
            s.preSave();
            Bench.Device.Builder d = Bench.Device.newBuilder();
            d.setB1(s.b1).setI81(s.i81).setI82(s.i82).setU161(s.u161 & 0xffff);
            d.setU162(s.u162 & 0xffff).setU321(s.u321).setU322(s.u322).setU323(s.u323);
            d.setU324(s.u324).setI641(s.i641).setI642(s.i642).setI643(s.i643).setI644(s.i644);
            for (int value : s.regs) {
                d.addRegs(value);
            }
            d.setBuf(UnsafeByteOperations.unsafeWrap(s.buf));
            d.setNested(
                    Bench.Nested.newBuilder()
                            .setCtrl(s.nested.ctrl)
                            .setCount(s.nested.count)
                            .setBase(s.nested.base)
                            .setLimit(s.nested.limit)
                            .setMode(s.nested.mode)
                            .setEnabled(s.nested.enabled));
            if (s.extPresent) {
                d.setExtA(s.extA).setExtB(s.extB);
            }
            CodedOutputStream out = CodedOutputStream.newInstance(buffer);
            d.build().writeTo(out);
            return out.getTotalBytesWritten();
        }

        @Override
        public Object load() throws IOException {
            return Bench.Device.parseFrom(saved);
        }
    }

    /// The queue as a message.
    static final class OfEvents implements Contender {
        private final Events s = Events.filled();
        private final byte[] buffer = new byte[1 << 17];
        private final byte[] saved;

        OfEvents() throws IOException {
            int size = save();
            saved = Arrays.copyOf(buffer, size);
        }

        @Override
        public int save() throws IOException {
            Bench.Events.Builder events = Bench.Events.newBuilder();
            for (Events.Entry e : s.q) {
                ByteString log = UnsafeByteOperations.unsafeWrap(e.log);
                events.addQ(
                        Bench.Entry.newBuilder()
                                .setSummary(e.summary)
                                .setExtendedLength(e.extendedLength)
                                .setWhen(e.when)
                                .setLog(log)
                                .build());
            }
            CodedOutputStream out = CodedOutputStream.newInstance(buffer);
            events.build().writeTo(out);
            return out.getTotalBytesWritten();
        }

        @Override
        public Object load() throws IOException {
            return Bench.Events.parseFrom(saved);
        }
    }
}
