// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.RefusedException;

/// Counts the calls of an emulator's code, and throws at one of them.
final class Fuse {
    /// What is thrown.
    enum Kind {
        REFUSED,
        IO,
        RUNTIME,
        STACK_OVERFLOW,
        OUT_OF_MEMORY;

        private Throwable make(String where) {
            return switch (this) {
                case REFUSED -> new RefusedException("fuse in " + where);
                case IO -> new IOException("fuse in " + where);
                case RUNTIME -> new IllegalArgumentException("fuse in " + where);
                case STACK_OVERFLOW -> new StackOverflowError("fuse in " + where);
                case OUT_OF_MEMORY -> new OutOfMemoryError("fuse in " + where);
            };
        }
    }

    private @Nullable Kind kind;
    private boolean lasting;
    private int at;
    private int calls;
    private @Nullable String where;

    /// Makes the call with an index throw.
    ///
    /// @param forAll whether all calls after it throw as well
    void arm(Kind what, int index, boolean forAll) {
        kind = what;
        at = index;
        lasting = forAll;
        calls = 0;
        where = null;
    }

    void disarm() {
        kind = null;
    }

    /// The code that threw first; null if none has.
    @Nullable String where() {
        return where;
    }

    /// Passes a call that may throw anything.
    void burn(String code) throws IOException {
        Throwable thrown = next(code);
        switch (thrown) {
            case null -> {}
            case IOException e -> throw e;
            default -> throwUnchecked(thrown);
        }
    }

    /// Passes a call that may not throw checked exceptions.
    void burnUnchecked(String code) {
        Throwable thrown = next(code);
        switch (thrown) {
            case null -> {}
            case IOException e -> throw new UncheckedIOException(e);
            default -> throwUnchecked(thrown);
        }
    }

    private static void throwUnchecked(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) thrown;
    }

    private @Nullable Throwable next(String code) {
        Kind armed = kind;
        if (armed == null) {
            return null;
        }
        int call = calls++;
        if (call < at || (call > at && !lasting)) {
            return null;
        }
        if (where == null) {
            where = code;
        }
        return armed.make(code);
    }
}
