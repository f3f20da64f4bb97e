// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.io.IOException;
import java.io.Serial;

/// Thrown when memory of a guest is asked for that was not read: it is not in the stream, or
/// nothing is at the address. Such memory is never given out as zeros, unless the caller asks for
/// that.
public final class MissingMemoryException extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    MissingMemoryException(String message) {
        super(message);
    }
}
