// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.util.Arrays;
import java.util.BitSet;

/// How often each basic block of the code under test ran.
///
/// The counts are bytes that wrap and are written without a lock: they guide, they do not measure.
public final class Probes {
    private static final int MAX = 1 << 17;

    private static final byte[] HITS = new byte[MAX];
    private static int count;
    private static long blocks;

    private Probes() {}

    /// Counts a run of a block; called by instrumented code.
    public static void hit(int block) {
        HITS[block]++;
        blocks++;
    }

    /// The number of a new block.
    static synchronized int next() {
        return count < MAX ? count++ : MAX - 1;
    }

    /// How many blocks there are in the classes loaded so far.
    static int count() {
        return count;
    }

    /// How many blocks ran since the counts were cleared, with repetitions.
    static long blocks() {
        return blocks;
    }

    /// The blocks of the last execution.
    static BitSet ran() {
        BitSet ran = new BitSet();
        for (int block = 0; block < count; block++) {
            if (HITS[block] != 0) {
                ran.set(block);
            }
        }
        return ran;
    }

    static void clear() {
        Arrays.fill(HITS, 0, count, (byte) 0);
        blocks = 0;
    }

    /// The counts, of which [#count()] are in use; a view.
    static byte[] hits() {
        return HITS;
    }
}
