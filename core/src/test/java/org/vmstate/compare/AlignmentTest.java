// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class AlignmentTest {
    private static Alignment.Budget steps(long steps) {
        return new Alignment.Budget(steps);
    }

    private static void assertMatched(long[] before, long[] after, int[] counterparts) {
        int last = Alignment.NONE;
        for (int i = 0; i < before.length; i++) {
            if (counterparts[i] != Alignment.NONE) {
                assertThat(counterparts[i]).isGreaterThan(last);
                assertThat(after[counterparts[i]]).isEqualTo(before[i]);
                last = counterparts[i];
            }
        }
    }

    private static long matches(int[] counterparts) {
        return Arrays.stream(counterparts).filter(c -> c != Alignment.NONE).count();
    }

    @Test
    void commonSubsequenceIsALongestOne() {
        Random random = new Random(7);
        for (int n = 0; n < 300; n++) {
            long[] a = random.longs(random.nextInt(12), 0, 4).toArray();
            long[] b = random.longs(random.nextInt(12), 0, 4).toArray();
            int[] counterparts = Alignment.equal(a, b, steps(1000));
            assertMatched(a, b, counterparts);
            assertThat(matches(counterparts)).isEqualTo(longest(a, b, 0, 0));
        }
    }

    private static int longest(long[] a, long[] b, int i, int j) {
        int[][] table = new int[a.length + 1][b.length + 1];
        for (int k = a.length - 1; k >= i; k--) {
            for (int l = b.length - 1; l >= j; l--) {
                table[k][l] =
                        a[k] == b[l]
                                ? table[k + 1][l + 1] + 1
                                : Math.max(table[k + 1][l], table[k][l + 1]);
            }
        }
        return table[i][j];
    }

    @Test
    void insertionsAreFoundWithoutABudgetIfElementsOccurOnce() {
        long[] a = new Random(1).longs(20_000).toArray();
        long[] b = new long[a.length + 2];
        System.arraycopy(a, 0, b, 1, 10_000);
        System.arraycopy(a, 10_000, b, 10_002, 10_000);
        int[] counterparts = Alignment.equal(a, b, steps(0));
        assertMatched(a, b, counterparts);
        assertThat(matches(counterparts)).isEqualTo(20_000);
    }

    @Test
    void costIsBoundedForSequencesOfFewDifferentElements() {
        long[] a = new Random(1).longs(100_000, 0, 2).toArray();
        long[] b = new Random(2).longs(100_000, 0, 2).toArray();
        int[] counterparts = Alignment.similar(a, b, steps(1 << 20), 8, (i, j) -> 1);
        assertThat(matches(counterparts)).isEqualTo(100_000);
    }

    @Test
    void elementsBetweenMatchesArePairedByTheirDistance() {
        long[] a = {1, 50, 2};
        long[] b = {1, 90, 51, 2};
        int[] counterparts =
                Alignment.similar(
                        a, b, steps(1000), 8, (i, j) -> Math.min(1, Math.abs(a[i] - b[j]) / 100.0));
        assertThat(counterparts).containsExactly(0, 2, 3);
    }

    @Test
    void incompatibleElementsAreNotPaired() {
        long[] a = {1, 50, 2};
        long[] b = {1, 51, 2};
        int[] counterparts =
                Alignment.similar(a, b, steps(1000), 8, (i, j) -> Alignment.INCOMPATIBLE);
        assertThat(counterparts).containsExactly(0, Alignment.NONE, 2);
    }
}
