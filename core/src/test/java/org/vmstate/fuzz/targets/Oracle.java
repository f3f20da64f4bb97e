// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VMStateException;

/// The checks that targets apply to results.
final class Oracle {
    /// Limits far above all seeds, yet so low that executions remain short.
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

    /// A call that may be refused.
    @FunctionalInterface
    interface Attempt<R> {
        R run() throws IOException;
    }

    /// A result, or the reason why there is none.
    record Outcome<R>(@Nullable R result, @Nullable VMStateException refusal) {
        /// Returns the outcome of an attempt. Throws exceptions that are not declared, and an error
        /// if a refusal has no reason or an impossible offset.
        static <R> Outcome<R> of(long length, Attempt<R> attempt) throws IOException {
            try {
                return new Outcome<>(attempt.run(), null);
            } catch (VMStateException e) {
                refused(e, length);
                return new Outcome<>(null, e);
            }
        }

        /// Checks that reading the same bytes from a source of unknown size has the same outcome.
        /// If the input is truncated, the other refusal may be of any kind: with a known size the
        /// truncation is detected earlier.
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

    /// Checks that a refusal has a reason and a possible offset.
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
