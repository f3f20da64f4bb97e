// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.vmstate.testing.Source;

/// Loads with a fixed set of random descriptions of objects and of native memory, with the plan and
/// with compiled code.
public final class DeclaredLoads {
    private static final int OF_EACH = 40;

    /// The memory of the states is freed after this number of loads.
    private static final int FORGOTTEN_AFTER = 1_000;

    private final List<CodecComparison<?>> comparisons = new ArrayList<>();
    private int loads;

    /// The descriptions, which are the same in each run.
    public DeclaredLoads() {
        Descriptions<?> objects = new ObjectDescriptions(new Random(1));
        Descriptions<?> memory = new MemoryDescriptions(new Random(1));
        for (int i = 0; i < OF_EACH; i++) {
            comparisons.add(CodecComparison.next(objects));
            comparisons.add(CodecComparison.next(memory));
        }
    }

    /// The number of descriptions.
    public int count() {
        return comparisons.size();
    }

    /// A body that a description saved; empty if its first states are refused.
    public byte[] body(int description) throws IOException {
        byte[] body = new byte[0];
        for (long values = 0; values < 20 && body.length == 0; values++) {
            body = comparisons.get(description).sameSaves(values, 1);
        }
        return body;
    }

    /// Loads bytes at a version, from an array or byte by byte.
    public void load(int description, int version, boolean trickling, byte[] bytes)
            throws IOException {
        if (++loads % FORGOTTEN_AFTER == 0) {
            comparisons.forEach(c -> c.states().forget());
        }
        Source source = trickling ? Source.CHANNEL_BYTE_BY_BYTE : Source.ARRAY;
        comparisons.get(description).sameLoad(bytes, version, 1, 1, source);
    }
}
