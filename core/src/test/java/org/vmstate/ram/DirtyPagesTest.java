// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DirtyPagesTest {
    private static final RamBlock RAM = new RamBlock("ram", 20 * 4096 + 100);
    private static final RamBlock ROM = new RamBlock("rom", 4096);

    private final DirtyPages dirty = new DirtyPages(List.of(RAM, ROM));
    private final DirtyPages.Marks marks = dirty.marks(RAM);

    private List<Long> since(long period) {
        List<Long> offsets = new ArrayList<>();
        for (long at = dirty.nextDirty(RAM, 0, period);
                at >= 0;
                at = dirty.nextDirty(RAM, at + 1, period)) {
            offsets.add(at);
        }
        return offsets;
    }

    @Test
    void nothingIsDirtyBeforeTheFirstWrite() {
        long period = dirty.sync();

        assertThat(since(period)).isEmpty();
        assertThat(since(1)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, 0",
        "4095, 1, 0",
        "4096, 4096, 4096",
        "4095, 2, '0,4096'",
        "8000, 9000, '4096,8192,12288,16384'",
        "81920, 100, 81920",
        "82019, 1, 81920",
        "32768, 4, 32768",
        "36864, 4, 36864"
    })
    void eachPageOfAWriteIsDirty(long offset, int count, String expected) {
        long period = dirty.sync();
        marks.mark(offset, count);
        dirty.sync();

        assertThat(since(period))
                .containsExactly(
                        List.of(expected.split(",")).stream()
                                .map(Long::valueOf)
                                .toArray(Long[]::new));
        assertThat(dirty.nextDirty(ROM, 0, 1)).isEqualTo(-1);
    }

    @Test
    void eachReaderFindsWhatWasWrittenSinceItsOwnPeriod() {
        long first = dirty.sync();
        marks.mark(0, 1);
        long second = dirty.sync();
        marks.mark(4096, 1);
        long third = dirty.sync();
        marks.mark(0, 1);
        dirty.sync();

        assertThat(since(first)).containsExactly(0L, 4096L);
        assertThat(since(second)).containsExactly(0L, 4096L);
        assertThat(since(third)).containsExactly(0L);
    }

    @Test
    void aMarkBelongsToThePeriodThatTheNextSyncEnds() {
        long period = dirty.sync();
        marks.mark(0, 1);

        assertThat(since(period)).isEmpty();

        dirty.sync();
        assertThat(since(period)).containsExactly(0L);
    }

    @Test
    void rangesOutsideOfTheBlockAreRefused() {
        assertThatThrownBy(() -> marks.mark(21 * 4096, 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> marks.mark(-1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> dirty.marks(new RamBlock("vga", 4096)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no block vga");
    }

    @Test
    void writesAndZeroingMarkPagesAndReadsDoNot() throws Exception {
        GuestMemory memory =
                GuestMemory.allocate(
                                Arena.ofAuto(), new LinkedHashMap<>(Map.of("ram", RAM.length())))
                        .withDirtyPages();
        DirtyPages pages = memory.dirtyPages().orElseThrow();
        long period = pages.sync();
        memory.write(RAM, 5000, new byte[10], 0, 10);
        memory.zero(RAM, 16384, 4096);
        memory.read(RAM, 40960, new byte[1], 0, 1);
        pages.sync();

        assertThat(pages.nextDirty(RAM, 0, period)).isEqualTo(4096);
        assertThat(pages.nextDirty(RAM, 4097, period)).isEqualTo(16384);
        assertThat(pages.nextDirty(RAM, 16385, period)).isEqualTo(-1);
    }

    @Test
    void memoryWithARecordIsNotGivenAnother() {
        GuestMemory memory =
                GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", 4096L)).withDirtyPages();

        assertThat(memory.withDirtyPages()).isSameAs(memory);
    }

    /// A reader that copies the pages that were marked, while another thread writes, has the
    /// memory's contents when the writer has stopped.
    @Test
    void noWriteIsLostBetweenAWriterAndAReader() throws Exception {
        MemorySegment memory = Arena.ofAuto().allocate(RAM.length());
        MemorySegment copy = Arena.ofAuto().allocate(RAM.length());
        AtomicBoolean stop = new AtomicBoolean();
        long period = dirty.sync();
        CompletableFuture<Void> writer =
                CompletableFuture.runAsync(
                        () -> {
                            int number = 1;
                            while (!stop.get()) {
                                long offset = number * 40503L % (RAM.length() / 4) * 4;
                                memory.set(ValueLayout.JAVA_INT, offset, number++);
                                marks.mark(offset, Integer.BYTES);
                            }
                        });
        for (int round = 0; round < 2_000; round++) {
            period = copy(memory, copy, period);
        }
        stop.set(true);
        writer.join();
        copy(memory, copy, period);

        assertThat(memory.mismatch(copy)).isEqualTo(-1);
    }

    private long copy(MemorySegment from, MemorySegment to, long period) {
        long next = dirty.sync();
        for (long at = dirty.nextDirty(RAM, 0, period);
                at >= 0;
                at = dirty.nextDirty(RAM, at + 4096, period)) {
            MemorySegment.copy(from, at, to, at, Math.min(4096, RAM.length() - at));
        }
        return next;
    }
}
