// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class PageMapTest {
    private static final int GRANULES = 300_000;

    @Test
    void answersAreThoseOfASetOfBits() {
        PageMap map = new PageMap(GRANULES * 4096L, 4096);
        BitSet expected = new BitSet(GRANULES);
        Random random = new Random(1);
        for (int i = 0; i < 3000; i++) {
            int from = random.nextInt(GRANULES);
            int to = Math.min(GRANULES, from + random.nextInt(1 << random.nextInt(1, 15)));
            switch (random.nextInt(4)) {
                case 0 -> {
                    map.set(from);
                    expected.set(from);
                }
                case 1 -> {
                    map.set(from, to);
                    expected.set(from, to);
                }
                case 2 -> {
                    map.clear(from, to);
                    expected.clear(from, to);
                }
                default -> {
                    map.clear(from);
                    expected.clear(from);
                }
            }
            int at = random.nextInt(GRANULES);
            assertThat(map.get(at)).isEqualTo(expected.get(at));
            assertThat(map.nextSet(at)).isEqualTo(expected.nextSetBit(at));
            assertThat(map.nextClear(at)).isEqualTo(Math.min(GRANULES, expected.nextClearBit(at)));
            long bounded = expected.nextSetBit(from);
            assertThat(map.nextSet(from, to)).isEqualTo(bounded < to ? bounded : -1);
        }
    }

    @Test
    void arrivalsKeepTheirPagesWhenTheSizeBecomesKnown() {
        for (int step = 1; step <= 64; step *= 4) {
            ArrivalMap map = new ArrivalMap(GRANULES * 256L, 256);
            BitSet expected = new BitSet();
            Random random = new Random(step);
            for (int i = 0; i < 2000; i++) {
                int page = random.nextInt(GRANULES / step);
                map.page((long) page * step * 256);
                expected.set(page);
            }

            map.pageSize(256 * step);

            for (int page = 0; page < GRANULES / step; page++) {
                assertThat(map.begins((long) page * step * 256)).isEqualTo(expected.get(page));
            }
        }
    }

    @Test
    void memoryIsTakenByThePagesThatComeNotByTheLength() {
        long length = 1L << 45;
        long before = allocated();
        PageMap map = new PageMap(length, 4096);
        map.set(5);
        map.set(length / 4096 - 1);
        long set = map.nextSet(6);
        long clear = map.nextClear(5);
        map.clear(6, length / 4096);
        long none = map.nextSet(6);
        long taken = allocated() - before;

        assertThat(set).isEqualTo(length / 4096 - 1);
        assertThat(clear).isEqualTo(6);
        assertThat(none).isEqualTo(-1);
        assertThat(taken).isLessThan(1 << 20);
    }

    private static long allocated() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean())
                .getCurrentThreadAllocatedBytes();
    }
}
