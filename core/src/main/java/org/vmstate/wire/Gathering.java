// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.GatheringByteChannel;
import java.util.Arrays;

/// The buffers that a [WireWriter] references, and the places of its own bytes between them.
///
/// Corresponds to the `iov` of QEMU's `QEMUFile`.
final class Gathering {
    /// The number of buffers after which they are written. With the writer's own bytes between them
    /// there are at most twice as many, which one call of the operating system takes.
    static final int REFERENCES = 256;

    private final GatheringByteChannel channel;
    private final ByteBuffer[] pieces = new ByteBuffer[2 * REFERENCES + 1];

    /// A copy of the writer's own bytes, and a buffer over it for each place.
    private ByteBuffer own = ByteBuffer.allocateDirect(0);

    private ByteBuffer[] ownPieces = new ByteBuffer[REFERENCES + 1];

    /// The number of the writer's own bytes before each reference.
    private final int[] ends = new int[REFERENCES];

    private final ByteBuffer[] references = new ByteBuffer[REFERENCES];
    private int count;

    Gathering(GatheringByteChannel channel) {
        this.channel = channel;
    }

    /// Adds a buffer that follows the first `end` of the writer's own bytes.
    void add(int end, ByteBuffer bytes) {
        references[count] = bytes;
        ends[count] = end;
        count++;
    }

    boolean isFull() {
        return count == REFERENCES;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /// Writes everything: the first `end` bytes of `buffer`, and the references between them.
    void write(byte[] buffer, int end) throws IOException {
        copy(buffer, end);
        int from = 0;
        int length = 0;
        for (int i = 0; i < count; i++) {
            if (from < ends[i]) {
                pieces[length++] = ownPieces[i].limit(ends[i]).position(from);
                from = ends[i];
            }
            pieces[length++] = references[i];
        }
        if (from < end) {
            pieces[length++] = ownPieces[count].limit(end).position(from);
        }
        count = 0;
        writeFully(length);
    }

    private void copy(byte[] buffer, int end) {
        if (own.capacity() < end) {
            own = ByteBuffer.allocateDirect(Math.max(end, buffer.length));
            ownPieces = new ByteBuffer[REFERENCES + 1];
            Arrays.setAll(ownPieces, _ -> own.duplicate());
        }
        own.put(0, buffer, 0, end);
        for (int i = 0; i <= count; i++) {
            ownPieces[i].clear();
        }
    }

    private void writeFully(int length) throws IOException {
        int next = 0;
        try {
            while (next < length) {
                channel.write(pieces, next, length - next);
                while (next < length && !pieces[next].hasRemaining()) {
                    next++;
                }
            }
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        }
    }
}
