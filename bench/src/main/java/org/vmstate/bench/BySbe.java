// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import org.agrona.concurrent.UnsafeBuffer;
import org.vmstate.bench.sbe.DeviceDecoder;
import org.vmstate.bench.sbe.DeviceEncoder;
import org.vmstate.bench.sbe.EventsDecoder;
import org.vmstate.bench.sbe.EventsEncoder;
import org.vmstate.bench.sbe.MessageHeaderDecoder;
import org.vmstate.bench.sbe.MessageHeaderEncoder;

/// Simple Binary Encoding: flyweights over one buffer.
final class BySbe {
    private BySbe() {}

    /// The device.
    static final class OfDevice implements Contender {
        private final Device s = Device.filled();
        private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1 << 12]);
        private final MessageHeaderEncoder header = new MessageHeaderEncoder();
        private final MessageHeaderDecoder headerRead = new MessageHeaderDecoder();
        private final DeviceEncoder e = new DeviceEncoder();
        private final DeviceDecoder d = new DeviceDecoder();

        OfDevice() {
            save();
        }

        @Override
        public int save() {
            s.preSave();
            e.wrapAndApplyHeader(buffer, 0, header);
            e.b1((byte) (s.b1 ? 1 : 0)).i81(s.i81).i82(s.i82).u161(s.u161).u162(s.u162);
            e.u321(s.u321).u322(s.u322).u323(s.u323).u324(s.u324);
            e.i641(s.i641).i642(s.i642).i643(s.i643).i644(s.i644);
            for (int i = 0; i < s.regs.length; i++) {
                e.regs(i, s.regs[i]);
            }
            e.putBuf(s.buf, 0, s.buf.length);
            e.ctrl(s.nested.ctrl).count(s.nested.count);
            e.baseAddress(s.nested.base).limitAddress(s.nested.limit);
            e.mode(s.nested.mode).enabled((byte) (s.nested.enabled ? 1 : 0));
            e.extPresent((byte) (s.extPresent ? 1 : 0)).extA(s.extA).extB(s.extB);
            return MessageHeaderEncoder.ENCODED_LENGTH + e.encodedLength();
        }

        @Override
        public Object load() {
            d.wrapAndApplyHeader(buffer, 0, headerRead);
            s.b1 = d.b1() != 0;
            s.i81 = d.i81();
            s.i82 = d.i82();
            s.u161 = d.u161();
            s.u162 = d.u162();
            s.u321 = d.u321();
            s.u322 = d.u322();
            s.u323 = d.u323();
            s.u324 = d.u324();
            s.i641 = d.i641();
            s.i642 = d.i642();
            s.i643 = d.i643();
            s.i644 = d.i644();
            for (int i = 0; i < s.regs.length; i++) {
                s.regs[i] = d.regs(i);
            }
            d.getBuf(s.buf, 0, s.buf.length);
            s.nested.ctrl = d.ctrl();
            s.nested.count = d.count();
            s.nested.base = d.baseAddress();
            s.nested.limit = d.limitAddress();
            s.nested.mode = d.mode();
            s.nested.enabled = d.enabled() != 0;
            s.extPresent = d.extPresent() != 0;
            s.extA = d.extA();
            s.extB = d.extB();
            s.postLoad();
            return s;
        }
    }

    /// The queue, as a group.
    static final class OfEvents implements Contender {
        private final Events s = Events.filled();
        private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[1 << 17]);
        private final MessageHeaderEncoder header = new MessageHeaderEncoder();
        private final MessageHeaderDecoder headerRead = new MessageHeaderDecoder();
        private final EventsEncoder e = new EventsEncoder();
        private final EventsDecoder d = new EventsDecoder();

        OfEvents() {
            save();
        }

        @Override
        public int save() {
            e.wrapAndApplyHeader(buffer, 0, header);
            EventsEncoder.QEncoder q = e.qCount(s.q.size());
            for (Events.Entry entry : s.q) {
                q.next().summary(entry.summary).extendedLength(entry.extendedLength);
                q.when(entry.when).putLog(entry.log, 0, entry.log.length);
            }
            return MessageHeaderEncoder.ENCODED_LENGTH + e.encodedLength();
        }

        @Override
        public Object load() {
            d.wrapAndApplyHeader(buffer, 0, headerRead);
            Events loaded = new Events();
            for (EventsDecoder.QDecoder q : d.q()) {
                Events.Entry entry = new Events.Entry();
                entry.summary = q.summary();
                entry.extendedLength = q.extendedLength();
                entry.when = q.when();
                q.getLog(entry.log, 0, entry.log.length);
                loaded.q.add(entry);
            }
            return loaded;
        }
    }
}
