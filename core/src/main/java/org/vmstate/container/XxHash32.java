// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.Checksum;

/// xxHash of 32 bits with the seed 0, the checksum of LZ4 frames.
final class XxHash32 implements Checksum {
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int PRIME_1 = 0x9e37_79b1;
    private static final int PRIME_2 = 0x85eb_ca77;
    private static final int PRIME_3 = 0xc2b2_ae3d;
    private static final int PRIME_4 = 0x27d4_eb2f;
    private static final int PRIME_5 = 0x1656_67b1;

    /// The sum of the first two primes.
    private static final int START_A = 0x2423_4428;

    private static final int STRIPE = 16;

    private final byte[] rest = new byte[STRIPE];
    private int restLength;
    private long total;
    private int a;
    private int b;
    private int c;
    private int d;

    XxHash32() {
        reset();
    }

    /// The hash of a range of an array.
    static int of(byte[] bytes, int at, int length) {
        XxHash32 hash = new XxHash32();
        hash.update(bytes, at, length);
        return (int) hash.getValue();
    }

    @Override
    public void reset() {
        restLength = 0;
        total = 0;
        a = START_A;
        b = PRIME_2;
        c = 0;
        d = -PRIME_1;
    }

    @Override
    public void update(int value) {
        update(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void update(byte[] bytes, int offset, int length) {
        total += length;
        int at = offset;
        int end = offset + length;
        if (restLength > 0) {
            int step = Math.min(length, STRIPE - restLength);
            System.arraycopy(bytes, at, rest, restLength, step);
            restLength += step;
            at += step;
            if (restLength < STRIPE) {
                return;
            }
            stripes(rest, 0, STRIPE);
        }
        int whole = at + (end - at) / STRIPE * STRIPE;
        stripes(bytes, at, whole);
        restLength = end - whole;
        System.arraycopy(bytes, whole, rest, 0, restLength);
    }

    private void stripes(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at += STRIPE) {
            a = round(a, (int) INT.get(bytes, at));
            b = round(b, (int) INT.get(bytes, at + 4));
            c = round(c, (int) INT.get(bytes, at + 8));
            d = round(d, (int) INT.get(bytes, at + 12));
        }
    }

    private static int round(int lane, int word) {
        return Integer.rotateLeft(lane + word * PRIME_2, 13) * PRIME_1;
    }

    @Override
    public long getValue() {
        int hash =
                total >= STRIPE
                        ? Integer.rotateLeft(a, 1)
                                + Integer.rotateLeft(b, 7)
                                + Integer.rotateLeft(c, 12)
                                + Integer.rotateLeft(d, 18)
                        : PRIME_5;
        hash += (int) total;
        int at = 0;
        for (; at + 4 <= restLength; at += 4) {
            hash = Integer.rotateLeft(hash + (int) INT.get(rest, at) * PRIME_3, 17) * PRIME_4;
        }
        for (; at < restLength; at++) {
            hash = Integer.rotateLeft(hash + (rest[at] & 0xff) * PRIME_5, 11) * PRIME_1;
        }
        hash = (hash ^ hash >>> 15) * PRIME_2;
        hash = (hash ^ hash >>> 13) * PRIME_3;
        return Integer.toUnsignedLong(hash ^ hash >>> 16);
    }
}
