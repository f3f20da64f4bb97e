// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The bytes before a stream, for writing them again. A seekable source is read again; the bytes of
/// a pipe are collected while they are skipped.
final class Prefix extends OutputStream {
    private static final int CHUNK_BYTES = 1 << 20;

    private final ByteArrayOutputStream collected = new ByteArrayOutputStream();
    private long zeros;
    private boolean complete = true;

    /// Adds zeros. Zeros at the start are only counted, so their number is not limited.
    void zeros(long count) {
        if (collected.size() == 0) {
            zeros += count;
        } else if (count <= CHUNK_BYTES) {
            collected.writeBytes(new byte[(int) count]);
        } else {
            incomplete();
        }
    }

    /// Records that bytes were skipped without being collected.
    void incomplete() {
        complete = false;
    }

    @Override
    public void write(int b) {
        collected.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        collected.write(bytes, offset, length);
    }

    /// Whether the bytes before the stream of `in` are available.
    boolean available(WireReader in) {
        return in.seekable() || complete;
    }

    /// Writes the bytes before the stream.
    ///
    /// @param length the position of the stream
    void writeTo(WireWriter out, WireReader in, long length) throws IOException {
        if (in.seekable()) {
            for (long at = 0; at < length; at += CHUNK_BYTES) {
                out.bytes(in.view(at, Math.min(CHUNK_BYTES, length - at)));
            }
            return;
        }
        byte[] chunk = new byte[(int) Math.min(CHUNK_BYTES, zeros)];
        for (long left = zeros; left > 0; left -= chunk.length) {
            out.bytes(chunk, 0, (int) Math.min(chunk.length, left));
        }
        out.bytes(collected.toByteArray());
    }
}
