// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// The zstd frames of a file, without the skippable frames between them and without the bytes after
/// the last one.
///
/// ```
/// frame  := u32 0xfd2fb528  u8 descriptor  [u8 window]  dictionary id  content size  block*  [u32 checksum]
/// block  := u24: bit 0 set in the last block, bits 1–2 type (1: one byte stands for all), from bit 3 size;  bytes      all little-endian
/// ```
///
/// The frames are passed on unchanged; their decoder verifies them.
final class ZstdFrames extends BulkInputStream {
    private static final int MAGIC = 0xfd2fb528;
    private static final int RUN_OF_ONE_BYTE = 1;
    private static final int CHECKSUM_BYTES = 4;
    private static final int MAX_HEAD_BYTES = 18;

    /// The parts of a file that are read separately.
    private enum Unit {
        FRAME,
        BLOCK,
        CHECKSUM,
        END
    }

    private final InputStream in;
    private final byte[] head = new byte[MAX_HEAD_BYTES];
    private int headNext;
    private int headEnd;
    private long payload;
    private boolean hasChecksum;
    private Unit next = Unit.FRAME;

    ZstdFrames(InputStream in) {
        this.in = in;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (headNext == headEnd && payload == 0) {
            headNext = 0;
            headEnd = 0;
            switch (next) {
                case FRAME -> frame();
                case BLOCK -> block();
                case CHECKSUM -> {
                    payload = CHECKSUM_BYTES;
                    next = Unit.FRAME;
                }
                case END -> {
                    return -1;
                }
            }
        }
        if (headNext < headEnd) {
            int count = Math.min(length, headEnd - headNext);
            System.arraycopy(head, headNext, target, offset, count);
            headNext += count;
            return count;
        }
        int got = in.read(target, offset, (int) Math.min(length, payload));
        if (got < 0) {
            throw cut();
        }
        payload -= got;
        return got;
    }

    private void frame() throws IOException {
        int got = in.readNBytes(head, 0, 4);
        int magic = got < 4 ? 0 : little(0, 4);
        while (SkippableFrames.begins(magic)) {
            in.skipNBytes(take(4));
            headEnd = 0;
            got = in.readNBytes(head, 0, 4);
            magic = got < 4 ? 0 : little(0, 4);
        }
        if (magic != MAGIC) {
            next = Unit.END;
            return;
        }
        headEnd = 4;
        int descriptor = (int) take(1);
        boolean singleSegment = (descriptor & 0x20) != 0;
        hasChecksum = (descriptor & 4) != 0;
        int dictionary = new int[] {0, 1, 2, 4}[descriptor & 3];
        int content = new int[] {singleSegment ? 1 : 0, 2, 4, 8}[descriptor >> 6 & 3];
        take((singleSegment ? 0 : 1) + dictionary + content);
        next = Unit.BLOCK;
    }

    private void block() throws IOException {
        int block = (int) take(3);
        payload = (block >> 1 & 3) == RUN_OF_ONE_BYTE ? 1 : block >> 3;
        if ((block & 1) != 0) {
            next = hasChecksum ? Unit.CHECKSUM : Unit.FRAME;
        }
    }

    /// Reads further bytes of a head; returns the first four of them as a number.
    private long take(int count) throws IOException {
        if (in.readNBytes(head, headEnd, count) < count) {
            throw cut();
        }
        long value = Integer.toUnsignedLong(little(headEnd, Math.min(4, count)));
        headEnd += count;
        return value;
    }

    private int little(int at, int count) {
        int value = 0;
        for (int i = count - 1; i >= 0; i--) {
            value = value << 8 | (head[at + i] & 0xff);
        }
        return value;
    }

    private static EOFException cut() {
        return new EOFException("a zstd frame is cut short");
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
