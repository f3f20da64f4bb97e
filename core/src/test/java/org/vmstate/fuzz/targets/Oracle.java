// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VMStateException;

/// What targets ask of results.
final class Oracle {
    /// Limits that no seed comes near, and at which an execution is still short.
    static final ReadLimits LIMITS =
            ReadLimits.builder()
                    .maxNesting(32)
                    .maxSections(1 << 12)
                    .maxCommands(1 << 12)
                    .maxElements(1 << 14)
                    .maxBufferBytes(1 << 20)
                    .maxDescriptionBytes(1 << 20)
                    .maxRetainedBytes(1 << 20)
                    .maxDescriptionValues(1 << 14)
                    .build();

    private Oracle() {}

    /// Something that may be refused.
    @FunctionalInterface
    interface Attempt<R> {
        R run() throws IOException;
    }

    /// A result, or why there is none.
    record Outcome<R>(@Nullable R result, @Nullable VMStateException refusal) {
        /// The outcome of an attempt. An exception that is not declared passes, and so does a
        /// refusal that does not say what is wrong or where.
        static <R> Outcome<R> of(long length, Attempt<R> attempt) throws IOException {
            try {
                return new Outcome<>(attempt.run(), null);
            } catch (VMStateException e) {
                refused(e, length);
                return new Outcome<>(null, e);
            }
        }

        /// Holds the outcome of reading the same bytes in another way to this one. Who knows where
        /// the input ends sees sooner that it is cut, so any refusal may stand for that.
        void sameAs(Outcome<R> other, String what) {
            if (refusal instanceof TruncatedException) {
                check(other.refusal != null, "no refusal " + what);
            } else {
                same(other.refusalKind(), refusalKind(), "refusal " + what);
                same(other.result, result, "result " + what);
            }
        }

        /// The kind of refusal; empty if there is none.
        String refusalKind() {
            return refusal == null ? "" : refusal.getClass().getSimpleName();
        }
    }

    /// Checks a refusal.
    static void refused(VMStateException e, long length) {
        check(!e.detail().isBlank(), "a refusal without a reason", e);
        check(
                e.offset() == VMStateException.NO_OFFSET
                        || (e.offset() >= 0 && e.offset() <= length),
                "a refusal at offset " + e.offset() + " of " + length,
                e);
    }

    static void check(boolean holds, String what) {
        check(holds, what, null);
    }

    static void check(boolean holds, String what, @Nullable Throwable cause) {
        if (!holds) {
            throw new AssertionError(what, cause);
        }
    }

    static void same(@Nullable Object actual, @Nullable Object expected, String what) {
        if (!Objects.equals(actual, expected)) {
            throw new AssertionError(what + ": " + actual + " instead of " + expected);
        }
    }

    static void same(byte[] actual, byte[] expected, String what) {
        int at = Arrays.mismatch(actual, expected);
        if (at >= 0) {
            throw new AssertionError(
                    what
                            + ": "
                            + actual.length
                            + " bytes instead of "
                            + expected.length
                            + ", the first difference at "
                            + at);
        }
    }
}
