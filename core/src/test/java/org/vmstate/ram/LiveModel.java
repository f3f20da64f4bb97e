// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Pipe;
import java.nio.channels.WritableByteChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.testing.WithoutSegments;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Memory that a guest changes while it is sent through pipes.
final class LiveModel {
    static final SectionIdentity RAM = new SectionIdentity("ram", 0, 4);
    static final long FOREVER = 100_000_000_000L;

    private LiveModel() {}

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

        static GuestMemory heap(Map<String, Long> lengths) {
            LinkedHashMap<String, MemorySegment> segments = new LinkedHashMap<>();
            lengths.forEach(
                    (name, length) ->
                            segments.put(name, MemorySegment.ofArray(new byte[length.intValue()])));
            return GuestMemory.of(segments);
        }
    }

    static Map<String, Long> lengths() {
        Map<String, Long> lengths = new LinkedHashMap<>();
        lengths.put("pc.ram", 6L << 20);
        lengths.put("pc.bios", 48L << 10);
        lengths.put("vga", 1L << 20);
        return lengths;
    }

    /// Fills every other page with random bytes, and some with zeros except for the last byte.
    static void fill(GuestMemory memory, Random random) throws IOException {
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
    static CompletableFuture<Void> guest(GuestMemory memory, AtomicBoolean stop) {
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
                LiveModel::startThread);
    }

    /// Loads bodies, each of which follows a byte that is not 0.
    static CompletableFuture<Void> loading(WireReader in, GuestMemoryLoader loader) {
        return CompletableFuture.runAsync(
                () -> {
                    try (in) {
                        while (in.u8() != 0) {
                            loader.load(in, RAM, StreamContext.EMPTY);
                        }
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                },
                LiveModel::startThread);
    }

    static void startThread(Runnable task) {
        Thread.ofPlatform().daemon().start(task);
    }

    static void same(GuestMemory loaded, GuestMemory saved) throws IOException {
        for (RamBlock block : saved.blocks()) {
            byte[] wanted = new byte[(int) block.length()];
            byte[] got = new byte[(int) block.length()];
            saved.read(block, 0, wanted, 0, wanted.length);
            loaded.read(block, 0, got, 0, got.length);
            assertThat(got).as(block.name()).isEqualTo(wanted);
        }
    }

    /// The two ends of a migration.
    ///
    /// @param saver configures the saver
    /// @param loader configures the loader
    record Ends(UnaryOperator<LiveMemorySaver> saver, UnaryOperator<GuestMemoryLoader> loader) {}

    /// Sends memory in several scans while it changes, and compares what arrives.
    static LiveMemorySaver.Counters migrate(Kind kind, int pageSize, Ends ends) throws Exception {
        GuestMemory memory = kind.memory(lengths());
        fill(memory, new Random(1));
        GuestMemory target = kind.memory(lengths());
        fill(target, new Random(2));
        Pipe pipe = Pipe.open();
        CompletableFuture<Void> destination =
                loading(
                        WireReader.of(pipe.source(), ReadLimits.DEFAULT),
                        ends.loader.apply(new GuestMemoryLoader(target, pageSize)));
        AtomicBoolean stop = new AtomicBoolean();
        CompletableFuture<Void> guest = guest(memory, stop);
        LiveMemorySaver.Counters counters;
        try (WritableByteChannel channel = pipe.sink()) {
            WireWriter out = WireWriter.to(channel);
            LiveMemorySaver saver = ends.saver.apply(new LiveMemorySaver(out, memory, pageSize));
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
            counters = saver.counters();
        }
        same(target, memory);
        return counters;
    }
}
