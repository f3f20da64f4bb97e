// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;

/// Selects a few short inputs that together reach the same blocks as many inputs.
final class Minimizer {
    private static final int MAX_FILE = 8 << 10;
    private static final int MAX_TRIALS = 60;

    private final Target target;
    private final Judge judge;
    private final int maxTotal;

    /// Creates a minimizer.
    ///
    /// @param maxTotal the maximum size of all selected inputs together
    Minimizer(Target target, int maxTotal) {
        this.target = target;
        this.judge = new Judge(target, Sample.ALL);
        this.maxTotal = maxTotal;
    }

    /// An input, and the blocks that it reaches.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Candidate(byte[] input, BitSet blocks) {}

    /// Returns the inputs to keep, which reach blocks that the seeds do not reach.
    List<byte[]> minimized(List<byte[]> seeds, List<byte[]> inputs) {
        BitSet reached = new BitSet();
        for (byte[] seed : seeds) {
            reached.or(blocks(seed));
        }
        List<Candidate> candidates = new ArrayList<>();
        for (byte[] input : inputs) {
            BitSet blocks = blocks(input);
            if (input.length <= MAX_FILE) {
                candidates.add(new Candidate(input, blocks));
            }
        }
        List<byte[]> kept = new ArrayList<>();
        int total = 0;
        while (true) {
            candidates.forEach(c -> c.blocks.andNot(reached));
            candidates.removeIf(c -> c.blocks.isEmpty());
            if (candidates.isEmpty()) {
                return kept;
            }
            Candidate best =
                    candidates.stream().max(Comparator.comparingDouble(Minimizer::worth)).get();
            byte[] input = trimmed(best);
            total += input.length;
            if (total > maxTotal) {
                return kept;
            }
            kept.add(input);
            reached.or(best.blocks);
        }
    }

    private static double worth(Candidate candidate) {
        return candidate.blocks.cardinality() / (64.0 + candidate.input.length);
    }

    /// Returns the blocks that an input reaches; none if it is a finding.
    private BitSet blocks(byte[] input) {
        return judge.verdict(input).isPresent() ? new BitSet() : Probes.ran();
    }

    /// Returns an input without some of its bytes that still reaches all its blocks.
    private byte[] trimmed(Candidate candidate) {
        byte[] input = candidate.input;
        int trials = 0;
        for (int step = Integer.highestOneBit(Math.max(1, input.length / 2));
                step >= 4;
                step /= 2) {
            for (int at = 0; at + step <= input.length && trials < MAX_TRIALS; trials++) {
                byte[] shorter = new byte[input.length - step];
                System.arraycopy(input, 0, shorter, 0, at);
                System.arraycopy(input, at + step, shorter, at, shorter.length - at);
                byte[] repaired = target.repaired(shorter);
                BitSet missing = (BitSet) candidate.blocks.clone();
                missing.andNot(blocks(repaired));
                if (missing.isEmpty()) {
                    input = repaired;
                } else {
                    at += step;
                }
            }
        }
        return input;
    }
}
