// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.BitSet;

/// The features seen so far: each is a basic block that ran about so many times (1, 2, 3, 4 to 7,
/// up to 15, 31, 127 and more).
final class Seen {
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final int CLASSES = 8;
    private static final byte[] CLASS = new byte[256];

    static {
        for (int count = 1; count < CLASS.length; count++) {
            CLASS[count] =
                    (byte)
                            (count < 4
                                    ? count - 1
                                    : count < 8
                                            ? 3
                                            : count < 16
                                                    ? 4
                                                    : count < 32 ? 5 : count < 128 ? 6 : 7);
        }
    }

    private final BitSet features = new BitSet();
    private final BitSet blocks = new BitSet();

    /// How many features were seen.
    int features() {
        return features.cardinality();
    }

    /// How many blocks were seen.
    int blocks() {
        return blocks.cardinality();
    }

    /// Adds the features of the last execution; whether any was new.
    boolean add() {
        byte[] hits = Probes.hits();
        int count = Probes.count();
        boolean added = false;
        for (int at = 0; at < count; at += Long.BYTES) {
            if ((long) LONGS.get(hits, at) == 0) {
                continue;
            }
            for (int block = at; block < at + Long.BYTES; block++) {
                int times = hits[block] & 0xff;
                if (times != 0) {
                    int feature = block * CLASSES + CLASS[times];
                    if (!features.get(feature)) {
                        features.set(feature);
                        blocks.set(block);
                        added = true;
                    }
                }
            }
        }
        return added;
    }

    /// The blocks of the last execution.
    static BitSet ran() {
        byte[] hits = Probes.hits();
        BitSet ran = new BitSet();
        for (int block = 0; block < Probes.count(); block++) {
            if (hits[block] != 0) {
                ran.set(block);
            }
        }
        return ran;
    }
}
