// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/// Bytes that can be read from any position: an object in a store, a file behind HTTP, a volume.
///
/// [WireReader#of(RangeSource, ReadLimits)] reads a stream from it and asks only for what it needs.
/// The bytes must not change while they are read. A source is used by one thread at a time. It is
/// closed by the reader that it was given to, once or more often; it is not read from then on.
public interface RangeSource extends Closeable {
    /// Reads at least one byte and at most `target.remaining()` bytes from `position` on, waiting
    /// for them where they are still to come; returns how many, or -1 if the source ends at or
    /// before `position`.
    int read(long position, ByteBuffer target) throws IOException;

    /// The number of bytes, empty where it is not known yet.
    OptionalLong size();

    /// Whether bytes come from so far away that a reader who wants little of a stream should not
    /// read all of it, however small it is.
    default boolean remote() {
        return false;
    }
}
