// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmstate.stream.StreamContext;
import org.vmstate.testing.GatheringSink;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

@Timeout(60)
class LiveMemorySaverTest {
    @ParameterizedTest
    @CsvSource({"NATIVE,4096", "NATIVE,1024", "NATIVE,16384", "HEAP,4096", "WITHOUT_SEGMENTS,4096"})
    void memoryThatChangesWhileItIsSentArrivesAsItWasWhenTheMachineStopped(
            LiveModel.Kind kind, int pageSize) throws Exception {
        LiveModel.migrate(
                kind,
                pageSize,
                new LiveModel.Ends(UnaryOperator.identity(), UnaryOperator.identity()));
    }

    @ParameterizedTest
    @CsvSource({
        "NATIVE,4096,67108864",
        "NATIVE,1024,4096",
        "NATIVE,16384,100000",
        "HEAP,4096,1048576",
        "WITHOUT_SEGMENTS,4096,300000"
    })
    void changesOfPagesArrive(LiveModel.Kind kind, int pageSize, long cache) throws Exception {
        LiveMemorySaver.Counters counters =
                LiveModel.migrate(
                        kind,
                        pageSize,
                        new LiveModel.Ends(saver -> saver.xbzrle(cache), UnaryOperator.identity()));
        assertThat(counters.pages()).isPositive();
    }

    @Test
    void changesAreSmallAndAPageWithTheSameContentIsNotSent() throws IOException {
        GuestMemory memory = LiveModel.Kind.NATIVE.memory(Map.of("ram", 1L << 20));
        RamBlock ram = memory.find("ram").orElseThrow();
        byte[] random = new byte[1 << 20];
        new Random(3).nextBytes(random);
        memory.write(ram, 0, random, 0, random.length);
        GatheringSink sink = new GatheringSink(Integer.MAX_VALUE);
        WireWriter out = WireWriter.to(sink);
        LiveMemorySaver saver = new LiveMemorySaver(out, memory, 4096).xbzrle(1 << 20);
        saver.start();
        long[] counts = new long[5];
        for (int scan = 0; scan < counts.length; scan++) {
            long before = out.position();
            assertThat(saver.iterate(Long.MAX_VALUE, System.nanoTime() + LiveModel.FOREVER))
                    .isTrue();
            counts[scan] = out.position() - before;
            if (scan < 2) {
                memory.write(ram, 8192 + 100, new byte[] {(byte) scan}, 0, 1);
            } else if (scan == 2) {
                memory.write(ram, 8192 + 100, new byte[] {1}, 0, 1); // the same
            } else {
                memory.zero(ram, 8192, 4096);
            }
            saver.sync();
        }
        assertThat(counts[1]).isEqualTo(8 + 4096 + 8); // not in the cache yet
        assertThat(counts[2]).isEqualTo(8 + 3 + 2 + 1 + 8);
        assertThat(counts[3]).isEqualTo(8);
        assertThat(counts[4]).isEqualTo(8 + 1 + 8);
        memory.write(ram, 8192 + 4000, new byte[] {7}, 0, 1);
        long before = out.position();
        saver.complete();
        assertThat(out.position() - before).isEqualTo(8 + 3 + 3 + 1 + 8); // relative to zeros
        assertThat(saver.counters().deltas()).isEqualTo(2);
        GuestMemory target = LiveModel.Kind.NATIVE.memory(Map.of("ram", 1L << 20));
        WireReader in = WireReader.of(sink.toByteArray());
        GuestMemoryLoader loader = new GuestMemoryLoader(target, 4096);
        while (!in.atEnd()) {
            loader.load(in, LiveModel.RAM, StreamContext.EMPTY);
        }
        LiveModel.same(target, memory);
    }

    private static LiveMemorySaver started(WireWriter out, GuestMemory memory) throws IOException {
        LiveMemorySaver saver = new LiveMemorySaver(out, memory, 4096);
        saver.start();
        return saver;
    }

    @Test
    void onlyPagesThatWereWrittenToAreSentAgain() throws IOException {
        GuestMemory memory = LiveModel.Kind.NATIVE.memory(LiveModel.lengths());
        LiveModel.fill(memory, new Random(1));
        WireWriter out = WireWriter.to(new GatheringSink(Integer.MAX_VALUE));
        LiveMemorySaver saver = started(out, memory);
        assertThat(saver.pendingBytes()).isEqualTo((7L << 20) + (48 << 10));
        assertThat(saver.iterate(Long.MAX_VALUE, System.nanoTime() + LiveModel.FOREVER)).isTrue();
        assertThat(saver.pendingBytes()).isZero();
        RamBlock ram = memory.find("pc.ram").orElseThrow();
        memory.write(ram, 4095, new byte[] {1, 2}, 0, 2);
        memory.zero(memory.find("vga").orElseThrow(), 8192, 4096);
        saver.sync();
        assertThat(saver.pendingBytes()).isEqualTo(3 * 4096);
        LiveMemorySaver.Counters before = saver.counters();
        saver.complete();
        assertThat(saver.counters())
                .isEqualTo(
                        new LiveMemorySaver.Counters(
                                before.pages() + 2,
                                before.zeroPages() + 1,
                                0,
                                before.bytes() + 8 + 7 + 4096 + 8 + 4096 + 8 + 4 + 1 + 8,
                                before.syncs() + 1));
    }

    @Test
    void memoryWithoutMarksIsSentWhenTheMachineIsStopped() throws IOException {
        GuestMemory memory = GuestMemory.allocate(Arena.ofAuto(), LiveModel.lengths());
        LiveModel.fill(memory, new Random(1));
        GatheringSink sink = new GatheringSink(Integer.MAX_VALUE);
        LiveMemorySaver saver = started(WireWriter.to(sink), memory);
        assertThat(saver.live()).isFalse();
        int before = sink.toByteArray().length;
        assertThat(saver.iterate(Long.MAX_VALUE, System.nanoTime() + LiveModel.FOREVER)).isFalse();
        assertThat(sink.toByteArray()).hasSize(before + 8);
        assertThat(saver.pendingBytes()).isEqualTo((7L << 20) + (48 << 10));
        saver.complete();
        assertThat(saver.pendingBytes()).isZero();
        GuestMemory target = GuestMemory.allocate(Arena.ofAuto(), LiveModel.lengths());
        WireReader in = WireReader.of(sink.toByteArray());
        GuestMemoryLoader loader = new GuestMemoryLoader(target, 4096);
        while (!in.atEnd()) {
            loader.load(in, LiveModel.RAM, StreamContext.EMPTY);
        }
        LiveModel.same(target, memory);
    }

    @ParameterizedTest
    @EnumSource(LiveModel.Kind.class)
    void bodyEndsAtItsLimitOfBytes(LiveModel.Kind kind) throws IOException {
        GuestMemory memory = kind.memory(LiveModel.lengths());
        for (RamBlock block : memory.blocks()) {
            byte[] bytes = new byte[(int) block.length()];
            new Random(3).nextBytes(bytes);
            memory.write(block, 0, bytes, 0, bytes.length);
        }
        GatheringSink sink = new GatheringSink(Integer.MAX_VALUE);
        LiveMemorySaver saver = started(WireWriter.to(sink), memory);
        int before = sink.toByteArray().length;
        assertThat(saver.iterate(1_000_000, System.nanoTime() + LiveModel.FOREVER)).isFalse();
        assertThat(sink.toByteArray().length - before).isBetween(1_000_000, 1_005_000);
        assertThat(saver.iterate(1_000_000, System.nanoTime() - 1)).isFalse();
        assertThat(sink.toByteArray().length - before).isBetween(1_000_000, 1_300_000);
    }

    @Test
    void bytesAreTheSameWhateverTheChannelTakesAtOnce() throws IOException {
        GuestMemory memory = LiveModel.Kind.NATIVE.memory(LiveModel.lengths());
        LiveModel.fill(memory, new Random(1));
        byte[] wanted = null;
        for (int step : new int[] {Integer.MAX_VALUE, 5000, 1 << 16, 7}) {
            GatheringSink sink = new GatheringSink(step);
            LiveMemorySaver saver = started(WireWriter.to(sink), memory);
            saver.complete();
            if (wanted == null) {
                wanted = sink.toByteArray();
                WireWriter copying = WireWriter.toMemory();
                started(copying, memory).complete();
                assertThat(copying.toByteArray()).isEqualTo(wanted);
            }
            assertThat(sink.toByteArray()).isEqualTo(wanted);
        }
    }

    @Test
    void pagesOfNativeMemoryAreGathered() throws IOException {
        GuestMemory memory = GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", 4L << 20));
        MemorySegment segment = memory.segment("ram");
        for (long at = 0; at < segment.byteSize(); at += 4096) {
            segment.set(ValueLayout.JAVA_BYTE, at, (byte) 1);
        }
        GatheringSink sink = new GatheringSink(Integer.MAX_VALUE);
        LiveMemorySaver saver = started(WireWriter.to(sink), memory);
        saver.complete();
        assertThat(sink.writes()).isEqualTo(1 + 4 + 1);
    }
}
