// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;

/// Keeps the rest of a pipe so that it can be read again: in memory if it is small, otherwise in a
/// temporary file.
final class Retained {
    private static final int CHUNK_BYTES = 1 << 16;

    private Retained() {}

    /// Reads `in` to its end. A temporary file is deleted when the memory is no longer referenced.
    static MemorySegment from(WireReader in) throws IOException {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        byte[] chunk = new byte[CHUNK_BYTES];
        for (int got = in.some(chunk, 0, chunk.length);
                got >= 0;
                got = in.some(chunk, 0, chunk.length)) {
            kept.write(chunk, 0, got);
            if (kept.size() >= in.limits().maxRetainedBytes()) {
                return inFile(kept, in);
            }
        }
        return MemorySegment.ofArray(kept.toByteArray());
    }

    private static MemorySegment inFile(ByteArrayOutputStream kept, WireReader in)
            throws IOException {
        try (TemporaryFile file = TemporaryFile.create(in.limits())) {
            file.append(kept.toByteArray(), kept.size(), in.position());
            byte[] chunk = new byte[CHUNK_BYTES];
            for (int got = in.some(chunk, 0, chunk.length);
                    got >= 0;
                    got = in.some(chunk, 0, chunk.length)) {
                file.append(chunk, got, in.position());
            }
            return file.map();
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        }
    }
}
