// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.OptionalLong;

/// A progress line on standard error: printed one second after the first step, erased at the end.
final class ProgressLine implements org.vmstate.wire.Progress, AutoCloseable {
    private static final long FIRST_NANOS = 1_000_000_000L;
    private static final long STEP_NANOS = 250_000_000L;
    private static final long LINE_STEP_NANOS = 5_000_000_000L;

    /// Whether a line can be overwritten; set by the launcher.
    private static final boolean LIVE = Boolean.getBoolean("vmstate.terminal.errors");

    private static final double MIB = 1 << 20;

    private final PrintWriter err;
    private long start;
    private long next;
    private boolean shown;

    /// Creates a line that is not printed yet.
    ProgressLine(PrintWriter err) {
        this.err = err;
        this.next = FIRST_NANOS;
    }

    @Override
    public void at(Step step) {
        if (step.phase() != Phase.MEMORY) {
            return;
        }
        if (start == 0) {
            start = System.nanoTime();
        }
        long passed = System.nanoTime() - start;
        if (passed < next) {
            return;
        }
        next = passed + (LIVE ? STEP_NANOS : LINE_STEP_NANOS);
        double done = step.bytes();
        OptionalLong total = step.total();
        double rate = done / (passed / 1e9);
        String text = String.format(Locale.ROOT, "%.0f MiB, %.0f MiB/s", done / MIB, rate / MIB);
        if (total.isPresent() && total.getAsLong() > 0 && rate > 0) {
            double left = total.getAsLong() - done;
            text +=
                    String.format(
                            Locale.ROOT,
                            ", %d%%, %.0f s left",
                            Math.min(100, (long) (100 * done / total.getAsLong())),
                            Math.max(0, left / rate));
        }
        if (LIVE) {
            err.print("\r" + text + "\u001b[K");
            shown = true;
        } else {
            err.println(text);
        }
        err.flush();
    }

    @Override
    public void close() {
        if (shown) {
            err.print("\r\u001b[K");
            err.flush();
        }
    }
}
