// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.util.zip.ZipException;

/// Decodes LZO1X blocks.
///
/// ```
/// first byte 18…255        value − 17 literals; else an instruction
/// 0000LLLL, after 0        3 + L literals (L 0: 15 + 255 per zero byte + the next byte)
/// 0000DDSS DDDDDDDD        2 bytes from D + 1 after 1 to 3 literals, 3 bytes from D + 2049 after more
/// 0001HLLL DDDDDDSS DDDDDDDD   2 + L bytes from 16384 + H·16384 + D; that sum 16384 is the end
/// 001LLLLL DDDDDDSS DDDDDDDD   2 + L bytes from D + 1
/// 01LDDDSS DDDDDDDD        3 + L bytes from D + 1, its low three bits first
/// 1LLDDDSS DDDDDDDD        5 + L bytes likewise
/// ```
///
/// S is the number of literals (0 to 3) that follow.
final class Lzo {
    private final byte[] in;
    private final int inEnd;
    private byte[] out;
    private final int outEnd;
    private int at;
    private int to;

    private Lzo(byte[] in, int inLength, byte[] out, int outLength) {
        this.in = in;
        this.inEnd = inLength;
        this.out = out;
        this.outEnd = outLength;
    }

    /// Decodes a block of exactly `outLength` bytes into `out`, or into a longer array that grows
    /// with the decoded bytes. Returns the array.
    static byte[] decode(byte[] in, int inLength, byte[] out, int outLength) throws ZipException {
        Lzo block = new Lzo(in, inLength, out, outLength);
        block.run();
        if (block.to != outLength) {
            throw new ZipException(
                    "an LZO block of " + block.to + " bytes instead of " + outLength);
        }
        return block.out;
    }

    /// Copies `length` bytes from `distance` before `to`. The ranges may overlap, in which case
    /// bytes repeat.
    static void copyMatch(byte[] bytes, int to, int distance, int length) {
        if (distance >= length) {
            System.arraycopy(bytes, to - distance, bytes, to, length);
        } else {
            for (int i = 0; i < length; i++) {
                bytes[to + i] = bytes[to + i - distance];
            }
        }
    }

    private void run() throws ZipException {
        int state = 0;
        if (inEnd > 0 && (in[0] & 0xff) > 17) {
            int literals = u8() - 17;
            literals(literals);
            state = Math.min(literals, 4);
        }
        while (true) {
            int code = u8();
            int low;
            if (code < 16) {
                if (state == 0) {
                    literals(length(code, 15) + 3);
                    state = 4;
                    continue;
                }
                int distance = (u8() << 2) + (code >> 2 & 3);
                match(distance + (state < 4 ? 1 : 2049), state < 4 ? 2 : 3);
                low = code;
            } else if (code < 32) {
                int length = length(code & 7, 7) + 2;
                low = u8();
                int distance = 16384 + ((code & 8) << 11) + (low >> 2 | u8() << 6);
                if (distance == 16384) {
                    return;
                }
                match(distance, length);
            } else if (code < 64) {
                int length = length(code & 31, 31) + 2;
                low = u8();
                match((low >> 2 | u8() << 6) + 1, length);
            } else {
                int length = code < 128 ? 3 + (code >> 5 & 1) : 5 + (code >> 5 & 3);
                match((u8() << 3) + (code >> 2 & 7) + 1, length);
                low = code;
            }
            state = low & 3;
            literals(state);
        }
    }

    /// A length in the instruction, or in the bytes after it if that is 0.
    private int length(int inside, int base) throws ZipException {
        if (inside != 0) {
            return inside;
        }
        int length = base;
        int more = u8();
        while (more == 0) {
            length += 255;
            if (length > outEnd) {
                throw new ZipException("an LZO run past the end");
            }
            more = u8();
        }
        return length + more;
    }

    private void literals(int count) throws ZipException {
        if (count > inEnd - at || count > outEnd - to) {
            throw new ZipException("LZO literals past the end");
        }
        out = BulkInputStream.withRoom(out, to, count, outEnd);
        System.arraycopy(in, at, out, to, count);
        at += count;
        to += count;
    }

    private void match(int distance, int count) throws ZipException {
        if (distance > to || count > outEnd - to) {
            throw new ZipException("an LZO match outside the data");
        }
        out = BulkInputStream.withRoom(out, to, count, outEnd);
        copyMatch(out, to, distance, count);
        to += count;
    }

    private int u8() throws ZipException {
        if (at == inEnd) {
            throw new ZipException("an LZO block is cut short");
        }
        return in[at++] & 0xff;
    }
}
