// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.codec.Codec;
import org.vmstate.internal.plan.PlanLoader;
import org.vmstate.internal.plan.PlanSaver;
import org.vmstate.testing.Source;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Executes one description with the plan and compiled, and compares the results.
record CodecComparison<T>(Descriptions<T> states, Layout layout, Codec codec) {
    /// Creates a comparison with the next random description.
    static <T> CodecComparison<T> next(Descriptions<T> descriptions) {
        Layout layout = descriptions.next().layout();
        return new CodecComparison<>(descriptions, layout, new Codec(layout));
    }

    /// Saves a random state; returns the bytes, or none if it is refused.
    byte[] sameSaves(long values, long shape) throws IOException {
        return sameSaves(
                states.state(new Random(values), shape), states.state(new Random(values), shape));
    }

    private byte[] sameSaves(T one, T other) throws IOException {
        WireWriter planned = WireWriter.toMemory();
        WireWriter compiled = WireWriter.toMemory();
        String expected =
                outcome(() -> new PlanSaver(planned).body(layout, one, layout.version(), null));
        String actual = outcome(() -> codec.save(compiled, other, null));
        assertThat(actual).isEqualTo(expected);
        assertThat(compiled.toByteArray()).isEqualTo(planned.toByteArray());
        assertThat(states.text(other)).isEqualTo(states.text(one));
        return expected.isEmpty() ? planned.toByteArray() : new byte[0];
    }

    /// Loads bytes into two equal states, and saves the loaded states.
    void sameLoad(byte[] bytes, int version, long before, long shape, Source source)
            throws IOException {
        T one = states.state(new Random(before), shape);
        T other = states.state(new Random(before), shape);
        try (WireReader planned = source.open(bytes);
                WireReader compiled = source.open(bytes)) {
            String expected =
                    outcome(() -> new PlanLoader(planned).outermost(layout, one, version));
            String actual = outcome(() -> codec.load(compiled, other, version));
            assertThat(actual).isEqualTo(expected);
            assertThat(states.text(other)).isEqualTo(states.text(one));
            assertThat(compiled.position()).isEqualTo(planned.position());
            if (expected.isEmpty()) {
                sameSaves(one, other);
            }
        }
    }

    /// The outcome of an attempt; empty if it succeeded.
    private static String outcome(Attempt attempt) {
        try {
            attempt.run();
            return "";
        } catch (VMStateException e) {
            return e.getClass() + " " + e.getMessage() + suppressed(e);
        } catch (IOException e) {
            return e.getClass() + suppressed(e);
        }
    }

    private static String suppressed(@Nullable Throwable e) {
        return Arrays.toString(e == null ? null : e.getSuppressed());
    }

    /// An action that may throw.
    @FunctionalInterface
    private interface Attempt {
        void run() throws IOException;
    }
}
