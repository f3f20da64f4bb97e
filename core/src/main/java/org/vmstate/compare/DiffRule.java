// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.math.BigInteger;
import org.vmstate.state.StatePattern;

/// A rule that allows differences: one line of an allow-list.
public sealed interface DiffRule {
    /// Allows all differences in values, parts and devices that match the pattern or are inside of
    /// what matches.
    record Ignore(StatePattern pattern) implements DiffRule {}

    /// Allows a subsection that matches the pattern to exist in one machine only. If both have it,
    /// its fields are compared.
    record OptionalSubsection(StatePattern pattern) implements DiffRule {}

    /// Allows a number that matches the pattern to differ, if both numbers are in a range.
    record InRange(StatePattern pattern, BigInteger min, BigInteger max) implements DiffRule {
        /// Checks the range.
        ///
        /// @throws IllegalArgumentException if the range is empty
        public InRange {
            if (min.compareTo(max) > 0) {
                throw new IllegalArgumentException("the range is empty: " + min + ".." + max);
            }
        }
    }

    /// Allows a number that matches the pattern to differ by at most `distance`.
    record Within(StatePattern pattern, BigInteger distance) implements DiffRule {
        /// Checks the distance.
        ///
        /// @throws IllegalArgumentException if the distance is negative
        public Within {
            if (distance.signum() < 0) {
                throw new IllegalArgumentException("a negative distance: " + distance);
            }
        }
    }

    /// Allows the bytes of a range of a buffer that matches the pattern to differ.
    ///
    /// @param from the index of the first byte
    /// @param to the index after the last byte
    record Bytes(StatePattern pattern, long from, long to) implements DiffRule {
        /// Checks the range.
        ///
        /// @throws IllegalArgumentException if the range is empty or begins below 0
        public Bytes {
            checkOffsets(from, to);
        }
    }

    /// Compares a device of the first machine with one of another name or instance id of the second
    /// machine.
    ///
    /// @param before the label of the device in the first machine, such as `cpu#1`
    /// @param after its label in the second machine
    record Renamed(String before, String after) implements DiffRule {}

    /// Allows differences in the pages of a block.
    ///
    /// @param block the name of the block, in which `*` matches any characters
    /// @param from the offset of the first byte
    /// @param to the offset after the last byte
    record Memory(String block, long from, long to) implements DiffRule {
        /// Checks the range.
        ///
        /// @throws IllegalArgumentException if the range is empty or begins below 0
        public Memory {
            checkOffsets(from, to);
        }
    }

    private static void checkOffsets(long from, long to) {
        if (from < 0 || from >= to) {
            throw new IllegalArgumentException("no range of bytes: " + from + ".." + to);
        }
    }
}
