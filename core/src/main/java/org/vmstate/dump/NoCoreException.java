// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.io.IOException;
import java.io.Serial;
import org.vmstate.wire.VMStateException;

/// Thrown when no core can be made of a guest whose stream was read.
public final class NoCoreException extends IOException {
    @Serial private static final long serialVersionUID = 1L;

    /// Why there is no core.
    public enum Reason {
        /// Neither the stream nor the caller has memory of the guest.
        NO_MEMORY,
        /// The stream ends or is malformed before the state of its CPUs is known. The cause is the
        /// [VMStateException] that says where.
        MALFORMED,
        /// Nothing describes the sections of the CPUs.
        NO_DESCRIPTION,
        /// A CPU is of an architecture without cores, or registers of it are not in the stream.
        UNKNOWN_CPU,
        /// The addresses of the guest's memory are not known.
        NO_PLACE,
        /// Memory is at addresses that a core of this architecture has no room for.
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

    /// The same once more, with the stack trace of the caller and this as its cause.
    NoCoreException again() {
        NoCoreException again = new NoCoreException(reason, String.valueOf(getMessage()));
        again.initCause(this);
        return again;
    }

    /// Why there is no core.
    public Reason reason() {
        return reason;
    }
}
