// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/// Bytes that can be read from any position: an object in an object store, a file on an HTTP
/// server, a volume.
///
/// [WireReader#of(RangeSource, ReadLimits)] reads a stream from a source and requests only the
/// bytes that it needs. The bytes must not change while they are read. A source is used by one
/// thread at a time. The reader closes the source, possibly more than once, and does not read from
/// it afterwards.
public interface RangeSource extends Closeable {
    /// Reads at least one byte and at most `target.remaining()` bytes at `position`, waiting until
    /// they are available; returns the number of bytes, or -1 if the source ends at or before
    /// `position`.
    int read(long position, ByteBuffer target) throws IOException;

    /// The number of bytes; empty if it is not known yet.
    OptionalLong size();

    /// Whether access is so slow that a reader that needs only a part of a stream should not read
    /// all of it, even if it is small.
    default boolean remote() {
        return false;
    }
}
