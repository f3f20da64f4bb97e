// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class PageCensusTest {
    private static final int PAGE = 4096;

    @TempDir Path folder;

    /// Visiting each of these pages would take minutes.
    @Test
    @Timeout(60)
    void pagesThatNobodyWroteAreCountedWithoutBeingLookedAt() throws Exception {
        RamBlock block = new RamBlock("large", 1L << 43);
        byte[] page = new byte[PAGE];
        page[7] = 1;
        try (RamImage image = RamImage.temporary(folder)) {
            image.declare(List.of(block));
            image.write(block, 5 * PAGE, page, 0, PAGE);
            image.write(block, 9 * PAGE, page, 0, PAGE);
            image.write(block, (1L << 40) + PAGE, new byte[PAGE], 0, PAGE);

            assertThat(new PageCensus(image, PAGE).count(folder))
                    .containsExactly(new PageCensus.Count(block, 1L << 31, (1L << 31) - 2, 1, 1));
        }
    }

    @Test
    void pagesThatDidNotComeAreNotCounted() throws Exception {
        RamBlock block = new RamBlock("b", 3L << 20);
        byte[] page = new byte[PAGE];
        page[7] = 1;
        try (RamImage image = RamImage.temporary(folder)) {
            image.declare(List.of(block), PAGE);
            image.write(block, 2 * PAGE, page, 0, PAGE);
            image.zero(block, 3 * PAGE, PAGE);
            image.zero(block, (2L << 20) - PAGE, 2 * PAGE);
            image.write(block, (3L << 20) - PAGE, page, 0, PAGE);

            assertThat(new PageCensus(image, PAGE).count(folder))
                    .containsExactly(new PageCensus.Count(block, 5, 3, 1, 1));
        }
    }
}
