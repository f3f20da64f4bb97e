// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Hand-written code for the same bytes: no versions, no checks, one array.
final class ByHand {
    private static final VarHandle U16 =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle U32 =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle U64 =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private ByHand() {}

    /// Thirteen numbers by hand.
    static final class OfScalars implements Contender {
        private final Scalars s = Scalars.filled();
        private final byte[] b = new byte[64];

        OfScalars() {
            save();
        }

        @Override
        public int save() {
            b[0] = (byte) (s.b1 ? 1 : 0);
            b[1] = s.i81;
            b[2] = s.i82;
            U16.set(b, 3, s.u161);
            U16.set(b, 5, s.u162);
            U32.set(b, 7, s.u321);
            U32.set(b, 11, s.u322);
            U32.set(b, 15, s.u323);
            U32.set(b, 19, s.u324);
            U64.set(b, 23, s.i641);
            U64.set(b, 31, s.i642);
            U64.set(b, 39, s.i643);
            U64.set(b, 47, s.i644);
            return 55;
        }

        @Override
        public Object load() {
            s.b1 = b[0] != 0;
            s.i81 = b[1];
            s.i82 = b[2];
            s.u161 = (short) U16.get(b, 3);
            s.u162 = (short) U16.get(b, 5);
            s.u321 = (int) U32.get(b, 7);
            s.u322 = (int) U32.get(b, 11);
            s.u323 = (int) U32.get(b, 15);
            s.u324 = (int) U32.get(b, 19);
            s.i641 = (long) U64.get(b, 23);
            s.i642 = (long) U64.get(b, 31);
            s.i643 = (long) U64.get(b, 39);
            s.i644 = (long) U64.get(b, 47);
            return s;
        }
    }

    /// The device by hand.
    static final class OfDevice implements Contender {
        private static final byte[] EXT =
                "\u0005\u0011cbench/device/ext\0\0\0\u0001".getBytes(StandardCharsets.ISO_8859_1);

        private final Device s = Device.filled();
        private final byte[] b = new byte[512];

        OfDevice() {
            save();
        }

        @Override
        public int save() {
            s.preSave();
            b[0] = (byte) (s.b1 ? 1 : 0);
            b[1] = s.i81;
            b[2] = s.i82;
            U16.set(b, 3, s.u161);
            U16.set(b, 5, s.u162);
            U32.set(b, 7, s.u321);
            U32.set(b, 11, s.u322);
            U32.set(b, 15, s.u323);
            U32.set(b, 19, s.u324);
            U64.set(b, 23, s.i641);
            U64.set(b, 31, s.i642);
            U64.set(b, 39, s.i643);
            U64.set(b, 47, s.i644);
            int at = 55;
            for (int value : s.regs) {
                U32.set(b, at, value);
                at += 4;
            }
            System.arraycopy(s.buf, 0, b, at, s.buf.length);
            at += s.buf.length;
            Device.Nested n = s.nested;
            U32.set(b, at, n.ctrl);
            U32.set(b, at + 4, n.count);
            U64.set(b, at + 8, n.base);
            U64.set(b, at + 16, n.limit);
            b[at + 24] = n.mode;
            b[at + 25] = (byte) (n.enabled ? 1 : 0);
            at += 26;
            if (s.extPresent) {
                System.arraycopy(EXT, 0, b, at, EXT.length);
                at += EXT.length;
                U32.set(b, at, s.extA);
                U64.set(b, at + 4, s.extB);
                at += 12;
            }
            return at;
        }

        @Override
        public Object load() {
            s.b1 = b[0] != 0;
            s.i81 = b[1];
            s.i82 = b[2];
            s.u161 = (short) U16.get(b, 3);
            s.u162 = (short) U16.get(b, 5);
            s.u321 = (int) U32.get(b, 7);
            s.u322 = (int) U32.get(b, 11);
            s.u323 = (int) U32.get(b, 15);
            s.u324 = (int) U32.get(b, 19);
            s.i641 = (long) U64.get(b, 23);
            s.i642 = (long) U64.get(b, 31);
            s.i643 = (long) U64.get(b, 39);
            s.i644 = (long) U64.get(b, 47);
            int at = 55;
            for (int i = 0; i < s.regs.length; i++) {
                s.regs[i] = (int) U32.get(b, at);
                at += 4;
            }
            System.arraycopy(b, at, s.buf, 0, s.buf.length);
            at += s.buf.length;
            Device.Nested n = s.nested;
            n.ctrl = (int) U32.get(b, at);
            n.count = (int) U32.get(b, at + 4);
            n.base = (long) U64.get(b, at + 8);
            n.limit = (long) U64.get(b, at + 16);
            n.mode = b[at + 24];
            n.enabled = b[at + 25] != 0;
            at += 26;
            if (Arrays.equals(b, at, at + EXT.length, EXT, 0, EXT.length)) {
                at += EXT.length;
                s.extA = (int) U32.get(b, at);
                s.extB = (long) U64.get(b, at + 4);
            }
            s.postLoad();
            return s;
        }
    }

    /// The queue by hand.
    static final class OfQueue implements Contender {
        private final EventQueue s = EventQueue.filled();
        private final byte[] b = new byte[33 * EventQueue.LENGTH + 1];

        OfQueue() {
            save();
        }

        @Override
        public int save() {
            int at = 0;
            for (EventQueue.Entry e = s.q.first(); e != null; e = s.q.next(e)) {
                b[at] = 1;
                U32.set(b, at + 1, e.summary);
                U32.set(b, at + 5, e.extendedLength);
                U64.set(b, at + 9, e.when);
                System.arraycopy(e.log, 0, b, at + 17, 16);
                at += 33;
            }
            b[at] = 0;
            return at + 1;
        }

        @Override
        public Object load() {
            EventQueue loaded = new EventQueue();
            for (int at = 0; b[at] != 0; at += 33) {
                EventQueue.Entry e = new EventQueue.Entry();
                e.summary = (int) U32.get(b, at + 1);
                e.extendedLength = (int) U32.get(b, at + 5);
                e.when = (long) U64.get(b, at + 9);
                System.arraycopy(b, at + 17, e.log, 0, 16);
                loaded.q.insertTail(e);
            }
            return loaded;
        }
    }

    /// The registers by hand.
    static final class OfRegisters implements Contender {
        private final Registers s = Registers.filled();
        private final byte[] b = new byte[8192];

        OfRegisters() {
            save();
        }

        @Override
        public int save() {
            for (int i = 0; i < s.r64.length; i++) {
                U64.set(b, i * 8, s.r64[i]);
            }
            for (int i = 0; i < s.r32.length; i++) {
                U32.set(b, 4096 + i * 4, s.r32[i]);
            }
            return b.length;
        }

        @Override
        public Object load() {
            for (int i = 0; i < s.r64.length; i++) {
                s.r64[i] = (long) U64.get(b, i * 8);
            }
            for (int i = 0; i < s.r32.length; i++) {
                s.r32[i] = (int) U32.get(b, 4096 + i * 4);
            }
            return s;
        }
    }

    /// The registers by hand, with the JDK's bulk copy.
    static final class OfRegistersInBulk implements Contender {
        private static final java.lang.foreign.ValueLayout.OfLong LONGS =
                java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
        private static final java.lang.foreign.ValueLayout.OfInt INTS =
                java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

        private final Registers s = Registers.filled();
        private final java.lang.foreign.MemorySegment b =
                java.lang.foreign.MemorySegment.ofArray(new byte[8192]);

        OfRegistersInBulk() {
            save();
        }

        @Override
        public int save() {
            java.lang.foreign.MemorySegment.copy(s.r64, 0, b, LONGS, 0, s.r64.length);
            java.lang.foreign.MemorySegment.copy(s.r32, 0, b, INTS, 4096, s.r32.length);
            return 8192;
        }

        @Override
        public Object load() {
            java.lang.foreign.MemorySegment.copy(b, LONGS, 0, s.r64, 0, s.r64.length);
            java.lang.foreign.MemorySegment.copy(b, INTS, 4096, s.r32, 0, s.r32.length);
            return s;
        }
    }

    /// The pointers by hand.
    static final class OfPointers implements Contender {
        private final Pointers s = Pointers.filled();
        private final byte[] b = new byte[64 * 12];

        OfPointers() {
            save();
        }

        @Override
        public int save() {
            int at = 0;
            for (Pointers.Item item : s.items) {
                if (item == null) {
                    b[at++] = '0';
                } else {
                    U32.set(b, at, item.a);
                    U32.set(b, at + 4, item.b);
                    U32.set(b, at + 8, item.c);
                    at += 12;
                }
            }
            return at;
        }

        @Override
        public Object load() {
            int at = 0;
            for (Pointers.Item item : s.items) {
                if (item == null) {
                    if (b[at++] != '0') {
                        throw new IllegalStateException();
                    }
                } else {
                    item.a = (int) U32.get(b, at);
                    item.b = (int) U32.get(b, at + 4);
                    item.c = (int) U32.get(b, at + 8);
                    at += 12;
                }
            }
            return s;
        }
    }
}
