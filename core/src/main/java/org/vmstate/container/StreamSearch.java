// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.io.OutputStream;
import org.vmstate.wire.WireReader;

/// Searches for a stream after data of another program.
///
/// The time is linear in the number of bytes skipped, which is limited to [#MAX_BYTES]. Candidates
/// are verified with [StreamHead].
final class StreamSearch {
    /// The maximum distance of a stream from the start of the search.
    static final long MAX_BYTES = 64L << 20;

    private StreamSearch() {}

    /// Moves `in` to the next stream; returns whether there is one.
    ///
    /// @param passed receives the skipped bytes
    static boolean advance(WireReader in, OutputStream passed) throws IOException {
        long left = MAX_BYTES;
        while (left > 0 && in.locate(1)) {
            int from = in.index();
            int to = from + (int) Math.min(left, in.buffered());
            byte[] window = in.window();
            int at = from;
            while (at < to && window[at] != StreamHead.FIRST_BYTE) {
                at++;
            }
            passed.write(window, from, at - from);
            in.consume(at - from);
            left -= at - from;
            if (at < to) {
                if (StreamHead.at(in)) {
                    return true;
                }
                passed.write(StreamHead.FIRST_BYTE);
                in.skip(1);
                left--;
            }
        }
        return false;
    }
}
