// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// Frames that decoders of zstd and LZ4 skip: `u32 0x184d2a50…f u32 n bytes[n]`, little-endian.
///
/// `pzstd` writes one before each of its frames.
final class SkippableFrames {
    private static final int MAGIC = 0x184d2a50;
    private static final int HEAD_BYTES = 8;

    private SkippableFrames() {}

    /// Whether a frame with this little-endian magic is skippable.
    static boolean begins(int magic) {
        return (magic & ~0xf) == MAGIC;
    }

    /// Skips the frame at the position of `in`.
    static void skip(InputStream in) throws IOException {
        byte[] head = in.readNBytes(HEAD_BYTES);
        if (head.length < HEAD_BYTES) {
            throw new EOFException("a skippable frame is cut short");
        }
        long length = 0;
        for (int i = HEAD_BYTES - 1; i >= HEAD_BYTES / 2; i--) {
            length = length << 8 | (head[i] & 0xff);
        }
        in.skipNBytes(length);
    }
}
