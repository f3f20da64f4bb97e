// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.vmstate.ram.Pages;
import org.vmstate.ram.Xbzrle;

/// Operations on a page, compared with simple loops over the same bytes.
///
/// Each call uses the next page of 128 MiB, so that pages come from memory, not from a cache.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PageBenchmarks {
    private static final VarHandle WORD =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int PAGE = 4096;
    private static final int PAGES = 1 << 15;

    /// Deltas have any alignment relative to their page.
    private static final int COPIES = 16;

    private static final int COPY_BYTES = 2 * PAGE + 333;

    /// The changes of the page since it was last sent.
    public enum Change {
        /// No changes, and the page is zero.
        ZERO,
        /// Two bytes, as in nearly all deltas of the available real streams, whose guest increments
        /// a counter.
        COUNTER,
        /// 16 words of 8 bytes, distributed over the page.
        SPARSE,
        /// The low byte of every 64-bit word: a table of counters.
        DENSE,
        /// All bytes, with random values.
        RANDOM
    }

    /// The pages.
    @Param({"ZERO", "COUNTER", "SPARSE", "DENSE", "RANDOM"})
    public Change change = Change.ZERO;

    private final byte[] before = new byte[PAGES * PAGE];
    private final byte[] after = new byte[PAGES * PAGE];
    private final byte[] delta = new byte[2 * PAGE];
    private final byte[] encoded = new byte[COPIES * COPY_BYTES];
    private int encodedLength;
    private int next;

    /// Creates the pages, and the delta of the first one, which is valid for all.
    @Setup(Level.Trial)
    public void setup() {
        Random random = new Random(1);
        if (change != Change.ZERO) {
            random.nextBytes(before);
        }
        byte[] page = new byte[PAGE];
        boolean[] changed = new boolean[PAGE];
        switch (change) {
            case ZERO -> {}
            case COUNTER -> {
                changed[8] = true;
                changed[2056] = true;
            }
            case SPARSE -> {
                for (int i = 0; i < 16; i++) {
                    java.util.Arrays.fill(changed, i * 256 + 40, i * 256 + 48, true);
                }
            }
            case DENSE -> {
                for (int i = 0; i < PAGE; i += 8) {
                    changed[i] = true;
                }
            }
            case RANDOM -> java.util.Arrays.fill(changed, true);
        }
        random.nextBytes(page);
        for (int at = 0; at < after.length; at++) {
            int inPage = at & (PAGE - 1);
            after[at] =
                    !changed[inPage]
                            ? before[at]
                            : change == Change.RANDOM ? page[inPage] : (byte) (before[at] + 1);
        }
        encodedLength = Xbzrle.encode(before, 0, after, 0, PAGE, delta);
        for (int i = 0; i < COPIES; i++) {
            System.arraycopy(delta, 0, encoded, i * COPY_BYTES, encodedLength);
        }
    }

    private int page() {
        next = (next + 1) & (PAGES - 1);
        return next * PAGE;
    }

    /// Reads a page, 64 bits at a time.
    @Benchmark
    public long read() {
        int at = page();
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        for (int i = at; i < at + PAGE; i += 32) {
            a += (long) WORD.get(before, i);
            b += (long) WORD.get(before, i + 8);
            c += (long) WORD.get(before, i + 16);
            d += (long) WORD.get(before, i + 24);
        }
        return a + b + c + d;
    }

    /// Copies a page.
    @Benchmark
    public int copy() {
        int at = page();
        System.arraycopy(before, at, after, at, PAGE);
        return at;
    }

    /// Tests whether a page is zero.
    @Benchmark
    public boolean isZero() {
        return Pages.isZero(before, page(), PAGE);
    }

    /// Encodes the changes.
    @Benchmark
    public int encode() {
        int at = page();
        return Xbzrle.encode(before, at, after, at, PAGE, delta);
    }

    /// Applies a delta.
    @Benchmark
    public int decode() throws Exception {
        int at = page();
        Xbzrle.decode(encoded, next % COPIES * COPY_BYTES, encodedLength, after, at, PAGE, 0);
        return at;
    }
}
