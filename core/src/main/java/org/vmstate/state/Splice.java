// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.io.ByteArrayOutputStream;
import java.util.Comparator;
import java.util.List;

/// Bytes that take the place of others in a body.
///
/// @param at the index of the first byte that is replaced
/// @param length how many bytes are replaced, none to insert
/// @param bytes what takes their place
record Splice(int at, int length, byte[] bytes) {
    /// The body with all of these, which do not overlap.
    static byte[] apply(byte[] body, List<Splice> splices) {
        ByteArrayOutputStream changed = new ByteArrayOutputStream(body.length);
        int done = 0;
        for (Splice splice :
                splices.stream().sorted(Comparator.comparingInt(Splice::at)).toList()) {
            changed.write(body, done, splice.at() - done);
            changed.writeBytes(splice.bytes());
            done = splice.at() + splice.length();
        }
        changed.write(body, done, body.length - done);
        return changed.toByteArray();
    }
}
