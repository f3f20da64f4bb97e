// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.WireReader;

/// QEMU's rule about the end of the input, which this engine does not have.
///
/// If looking for a subsection reaches the end of the input, QEMU's stream is in an error state: a
/// body that is part of a field then fails, although all its bytes are available. At the top level
/// the error state is ignored.
final class QemuEnd {
    private static final int SUBSECTION = 0x05;

    private final WireReader in;
    private @Nullable TruncatedException thrown;

    QemuEnd(WireReader in) {
        this.in = in;
    }

    /// Throws if looking for a subsection, after a body was loaded as part of a field, reached the
    /// end of the input.
    void check(String name) throws IOException {
        if (meetsEnd(name)) {
            thrown = new TruncatedException("QEMU meets the end of the input", in.position());
            throw thrown;
        }
    }

    /// Whether the engine would have succeeded without this rule.
    boolean hasThrown() {
        return thrown != null;
    }

    private boolean meetsEnd(String name) throws IOException {
        if (in.peek(0) != SUBSECTION) {
            return in.peek(0) < 0;
        }
        int length = in.peek(1);
        return length < 0
                || (length > name.getBytes(StandardCharsets.UTF_8).length
                        && in.peek(1 + length) < 0);
    }
}
