// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.io.IOException;
import java.io.Serial;

/// Thrown when guest memory is read that is not available: it is not in the stream, or no memory is
/// mapped at the address. Such memory never reads as zeros, unless the caller requests it.
public final class MissingMemoryException extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    MissingMemoryException(String message) {
        super(message);
    }
}
