// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.ZipException;

/// Decodes LZ4 frames.
///
/// ```
/// frame    := u32 magic  u8 flags  u8 block descriptor  [u64 content size]  [u32 dictionary]  u8 header checksum
///             block*  u32 0  [u32 content checksum]                                     all little-endian
/// block    := u32 length, the top bit set if uncompressed  bytes  [u32 checksum]
/// sequence := u8 (literals << 4 | match − 4)  [more length: 255…, <255]  literals  u16 distance  [more length]
/// ```
///
/// Several frames may follow each other, with skippable frames between them. The data ends where no
/// frame follows. Checksums are verified: that of the header is the second byte of [XxHash32] over
/// flags to dictionary; the others cover a block's bytes as stored, and all decoded bytes of the
/// frame. Needs memory for one block, as far as it was received, and for the 64 KiB before it.
final class Lz4InputStream extends BlockInputStream {
    private static final int MAGIC = 0x184d2204;
    private static final int WINDOW = 64 << 10;
    private static final int MIN_MATCH = 4;
    private static final int SIZE_BYTES = 8;

    private byte[] packed = new byte[0];
    private int maxBlock;
    private boolean inFrame;
    private boolean blockChecksums;
    private boolean contentChecksum;
    private boolean hasSize;
    private long sizeLeft;
    private final XxHash32 content = new XxHash32();
    private boolean started;

    Lz4InputStream(InputStream in) {
        super(in);
    }

    @Override
    boolean nextBlock() throws IOException {
        if (!inFrame && !beginFrame()) {
            return false;
        }
        block();
        return true;
    }

    private boolean beginFrame() throws IOException {
        int magic = nextMagic();
        while (SkippableFrames.begins(magic)) {
            in.skipNBytes(Integer.toUnsignedLong(u32()));
            magic = nextMagic();
        }
        if (magic != MAGIC) {
            if (!started) {
                throw new EOFException("not an LZ4 frame");
            }
            return false;
        }
        byte[] header = new byte[2 + SIZE_BYTES];
        readFully(header, 0, 2);
        int flags = header[0];
        int descriptor = header[1];
        int sizeCode = descriptor >> 4 & 7;
        if ((flags >> 6 & 3) != 1 || sizeCode < 4) {
            throw new ZipException("an LZ4 frame of another version");
        }
        if ((flags & 1) != 0) {
            throw new ZipException("an LZ4 frame that needs a dictionary");
        }
        blockChecksums = (flags & 0x10) != 0;
        contentChecksum = (flags & 4) != 0;
        hasSize = (flags & 8) != 0;
        int length = hasSize ? header.length : 2;
        readFully(header, 2, length - 2);
        if (u8() != (XxHash32.of(header, 0, length) >> 8 & 0xff)) {
            throw new ZipException("an LZ4 frame whose header has a wrong checksum");
        }
        sizeLeft = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).getLong(2);
        content.reset();
        maxBlock = 1 << (8 + 2 * sizeCode);
        next = 0;
        end = 0;
        inFrame = true;
        started = true;
        return true;
    }

    /// The next four bytes, or 0 if fewer are left.
    private int nextMagic() throws IOException {
        byte[] bytes = in.readNBytes(4);
        return bytes.length < 4
                ? 0
                : ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
    }

    private void block() throws IOException {
        int word = u32();
        if (word == 0) {
            inFrame = false;
            endOfFrame();
            return;
        }
        int length = word & 0x7fff_ffff;
        if (length > maxBlock) {
            throw new ZipException("an LZ4 block of " + length + " bytes");
        }
        if (end > WINDOW) {
            System.arraycopy(plain, end - WINDOW, plain, 0, WINDOW);
            end = WINDOW;
        }
        next = end;
        packed = filled(in, packed, length);
        if (blockChecksums && u32() != XxHash32.of(packed, 0, length)) {
            throw new ZipException("an LZ4 block with a wrong checksum");
        }
        if (word < 0) {
            plain = withRoom(plain, end, length, WINDOW + maxBlock);
            System.arraycopy(packed, 0, plain, end, length);
            end += length;
        } else {
            sequences(length);
        }
        if (contentChecksum) {
            content.update(plain, next, end - next);
        }
        sizeLeft -= end - next;
    }

    private void endOfFrame() throws IOException {
        if (contentChecksum && u32() != (int) content.getValue()) {
            throw new ZipException("an LZ4 frame with a wrong checksum");
        }
        if (hasSize && sizeLeft != 0) {
            throw new ZipException("an LZ4 frame whose size differs from its header");
        }
    }

    private void sequences(int length) throws ZipException {
        int limit = end + maxBlock;
        int at = 0;
        while (at < length) {
            int token = packed[at++] & 0xff;
            int literals = token >> 4;
            if (literals == 15) {
                int more;
                do {
                    more = at < length ? packed[at++] & 0xff : 0;
                    literals += more;
                } while (more == 255 && literals <= maxBlock);
            }
            if (literals > length - at || literals > limit - end) {
                throw new ZipException("LZ4 literals past the end");
            }
            plain = withRoom(plain, end, literals, WINDOW + maxBlock);
            System.arraycopy(packed, at, plain, end, literals);
            at += literals;
            end += literals;
            if (at == length) {
                return;
            }
            if (length - at < 2) {
                throw new ZipException("an LZ4 block cut short");
            }
            int distance = (packed[at] & 0xff) | (packed[at + 1] & 0xff) << 8;
            at += 2;
            int match = (token & 15) + MIN_MATCH;
            if ((token & 15) == 15) {
                int more;
                do {
                    more = at < length ? packed[at++] & 0xff : 0;
                    match += more;
                } while (more == 255 && match <= maxBlock);
            }
            if (distance == 0 || distance > end || match > limit - end) {
                throw new ZipException("an LZ4 match outside the data");
            }
            plain = withRoom(plain, end, match, WINDOW + maxBlock);
            Lzo.copyMatch(plain, end, distance, match);
            end += match;
        }
    }

    private void readFully(byte[] target, int offset, int length) throws IOException {
        if (in.readNBytes(target, offset, length) < length) {
            throw new EOFException("an LZ4 block is cut short");
        }
    }

    private int u8() throws IOException {
        int value = in.read();
        if (value < 0) {
            throw new EOFException("an LZ4 frame is cut short");
        }
        return value;
    }

    private int u32() throws IOException {
        return u8() | u8() << 8 | u8() << 16 | u8() << 24;
    }
}
