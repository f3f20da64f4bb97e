// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// Frames that the decoders of zstd and of LZ4 step over: `u32 0x184d2a50…f u32 n bytes[n]`,
/// little-endian.
///
/// `pzstd` writes one before each of its frames.
final class SkippableFrames {
    private static final int MAGIC = 0x184d2a50;
    private static final int HEAD_BYTES = 8;

    private SkippableFrames() {}

    /// Whether data that begin with this little-endian number begin with such a frame.
    static boolean begins(int magic) {
        return (magic & ~0xf) == MAGIC;
    }

    /// Passes over the frame at which `in` stands.
    static void pass(InputStream in) throws IOException {
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
