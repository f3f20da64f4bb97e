// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.io.ByteArrayOutputStream;
import java.util.Comparator;
import java.util.List;

/// A replacement of bytes in a body.
final class Splice {
    private final int at;
    private final int length;
    private final byte[] bytes;

    /// Creates a replacement.
    ///
    /// @param at the index of the first byte to replace
    /// @param length the number of bytes to replace, 0 to insert
    /// @param bytes the new bytes
    Splice(int at, int length, byte[] bytes) {
        this.at = at;
        this.length = length;
        this.bytes = bytes;
    }

    /// The body after all of these replacements, which do not overlap.
    static byte[] apply(byte[] body, List<Splice> splices) {
        ByteArrayOutputStream changed = new ByteArrayOutputStream(body.length);
        int done = 0;
        List<Splice> inOrder =
                splices.stream().sorted(Comparator.comparingInt(splice -> splice.at)).toList();
        for (Splice splice : inOrder) {
            changed.write(body, done, splice.at - done);
            changed.writeBytes(splice.bytes);
            done = splice.at + splice.length;
        }
        changed.write(body, done, body.length - done);
        return changed.toByteArray();
    }
}
