// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import org.vmstate.wire.WireReader;

/// The line on standard error that says how far a long command is: shown after a second, gone when
/// it is done.
final class Progress implements AutoCloseable {
    private static final long FIRST_NANOS = 1_000_000_000L;
    private static final long STEP_NANOS = 250_000_000L;
    private static final long LINE_STEP_NANOS = 5_000_000_000L;

    /// Whether one line can be written over and over; the launcher, which can tell, says it.
    private static final boolean LIVE = Boolean.getBoolean("vmstate.terminal.errors");

    private static final double MIB = 1 << 20;

    private final PrintWriter err;
    private final OptionalLong total;
    private final long start;
    private final long startPosition;
    private long next;
    private boolean shown;

    /// Of a command that reads `in` from where it stands to its end, and files beside it.
    Progress(PrintWriter err, WireReader in, List<Path> channels) throws IOException {
        this.err = err;
        long more = 0;
        for (Path channel : channels) {
            more += Files.size(channel);
        }
        this.total =
                in.remaining().isPresent()
                        ? OptionalLong.of(in.remaining().getAsLong() + more)
                        : OptionalLong.empty();
        this.startPosition = in.position();
        this.start = System.nanoTime();
        this.next = FIRST_NANOS;
    }

    /// Tells that reading has got to a position, those of the files added up.
    void at(long position) {
        long passed = System.nanoTime() - start;
        if (passed < next) {
            return;
        }
        next = passed + (LIVE ? STEP_NANOS : LINE_STEP_NANOS);
        double done = position - startPosition;
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
