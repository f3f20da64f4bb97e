// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// Matches the elements of two sequences by content and order.
///
/// Finds a longest common subsequence as long as its cost, the product of the lengths, is within
/// the budget. Longer sequences are first divided at the elements that occur once in both (as in a
/// patience diff), whose cost is linear but for sorting. What is still too long after that remains
/// unmatched. The budget is shared by all sequences of a comparison, so the total cost is bounded
/// whatever the input.
///
/// The elements between matches are then paired with each other: in the way with the smallest total
/// distance if the budget allows it, else in order.
final class Alignment {
    /// The result for an element that has no counterpart.
    static final int NONE = -1;

    /// The distance of two elements that cannot be paired.
    static final double INCOMPATIBLE = 4;

    private static final int MAX_DEPTH = 24;

    /// The maximum number of pairs of elements whose distances are compared.
    private static final long MAX_PAIRS = 1 << 16;

    /// The cost of leaving one element without a counterpart. Two elements that can be paired are
    /// paired rather than left alone, whatever their distance.
    private static final double ALONE = 1;

    /// Returns how much two elements differ: from 0 to 1, or [#INCOMPATIBLE].
    @FunctionalInterface
    interface Distance {
        double between(int before, int after);
    }

    /// The number of steps that the comparison may still take.
    static final class Budget {
        private long left;

        Budget(long steps) {
            this.left = steps;
        }

        /// Takes `steps`, if there are so many left.
        boolean take(long steps) {
            if (steps > left) {
                return false;
            }
            left -= steps;
            return true;
        }
    }

    private final long[] before;
    private final long[] after;
    private final Budget budget;
    private final int[] matched;

    private Alignment(long[] before, long[] after, Budget budget) {
        this.before = before;
        this.after = after;
        this.budget = budget;
        this.matched = new int[before.length];
        Arrays.fill(matched, NONE);
    }

    /// Returns the index of the counterpart of each element of the first sequence, in ascending
    /// order, or [#NONE]. Elements with the same number have the same content.
    static int[] equal(long[] before, long[] after, Budget budget) {
        Alignment alignment = new Alignment(before, after, budget);
        alignment.match(0, before.length, 0, after.length, 0);
        return alignment.matched;
    }

    /// Returns the same as [#equal], and pairs elements with different content that are between the
    /// same matches.
    ///
    /// @param size the size of an element, which determines the cost of a call of `distance`
    static int[] similar(long[] before, long[] after, Budget budget, long size, Distance distance) {
        Alignment alignment = new Alignment(before, after, budget);
        alignment.match(0, before.length, 0, after.length, 0);
        int fromBefore = 0;
        int fromAfter = 0;
        int[] found = alignment.matched.clone();
        for (int i = 0; i <= before.length; i++) {
            int counterpart = i < before.length ? found[i] : after.length;
            if (counterpart != NONE) {
                alignment.pair(fromBefore, i, fromAfter, counterpart, size, distance);
                fromBefore = i + 1;
                fromAfter = counterpart + 1;
            }
        }
        return alignment.matched;
    }

    private void match(int fromBefore, int toBefore, int fromAfter, int toAfter, int depth) {
        int a = fromBefore;
        int b = fromAfter;
        int endA = toBefore;
        int endB = toAfter;
        while (a < endA && b < endB && before[a] == after[b]) {
            matched[a++] = b++;
        }
        while (a < endA && b < endB && before[endA - 1] == after[endB - 1]) {
            matched[--endA] = --endB;
        }
        if (a == endA || b == endB) {
            return;
        }
        if ((long) (endA - a) * (endB - b) < Integer.MAX_VALUE - 8
                && budget.take((long) (endA - a) * (endB - b))) {
            longest(a, endA, b, endB);
        } else if (depth < MAX_DEPTH) {
            divide(a, endA, b, endB, depth);
        }
    }

    /// Finds a longest common subsequence.
    private void longest(int a, int endA, int b, int endB) {
        int rows = endA - a;
        int columns = endB - b;
        byte[] steps = new byte[rows * columns];
        int[] below = new int[columns + 1];
        int[] row = new int[columns + 1];
        for (int i = rows - 1; i >= 0; i--) {
            for (int j = columns - 1; j >= 0; j--) {
                if (before[a + i] == after[b + j]) {
                    row[j] = below[j + 1] + 1;
                    steps[i * columns + j] = 0;
                } else if (below[j] >= row[j + 1]) {
                    row[j] = below[j];
                    steps[i * columns + j] = 1;
                } else {
                    row[j] = row[j + 1];
                    steps[i * columns + j] = 2;
                }
            }
            int[] swap = below;
            below = row;
            row = swap;
            row[columns] = 0;
        }
        int i = 0;
        int j = 0;
        while (i < rows && j < columns) {
            switch (steps[i * columns + j]) {
                case 0 -> matched[a + i++] = b + j++;
                case 1 -> i++;
                default -> j++;
            }
        }
    }

    /// Matches the elements that occur once in both sequences, then what is between them.
    private void divide(int a, int endA, int b, int endB, int depth) {
        Map<Long, int[]> places = new HashMap<>();
        for (int i = a; i < endA; i++) {
            int[] place = places.computeIfAbsent(before[i], _ -> new int[] {0, 0, 0, 0});
            place[0]++;
            place[1] = i;
        }
        for (int j = b; j < endB; j++) {
            int[] place = places.get(after[j]);
            if (place != null) {
                place[2]++;
                place[3] = j;
            }
        }
        int[] counterparts = new int[endA - a];
        for (int i = a; i < endA; i++) {
            int[] place = places.get(before[i]);
            counterparts[i - a] = place != null && place[0] == 1 && place[2] == 1 ? place[3] : NONE;
        }
        int[] kept = increasing(counterparts);
        if (kept.length == 0) {
            return;
        }
        int fromA = a;
        int fromB = b;
        for (int index : kept) {
            int atA = a + index;
            int atB = counterparts[index];
            matched[atA] = atB;
            match(fromA, atA, fromB, atB, depth + 1);
            fromA = atA + 1;
            fromB = atB + 1;
        }
        match(fromA, endA, fromB, endB, depth + 1);
    }

    /// Returns the indices of a longest increasing subsequence of the values that are not [#NONE].
    static int[] increasing(int[] values) {
        int[] tails = new int[values.length];
        int[] previous = new int[values.length];
        int length = 0;
        for (int i = 0; i < values.length; i++) {
            if (values[i] == NONE) {
                continue;
            }
            int low = 0;
            int high = length;
            while (low < high) {
                int middle = (low + high) >>> 1;
                if (values[tails[middle]] < values[i]) {
                    low = middle + 1;
                } else {
                    high = middle;
                }
            }
            previous[i] = low == 0 ? NONE : tails[low - 1];
            tails[low] = i;
            length = Math.max(length, low + 1);
        }
        int[] kept = new int[length];
        int at = length == 0 ? NONE : tails[length - 1];
        for (int k = length - 1; k >= 0; k--) {
            kept[k] = at;
            at = previous[at];
        }
        return kept;
    }

    /// Pairs the unmatched elements of two ranges.
    private void pair(int a, int endA, int b, int endB, long size, Distance distance) {
        int rows = endA - a;
        int columns = endB - b;
        if (rows == 0 || columns == 0) {
            return;
        }
        long pairs = (long) rows * columns;
        if (pairs == 1 || pairs > MAX_PAIRS || !budget.take(pairs * (1 + size / 16))) {
            for (int i = 0; i < Math.min(rows, columns); i++) {
                if (distance.between(a + i, b + i) < INCOMPATIBLE) {
                    matched[a + i] = b + i;
                }
            }
            return;
        }
        double[][] cost = new double[rows + 1][columns + 1];
        double[][] apart = new double[rows][columns];
        for (int i = rows; i >= 0; i--) {
            for (int j = columns; j >= 0; j--) {
                if (i == rows || j == columns) {
                    cost[i][j] = ALONE * (rows - i + columns - j);
                    continue;
                }
                apart[i][j] = distance.between(a + i, b + j);
                cost[i][j] =
                        Math.min(
                                apart[i][j] + cost[i + 1][j + 1],
                                ALONE + Math.min(cost[i + 1][j], cost[i][j + 1]));
            }
        }
        int i = 0;
        int j = 0;
        while (i < rows && j < columns) {
            if (cost[i][j] == apart[i][j] + cost[i + 1][j + 1]) {
                matched[a + i++] = b + j++;
            } else if (cost[i][j] == ALONE + cost[i + 1][j]) {
                i++;
            } else {
                j++;
            }
        }
    }
}
