// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// The inputs that a run mutates: for each feature one of the cheapest inputs that have it.
///
/// A feature is a basic block with its approximate number of executions (1, 2, 3, 4 to 7, up to 15,
/// 31, 127 and more). An input that is much cheaper than the owner of a feature becomes its owner,
/// and an input that owns no feature is dropped. The cost of an input is counted in basic blocks,
/// so it does not depend on the load of the machine.
final class Pool {
    private static final int CLASSES = 8;
    private static final byte[] CLASS = new byte[256];

    /// The number of basic blocks that a byte of an input counts as, for the work of the JDK and of
    /// the mutator.
    private static final int BLOCKS_PER_BYTE = 8;

    /// The number of latest inputs that are preferred.
    private static final int RECENT = 64;

    /// The cheapest of this number of inputs is picked.
    private static final int CANDIDATES = 3;

    /// In one of this number of picks, the cost does not matter.
    private static final int EXPENSIVE_ONE_IN = 32;

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

    private final Target target;
    private final SplittableRandom random;
    private final List<Entry> entries = new ArrayList<>();
    private @Nullable Entry[] owners = new Entry[1 << 17];
    private boolean[] blocksSeen = new boolean[owners.length / CLASSES];
    private int features;
    private int blocks;

    Pool(Target target, SplittableRandom random) {
        this.target = target;
        this.random = random;
    }

    /// An input of the pool.
    static final class Entry {
        private final Target target;
        private final byte[] input;
        private final long cost;
        private int owned;
        private @Nullable Structure structure;

        private Entry(Target target, byte[] input, long cost) {
            this.target = target;
            this.input = input;
            this.cost = cost;
        }

        /// The input, which must not be modified.
        byte[] input() {
            return input;
        }

        /// The structure of the input.
        Structure structure() {
            Structure known = structure;
            if (known == null) {
                known = target.structure(input);
                structure = known;
            }
            return known;
        }
    }

    /// The number of features seen.
    int features() {
        return features;
    }

    /// The number of basic blocks seen.
    int blocks() {
        return blocks;
    }

    /// The number of inputs.
    int size() {
        return entries.size();
    }

    /// The inputs.
    List<byte[]> inputs() {
        return entries.stream().map(Entry::input).toList();
    }

    /// Adds the input of the last execution if it has a new feature, or is less than half as
    /// expensive as the owner of one of its features. Returns whether a feature is new.
    boolean add(byte[] input) {
        byte[] hits = Probes.hits();
        int count = Probes.count();
        if (count > blocksSeen.length) {
            blocksSeen = Arrays.copyOf(blocksSeen, 2 * count);
            owners = Arrays.copyOf(owners, CLASSES * blocksSeen.length);
        }
        long cost = Probes.blocks() + (long) BLOCKS_PER_BYTE * input.length;
        boolean isNew = false;
        boolean cheaper = false;
        for (int block = 0; block < count; block++) {
            if (hits[block] != 0) {
                Entry owner = owners[feature(block, hits)];
                isNew |= owner == null;
                cheaper |= owner != null && 2 * cost < owner.cost;
            }
        }
        if (isNew || cheaper) {
            own(new Entry(target, input, cost), hits, count);
            entries.removeIf(e -> e.owned == 0);
        }
        return isNew;
    }

    private static int feature(int block, byte[] hits) {
        return block * CLASSES + CLASS[hits[block] & 0xff];
    }

    private void own(Entry entry, byte[] hits, int count) {
        for (int block = 0; block < count; block++) {
            if (hits[block] == 0) {
                continue;
            }
            int feature = feature(block, hits);
            Entry owner = owners[feature];
            if (owner == null) {
                features++;
                if (!blocksSeen[block]) {
                    blocksSeen[block] = true;
                    blocks++;
                }
            } else if (entry.cost >= owner.cost) {
                continue;
            } else {
                owner.owned--;
            }
            owners[feature] = entry;
            entry.owned++;
        }
        entries.add(entry);
    }

    /// Returns an input, with a preference for recent ones and a strong one for cheap ones: most of
    /// the time is spent on the few expensive ones anyway.
    Entry pick() {
        int from = random.nextInt(4) == 0 ? Math.max(0, entries.size() - RECENT) : 0;
        Entry picked = entries.get(random.nextInt(from, entries.size()));
        if (random.nextInt(EXPENSIVE_ONE_IN) > 0) {
            for (int i = 1; i < CANDIDATES; i++) {
                Entry other = entries.get(random.nextInt(from, entries.size()));
                picked = other.cost < picked.cost ? other : picked;
            }
        }
        return picked;
    }
}
