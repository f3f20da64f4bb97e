// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.util.Arrays;
import java.util.BitSet;

/// Counts the executions of each basic block of the code under test.
///
/// The counts are bytes that wrap around and are updated without a lock, because approximate counts
/// are sufficient to guide the fuzzer.
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

    /// Returns the number of a new block.
    static synchronized int next() {
        return count < MAX ? count++ : MAX - 1;
    }

    /// The number of blocks in the classes loaded so far.
    static int count() {
        return count;
    }

    /// The number of executions of blocks since the counts were cleared.
    static long blocks() {
        return blocks;
    }

    /// Returns the blocks that ran since the counts were cleared.
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

    /// Returns the array of the counts itself; the first [#count()] of them are in use.
    static byte[] hits() {
        return HITS;
    }
}
