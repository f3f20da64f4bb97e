// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.io.IOException;
import java.io.Serial;
import org.vmstate.wire.VMStateException;

/// Thrown when no core can be written of a guest whose stream was read.
public final class NoCoreException extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    /// The reason why there is no core.
    public enum Reason {
        /// Neither the stream nor the caller provides memory of the guest.
        NO_MEMORY,
        /// The stream ends or is malformed before the state of its CPUs. The cause is the
        /// [VMStateException] with the position.
        MALFORMED,
        /// There is no description of the CPUs' sections.
        NO_DESCRIPTION,
        /// A CPU has an architecture that is not supported, or registers of it are not in the
        /// stream.
        UNKNOWN_CPU,
        /// The addresses of the guest's memory are unknown.
        NO_PLACE,
        /// An address does not fit into the ELF class of this architecture.
        TOO_HIGH
    }

    private final Reason reason;

    NoCoreException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    NoCoreException(VMStateException failure) {
        super(failure.getMessage(), failure);
        this.reason = Reason.MALFORMED;
    }

    /// A copy with the stack trace of the caller and this exception as its cause.
    NoCoreException again() {
        NoCoreException again = new NoCoreException(reason, String.valueOf(getMessage()));
        again.initCause(this);
        return again;
    }

    /// The reason why there is no core.
    public Reason reason() {
        return reason;
    }
}
