// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.vmstate.internal.file.MappedComparison;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The bytes in an element: those of a section between its header and footer, or those of a
/// description.
///
/// Bodies are compared by identity; [#contentEquals(Body)] compares their bytes. Immutable. The
/// bytes of a file are not copied, so they are valid only while the file is open; using them
/// afterwards throws [IllegalStateException].
public sealed interface Body {
    /// The absolute offset of the first byte in the stream that the body was read from; 0 for a new
    /// body.
    long offset();

    /// The number of bytes.
    long length();

    /// The bytes, valid while the source is open.
    ///
    /// @throws IllegalStateException if the body was not kept
    MemorySegment memory();

    /// Returns a reader over these bytes, whose positions are absolute offsets in the stream.
    default WireReader reader(ReadLimits limits) {
        return WireReader.of(memory(), offset(), limits);
    }

    /// Writes the bytes.
    default void writeTo(WireWriter out) throws IOException {
        out.bytes(memory());
    }

    /// Whether the bytes of both bodies are equal; both bodies must have been kept.
    default boolean contentEquals(Body other) {
        return length() == other.length()
                && MappedComparison.mismatch(memory(), other.memory()) < 0;
    }

    /// Bytes in memory or in a mapped file.
    final class Present implements Body {
        private final long offset;
        private final MemorySegment memory;

        /// Creates a body of the bytes of `memory`, whose first byte has the absolute offset
        /// `offset`.
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

    /// Bytes that a [SectionHandler] consumed from a source that is not mapped; they were not kept.
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

    /// Pieces of memory that follow each other: a changed copy of a large body, whose unchanged
    /// parts are not copied.
    final class Joined implements Body {
        private final long offset;
        private final List<MemorySegment> pieces;

        /// Creates a body of the bytes of `pieces`, in their order.
        ///
        /// @param offset the absolute offset of the body that this is a copy of
        public Joined(long offset, List<MemorySegment> pieces) {
            this.offset = offset;
            this.pieces = pieces.stream().map(MemorySegment::asReadOnly).toList();
        }

        @Override
        public long offset() {
            return offset;
        }

        @Override
        public long length() {
            return pieces.stream().mapToLong(MemorySegment::byteSize).sum();
        }

        /// A copy of the bytes.
        ///
        /// @throws IllegalStateException if they are too many for an array
        @Override
        public MemorySegment memory() {
            long length = length();
            if (length > Integer.MAX_VALUE - 8) {
                throw new IllegalStateException("a body of " + length + " bytes in pieces");
            }
            MemorySegment copy = MemorySegment.ofArray(new byte[(int) length]);
            long at = 0;
            for (MemorySegment piece : pieces) {
                MemorySegment.copy(piece, 0, copy, at, piece.byteSize());
                at += piece.byteSize();
            }
            return copy.asReadOnly();
        }

        @Override
        public void writeTo(WireWriter out) throws IOException {
            for (MemorySegment piece : pieces) {
                out.bytes(piece);
            }
        }

        @Override
        public String toString() {
            return length() + " bytes in " + pieces.size() + " pieces";
        }
    }

    /// Returns a new body of the bytes of an array.
    static Body of(byte[] bytes) {
        return new Present(0, MemorySegment.ofArray(bytes));
    }
}
