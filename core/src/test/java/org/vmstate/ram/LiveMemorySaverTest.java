// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.Pipe;
import java.nio.channels.WritableByteChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.testing.GatheringSink;
import org.vmstate.testing.WithoutSegments;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

@Timeout(60)
class LiveMemorySaverTest {
    private static final SectionIdentity RAM = new SectionIdentity("ram", 0, 4);
    private static final long FOREVER = 100_000_000_000L;

    /// Where the pages are.
    enum Kind {
        NATIVE,
        HEAP,
        WITHOUT_SEGMENTS;

        GuestMemory memory(Map<String, Long> lengths) {
            GuestMemory plain =
                    switch (this) {
                        case NATIVE -> GuestMemory.allocate(Arena.ofAuto(), lengths);
                        case HEAP -> heap(lengths);
                        case WITHOUT_SEGMENTS -> new WithoutSegments(heap(lengths));
                    };
            return plain.withDirtyPages();
        }

        private static GuestMemory heap(Map<String, Long> lengths) {
            LinkedHashMap<String, MemorySegment> segments = new LinkedHashMap<>();
            lengths.forEach(
                    (name, length) ->
                            segments.put(name, MemorySegment.ofArray(new byte[length.intValue()])));
            return GuestMemory.of(segments);
        }
    }

    private static Map<String, Long> lengths() {
        Map<String, Long> lengths = new LinkedHashMap<>();
        lengths.put("pc.ram", 6L << 20);
        lengths.put("pc.bios", 48L << 10);
        lengths.put("vga", 1L << 20);
        return lengths;
    }

    /// Fills every other page with random bytes, and some with zeros except for the last byte.
    private static void fill(GuestMemory memory, Random random) throws IOException {
        for (RamBlock block : memory.blocks()) {
            byte[] page = new byte[1024];
            for (long at = 0; at < block.length(); at += page.length) {
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> {
                        random.nextBytes(page);
                        memory.write(block, at, page, 0, page.length);
                    }
                    case 3 -> memory.write(block, at + 1023, new byte[] {1}, 0, 1);
                    default -> {}
                }
            }
        }
    }

    /// Writes random bytes, and zeros, at random places until it is told to stop.
    private static CompletableFuture<Void> guest(GuestMemory memory, AtomicBoolean stop) {
        return CompletableFuture.runAsync(
                () -> {
                    Random random = new Random(7);
                    RamBlock[] blocks = memory.blocks().toArray(RamBlock[]::new);
                    byte[] bytes = new byte[5000];
                    try {
                        while (!stop.get()) {
                            RamBlock block = blocks[random.nextInt(blocks.length)];
                            int count = 1 + random.nextInt(bytes.length);
                            long at = random.nextLong(block.length() - count);
                            if (random.nextInt(4) == 0) {
                                memory.zero(block, at, count);
                            } else {
                                random.nextBytes(bytes);
                                memory.write(block, at, bytes, 0, count);
                            }
                        }
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                LiveMemorySaverTest::startThread);
    }

    /// Loads bodies, each of which follows a byte that is not 0.
    private static CompletableFuture<Void> loading(
            WireReader in, GuestMemory memory, int pageSize) {
        return CompletableFuture.runAsync(
                () -> {
                    try (in) {
                        GuestMemoryLoader loader = new GuestMemoryLoader(memory, pageSize);
                        while (in.u8() != 0) {
                            loader.load(in, RAM, StreamContext.EMPTY);
                        }
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                LiveMemorySaverTest::startThread);
    }

    private static void startThread(Runnable task) {
        Thread.ofPlatform().daemon().start(task);
    }

    private static void same(GuestMemory loaded, GuestMemory saved) throws IOException {
        for (RamBlock block : saved.blocks()) {
            byte[] wanted = new byte[(int) block.length()];
            byte[] got = new byte[(int) block.length()];
            saved.read(block, 0, wanted, 0, wanted.length);
            loaded.read(block, 0, got, 0, got.length);
            assertThat(got).as(block.name()).isEqualTo(wanted);
        }
    }

    @ParameterizedTest
    @CsvSource({"NATIVE,4096", "NATIVE,1024", "NATIVE,16384", "HEAP,4096", "WITHOUT_SEGMENTS,4096"})
    void memoryThatChangesWhileItIsSentArrivesAsItWasWhenTheMachineStopped(Kind kind, int pageSize)
            throws Exception {
        GuestMemory memory = kind.memory(lengths());
        fill(memory, new Random(1));
        GuestMemory target = kind.memory(lengths());
        fill(target, new Random(2));
        Pipe pipe = Pipe.open();
        CompletableFuture<Void> destination =
                loading(WireReader.of(pipe.source(), ReadLimits.DEFAULT), target, pageSize);
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Void> guest = guest(memory, stop);
        try (WritableByteChannel channel = pipe.sink()) {
            WireWriter out = WireWriter.to(channel);
            LiveMemorySaver saver = new LiveMemorySaver(out, memory, pageSize);
            out.u8(1);
            saver.start();
            int rounds = 0;
            while (rounds < 4) {
                out.u8(1);
                if (saver.iterate(300_000, System.nanoTime() + FOREVER)) {
                    rounds++;
                    saver.sync();
                } else if (rounds == 2) {
                    saver.sync(); // within a scan
                }
            }
            out.u8(1);
            saver.iterate(100_000, System.nanoTime() + FOREVER);
            stop.set(true);
            guest.join();
            out.u8(1);
            saver.complete();
            out.u8(0);
            out.flush();
            destination.join();
            assertThat(saver.pendingBytes()).isZero();
        }
        same(target, memory);
    }

    private static LiveMemorySaver started(WireWriter out, GuestMemory memory) throws IOException {
        LiveMemorySaver saver = new LiveMemorySaver(out, memory, 4096);
        saver.start();
        return saver;
    }

    @Test
    void onlyPagesThatWereWrittenToAreSentAgain() throws IOException {
        GuestMemory memory = Kind.NATIVE.memory(lengths());
        fill(memory, new Random(1));
        WireWriter out = WireWriter.to(new GatheringSink(Integer.MAX_VALUE));
        LiveMemorySaver saver = started(out, memory);
        assertThat(saver.pendingBytes()).isEqualTo((7L << 20) + (48 << 10));
        assertThat(saver.iterate(Long.MAX_VALUE, System.nanoTime() + FOREVER)).isTrue();
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
                                before.bytes() + 8 + 7 + 4096 + 8 + 4096 + 8 + 4 + 1 + 8,
                                before.syncs() + 1));
    }

    @Test
    void memoryWithoutMarksIsSentWhenTheMachineIsStopped() throws IOException {
        GuestMemory memory = GuestMemory.allocate(Arena.ofAuto(), lengths());
        fill(memory, new Random(1));
        GatheringSink sink = new GatheringSink(Integer.MAX_VALUE);
        LiveMemorySaver saver = started(WireWriter.to(sink), memory);
        assertThat(saver.live()).isFalse();
        int before = sink.toByteArray().length;
        assertThat(saver.iterate(Long.MAX_VALUE, System.nanoTime() + FOREVER)).isFalse();
        assertThat(sink.toByteArray()).hasSize(before + 8);
        assertThat(saver.pendingBytes()).isEqualTo((7L << 20) + (48 << 10));
        saver.complete();
        assertThat(saver.pendingBytes()).isZero();
        GuestMemory target = GuestMemory.allocate(Arena.ofAuto(), lengths());
        WireReader in = WireReader.of(sink.toByteArray());
        GuestMemoryLoader loader = new GuestMemoryLoader(target, 4096);
        while (!in.atEnd()) {
            loader.load(in, RAM, StreamContext.EMPTY);
        }
        same(target, memory);
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void bodyEndsAtItsLimitOfBytes(Kind kind) throws IOException {
        GuestMemory memory = kind.memory(lengths());
        for (RamBlock block : memory.blocks()) {
            byte[] bytes = new byte[(int) block.length()];
            new Random(3).nextBytes(bytes);
            memory.write(block, 0, bytes, 0, bytes.length);
        }
        GatheringSink sink = new GatheringSink(Integer.MAX_VALUE);
        LiveMemorySaver saver = started(WireWriter.to(sink), memory);
        int before = sink.toByteArray().length;
        assertThat(saver.iterate(1_000_000, System.nanoTime() + FOREVER)).isFalse();
        assertThat(sink.toByteArray().length - before).isBetween(1_000_000, 1_005_000);
        assertThat(saver.iterate(1_000_000, System.nanoTime() - 1)).isFalse();
        assertThat(sink.toByteArray().length - before).isBetween(1_000_000, 1_300_000);
    }

    @Test
    void bytesAreTheSameWhateverTheChannelTakesAtOnce() throws IOException {
        GuestMemory memory = Kind.NATIVE.memory(lengths());
        fill(memory, new Random(1));
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
