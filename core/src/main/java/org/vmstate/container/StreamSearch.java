// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.io.OutputStream;
import org.vmstate.wire.WireReader;

/// The search for a stream behind what another program wrote before it.
///
/// Linear in the bytes passed over and bounded by [#MAX_BYTES]; what is found is checked
/// ([StreamHead]).
final class StreamSearch {
    /// How far a stream may be from where the search begins.
    static final long MAX_BYTES = 64L << 20;

    private StreamSearch() {}

    /// Moves `in` to the next stream; returns whether there is one.
    ///
    /// @param passed takes the bytes passed over
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
