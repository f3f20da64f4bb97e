// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.io.ByteArrayOutputStream;
import java.util.Comparator;
import java.util.List;

/// Bytes that take the place of others in a body.
final class Splice {
    private final int at;
    private final int length;
    private final byte[] bytes;

    /// A replacement.
    ///
    /// @param at the index of the first byte that is replaced
    /// @param length how many bytes are replaced, none to insert
    /// @param bytes what takes their place
    Splice(int at, int length, byte[] bytes) {
        this.at = at;
        this.length = length;
        this.bytes = bytes;
    }

    /// The body with all of these, which do not overlap.
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
