// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The bytes inside an element: those of a section between header and footer, or of a description.
public sealed interface Body {
    /// The absolute offset of the first byte in the stream it was read from; for one made anew 0.
    long offset();

    /// The number of bytes.
    long length();

    /// The bytes, a view that is valid as long as the source is open.
    ///
    /// @throws IllegalStateException if the body was passed over in a pipe
    MemorySegment memory();

    /// A reader over just these bytes whose positions are absolute offsets of the stream.
    default WireReader reader(ReadLimits limits) {
        return WireReader.of(memory(), offset(), limits);
    }

    /// Writes the bytes.
    default void writeTo(WireWriter out) throws IOException {
        out.bytes(memory());
    }

    /// Bytes in memory or in a mapped file.
    record Present(long offset, MemorySegment memory) implements Body {
        @Override
        public long length() {
            return memory.byteSize();
        }
    }

    /// Bytes of a pipe that are gone: they were walked, not kept.
    record PassedOver(long offset, long length) implements Body {
        @Override
        public MemorySegment memory() {
            throw new IllegalStateException(
                    "this body of " + length + " bytes was passed over in a pipe");
        }
    }

    /// A body made anew from an array.
    static Body of(byte[] bytes) {
        return new Present(0, MemorySegment.ofArray(bytes));
    }
}
