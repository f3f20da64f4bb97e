// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The bytes inside an element: those of a section between header and footer, or of a description.
///
/// Bodies compare by identity; [#contentEquals(Body)] compares their bytes. Immutable. Bytes of a
/// file are looked at where they are, so they are valid as long as the file is open; using them
/// afterwards is an [IllegalStateException].
public sealed interface Body {
    /// The absolute offset of the first byte in the stream it was read from; for one made anew 0.
    long offset();

    /// The number of bytes.
    long length();

    /// The bytes, valid as long as the source is open.
    ///
    /// @throws IllegalStateException if the body was not kept
    MemorySegment memory();

    /// A reader over just these bytes whose positions are absolute offsets of the stream.
    default WireReader reader(ReadLimits limits) {
        return WireReader.of(memory(), offset(), limits);
    }

    /// Writes the bytes.
    default void writeTo(WireWriter out) throws IOException {
        out.bytes(memory());
    }

    /// Whether the bytes are the same, wherever they came from; both bodies must have been kept.
    default boolean contentEquals(Body other) {
        return length() == other.length() && memory().mismatch(other.memory()) < 0;
    }

    /// Bytes in memory or in a mapped file.
    final class Present implements Body {
        private final long offset;
        private final MemorySegment memory;

        /// The bytes of `memory`, the first of which has that absolute offset.
        public Present(long offset, MemorySegment memory) {
            this.offset = offset;
            this.memory = memory.asReadOnly();
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public long length() {
            return memory.byteSize();
        }

        @Override
        public MemorySegment memory() {
            return memory;
        }

        @Override
        public String toString() {
            return length() + " bytes at 0x" + Long.toHexString(offset);
        }
    }

    /// Bytes that a [SectionHandler] consumed from a source that is not mapped: they were not kept.
    final class Consumed implements Body {
        private final long offset;
        private final long length;

        Consumed(long offset, long length) {
            this.offset = offset;
            this.length = length;
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public long length() {
            return length;
        }

        @Override
        public MemorySegment memory() {
            throw new IllegalStateException(
                    "this body of " + length + " bytes was consumed and not kept");
        }

        @Override
        public String toString() {
            return length + " bytes at 0x" + Long.toHexString(offset) + ", not kept";
        }
    }

    /// A body made anew from an array.
    static Body of(byte[] bytes) {
        return new Present(0, MemorySegment.ofArray(bytes));
    }
}
