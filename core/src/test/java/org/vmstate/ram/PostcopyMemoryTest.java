// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.Pipe;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmstate.stream.Command;
import org.vmstate.stream.StreamContext;
import org.vmstate.testing.GatheringSink;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

@Timeout(60)
class PostcopyMemoryTest {
    private static final long NOW = System.nanoTime() - 1;

    /// A request of a destination.
    private record Asked(RamBlock block, long offset, int length) {}

    private final LinkedBlockingQueue<Asked> asked = new LinkedBlockingQueue<>();

    private final GuestMemory source = LiveModel.Kind.NATIVE.memory(LiveModel.lengths());
    private final GuestMemory target = LiveModel.Kind.NATIVE.memory(LiveModel.lengths());
    private final GatheringSink sink = new GatheringSink(Integer.MAX_VALUE);
    private final WireWriter out = WireWriter.to(sink);
    private int loaded;

    private PresentPages present(int pageSize) {
        return new PresentPages(
                target,
                pageSize,
                (block, offset, length) -> asked.add(new Asked(block, offset, length)));
    }

    private RamBlock ram() {
        return source.find("pc.ram").orElseThrow();
    }

    private void fill() throws IOException {
        LiveModel.fill(source, new Random(1));
        LiveModel.fill(target, new Random(2));
    }

    /// Loads what was written since the last call.
    private void load(GuestMemoryLoader loader) throws IOException {
        out.flush();
        byte[] all = sink.toByteArray();
        byte[] bytes = Arrays.copyOfRange(all, loaded, all.length);
        loaded = all.length;
        WireReader in = WireReader.of(bytes);
        while (!in.atEnd()) {
            loader.load(in, LiveModel.RAM, StreamContext.EMPTY);
        }
    }

    private static void iterate(LiveMemorySaver saver, long bytes) throws IOException {
        saver.iterate(bytes, System.nanoTime() + LiveModel.FOREVER);
    }

    @ParameterizedTest
    @CsvSource({"4096", "1024", "16384"})
    void pagesThatTheDestinationLacksOrHasOldAreDiscardedAndArriveOnce(int pageSize)
            throws IOException {
        fill();
        PresentPages present = present(pageSize);
        LiveMemorySaver saver = new LiveMemorySaver(out, source, pageSize);
        GuestMemoryLoader loader = new GuestMemoryLoader(target, pageSize).present(present);
        saver.start();
        iterate(saver, 1_000_000);
        byte[] changed = new byte[100_000];
        new Random(3).nextBytes(changed);
        source.write(ram(), 5000, changed, 0, changed.length);
        long left = saver.pendingBytes();
        for (Command.RamDiscard discard : saver.beginPostcopy()) {
            load(loader);
            assertThat(discard.ranges().size()).isLessThanOrEqualTo(12);
            present.discard(discard, 0);
        }
        loader.beginPostcopy();
        assertThat(saver.pendingBytes()).isBetween(left + 100_000, left + 150_000);
        assertThat(present.missingBytes()).isEqualTo(saver.pendingBytes());
        iterate(saver, 500_000);
        saver.complete();
        load(loader);
        assertThat(present.missingBytes()).isZero();
        LiveModel.same(target, source);
        assertThat(asked).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(MultifdForm.class)
    void channelsEndBeforePostcopy(MultifdForm form) throws Exception {
        fill();
        PresentPages present = present(4096);
        Pipe main = Pipe.open();
        Pipe channel = Pipe.open();
        try (MultifdSender sender =
                        MultifdSender.of(
                                List.of(channel.sink()), RamFormat.MULTIFD, form, new UUID(0, 0));
                MultifdReceiver receiver =
                        MultifdReceiver.of(List.of(channel.source()), main.source())) {
            LiveMemorySaver saver =
                    new LiveMemorySaver(WireWriter.to(main.sink()), source, 4096).multifd(sender);
            GuestMemoryLoader loader =
                    new GuestMemoryLoader(target, 4096).present(present).multifd(receiver);
            WireReader in = WireReader.of(main.source(), ReadLimits.DEFAULT);
            CompletableFuture<Void> loading =
                    CompletableFuture.runAsync(
                            () -> {
                                try {
                                    for (int body = 0; body < 3; body++) {
                                        loader.load(in, LiveModel.RAM, StreamContext.EMPTY);
                                    }
                                } catch (IOException e) {
                                    throw new CompletionException(e);
                                }
                            },
                            LiveModel::startThread);
            saver.start();
            iterate(saver, 700_000);
            assertThatThrownBy(saver::beginPostcopy).isInstanceOf(IllegalStateException.class);
            saver.endChannels();
            loading.get();
            for (Command.RamDiscard discard : saver.beginPostcopy()) {
                present.discard(discard, 0);
            }
            assertThat(present.missingBytes()).isEqualTo(saver.pendingBytes()).isPositive();
            loader.beginPostcopy();
            while (saver.pendingBytes() > 0) {
                iterate(saver, 20_000);
                loader.load(in, LiveModel.RAM, StreamContext.EMPTY);
            }
            assertThat(present.missingBytes()).isZero();
            LiveModel.same(target, source);
        }
    }

    @Test
    void manySeparatePagesAreDiscardedInSeveralCommands() throws IOException {
        fill();
        LiveMemorySaver saver = new LiveMemorySaver(out, source, 4096);
        saver.start();
        iterate(saver, Long.MAX_VALUE);
        for (int page = 0; page < 60; page += 2) {
            source.zero(ram(), page * 4096L, 4096);
        }
        List<Command.RamDiscard> discards = saver.beginPostcopy();
        assertThat(discards)
                .extracting(discard -> discard.ranges().size())
                .containsExactly(12, 12, 6);
        assertThat(discards.getFirst().ranges().get(1))
                .isEqualTo(new Command.RamDiscard.Range(8192, 4096));
    }

    @Test
    void accessToAMissingPageAsksOnceAndWaitsForIt() throws Exception {
        fill();
        PresentPages present = present(4096);
        GuestMemory machine = present.memory();
        LiveMemorySaver saver = new LiveMemorySaver(out, source, 4096);
        GuestMemoryLoader loader = new GuestMemoryLoader(target, 4096).present(present);
        saver.start();
        saver.beginPostcopy();
        load(loader);
        loader.beginPostcopy();
        List<CompletableFuture<byte[]>> reads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            CompletableFuture<byte[]> read = new CompletableFuture<>();
            reads.add(read);
            LiveModel.startThread(
                    () -> {
                        byte[] bytes = new byte[5000];
                        try {
                            machine.read(ram(), (1 << 20) + 4000, bytes, 0, bytes.length);
                            read.complete(bytes);
                        } catch (IOException e) {
                            read.completeExceptionally(e);
                        }
                    });
        }
        byte[] wanted = new byte[5000];
        source.read(ram(), (1 << 20) + 4000, wanted, 0, wanted.length);
        for (int page = 0; page < 3; page++) {
            Asked request = asked.take();
            assertThat(request).isEqualTo(new Asked(ram(), (1 << 20) + page * 4096L, 4096));
            saver.request(request.block().name(), request.offset(), request.length());
            iterate(saver, 1);
            load(loader);
        }
        for (CompletableFuture<byte[]> read : reads) {
            assertThat(read.get()).isEqualTo(wanted);
        }
        assertThat(asked).isEmpty();
        saver.request("pc.ram", 1 << 20, 4096); // it was sent: nothing more
        saver.complete();
        load(loader);
        LiveModel.same(target, source);
    }

    @Test
    void requestedPagesComeFirst() throws IOException {
        fill();
        PresentPages present = present(4096);
        LiveMemorySaver saver = new LiveMemorySaver(out, source, 4096);
        GuestMemoryLoader loader = new GuestMemoryLoader(target, 4096).present(present);
        saver.start();
        saver.beginPostcopy();
        load(loader);
        loader.beginPostcopy();
        saver.request("vga", 8192, 4096);
        iterate(saver, 1);
        load(loader);
        RamBlock vga = target.find("vga").orElseThrow();
        assertThat(present.pages(vga).isPresent(8192)).isTrue();
        assertThat(present.pages(vga).isPresent(0)).isFalse();
    }

    @Test
    void requestsOutsideOfTheBlocksAreRefused() throws IOException {
        LiveMemorySaver saver = new LiveMemorySaver(out, source, 4096);
        assertThatThrownBy(() -> saver.request("rom", 0, 4096)).hasMessageContaining("\"rom\"");
        assertThatThrownBy(() -> saver.request("vga", 256, 4096))
                .hasMessageContaining("Misaligned page request, start: 100 len: 4096");
        for (long[] range : new long[][] {{1 << 20, 4096}, {-4096, 4096}, {0, 0}, {0, 2 << 20}}) {
            assertThatThrownBy(() -> saver.request("vga", range[0], range[1]))
                    .hasMessageContaining("of block \"vga\"");
        }
    }

    @Test
    void discardsOutsideOfTheBlocksAreRefused() {
        PresentPages present = present(4096);
        assertThatThrownBy(() -> present.discard(new Command.RamDiscard("rom", List.of()), 7))
                .hasMessageContaining("ram_discard_range: Failed to find block \"rom\"")
                .hasMessageContaining("0x7");
        for (long[] range : new long[][] {{1 << 20, 4096}, {-4096, 4096}, {0, -1}, {0, 2 << 20}}) {
            assertThatThrownBy(
                            () ->
                                    present.discard(
                                            new Command.RamDiscard(
                                                    "vga",
                                                    List.of(
                                                            new Command.RamDiscard.Range(
                                                                    range[0], range[1]))),
                                            7))
                    .hasMessageContaining("of block \"vga\"");
        }
    }

    private void refused(String message, int pageSize, Object... records) throws IOException {
        PresentPages present = present(pageSize);
        GuestMemoryLoader loader = new GuestMemoryLoader(target, pageSize).present(present);
        new LiveMemorySaver(out, source, pageSize).start();
        load(loader);
        loader.beginPostcopy();
        WireWriter body = WireWriter.toMemory();
        boolean named = false;
        for (Object record : records) {
            if (record instanceof Integer page) {
                body.u64(page | RamFlags.ZERO | (named ? RamFlags.CONTINUE : 0));
                if (!named) {
                    body.str8("pc.ram");
                }
                named = true;
                body.u8(0);
            } else {
                body.bytes((byte[]) record);
            }
        }
        body.u64(RamFlags.EOS);
        assertThatThrownBy(
                        () ->
                                loader.load(
                                        WireReader.of(body.toByteArray()),
                                        LiveModel.RAM,
                                        StreamContext.EMPTY))
                .hasMessageContaining(message);
    }

    @Test
    void damagedPostcopyIsRefusedBeforeAPageIsReplaced() throws IOException {
        refused("a second time a page of block \"pc.ram\": 0x1000", 4096, 4096, 4096);
        refused("not in order: 0x400", 1024, 1024);
        refused("not in order: 0x800", 1024, 0, 2048);
        refused("only a part was sent", 1024, 0, 1024, 2048);
        refused("not in order: 0x0", 1024, 0, 1024, 0);
        byte[] flush = {0, 0, 0, 0, 0, 0, 2, 0};
        refused("a record that is not possible in postcopy: MULTIFD_FLUSH", 4096, (Object) flush);
    }

    @Test
    void afterALostConnectionWhatTheDestinationLacksIsSentAgain() throws Exception {
        fill();
        PresentPages present = present(1024);
        LiveMemorySaver saver = new LiveMemorySaver(out, source, 1024);
        GuestMemoryLoader loader = new GuestMemoryLoader(target, 1024).present(present);
        saver.start();
        saver.beginPostcopy();
        load(loader);
        loader.beginPostcopy();
        int before = loaded;
        iterate(saver, 2_000_000);
        out.flush();
        byte[] all = sink.toByteArray();
        // The connection breaks within a page, of which some target pages have arrived.
        byte[] cut = Arrays.copyOfRange(all, before, before + 1_000_000);
        WireReader in = WireReader.of(cut);
        assertThatThrownBy(() -> loader.load(in, LiveModel.RAM, StreamContext.EMPTY))
                .isInstanceOf(TruncatedException.class);
        CompletableFuture<Void> access =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                present.pages(ram()).require(ram().length() - 1, 1);
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        },
                        LiveModel::startThread);
        Asked lost = asked.take();
        GatheringSink next = new GatheringSink(Integer.MAX_VALUE);
        WireWriter newOut = WireWriter.to(next);
        saver.reconnect(newOut);
        for (RamBlock block : target.blocks()) {
            saver.received(block.name(), present.receivedBitmap(block));
        }
        assertThat(saver.pendingBytes()).isEqualTo(present.missingBytes());
        loader.reconnect();
        present.repeatRequests();
        assertThat(asked.take()).isEqualTo(lost);
        saver.complete();
        WireReader rest = WireReader.of(next.toByteArray());
        while (!rest.atEnd()) {
            loader.load(rest, LiveModel.RAM, StreamContext.EMPTY);
        }
        access.get();
        assertThat(present.missingBytes()).isZero();
        LiveModel.same(target, source);
    }

    @Test
    void bitmapsOfAnotherSizeAreRefused() throws IOException {
        LiveMemorySaver saver = new LiveMemorySaver(out, source, 4096);
        assertThatThrownBy(() -> saver.received("vga", new byte[8]))
                .hasMessageContaining("ramblock 'vga' bitmap size mismatch (0x8 != 0x20)");
        assertThatThrownBy(() -> saver.received("rom", new byte[8]))
                .hasMessageContaining("\"rom\"");
    }

    @Test
    void waitEndsWhenPagesCannotArriveAnyMore() throws Exception {
        PresentPages present = present(4096);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        LiveModel.startThread(
                () -> {
                    try {
                        present.pages(ram()).require(0, 1);
                    } catch (IOException e) {
                        thrown.complete(e);
                    }
                });
        asked.take();
        present.close(new IOException("the source is gone"));
        assertThat(thrown.get()).hasMessage("the source is gone");
        assertThatThrownBy(() -> present.pages(ram()).require(4096, 1))
                .hasMessage("the source is gone");
    }

    @Test
    void machineThatWritesWhilePagesArriveKeepsItsWrites() throws Exception {
        fill();
        PresentPages present = present(4096);
        GuestMemory machine = present.memory();
        Pipe pipe = Pipe.open();
        WireWriter to = WireWriter.to(pipe.sink());
        LiveMemorySaver saver = new LiveMemorySaver(to, source, 4096);
        GuestMemoryLoader loader = new GuestMemoryLoader(target, 4096).present(present);
        WireReader in = WireReader.of(pipe.source(), ReadLimits.DEFAULT);
        saver.start();
        loader.load(in, LiveModel.RAM, StreamContext.EMPTY);
        saver.beginPostcopy();
        loader.beginPostcopy();
        CompletableFuture<Void> loading =
                CompletableFuture.runAsync(
                        () -> {
                            try {
                                while (present.missingBytes() > 0) {
                                    loader.load(in, LiveModel.RAM, StreamContext.EMPTY);
                                }
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        },
                        LiveModel::startThread);
        GuestMemory wanted = LiveModel.Kind.NATIVE.memory(LiveModel.lengths());
        LiveModel.fill(wanted, new Random(1));
        CompletableFuture<Void> guest =
                CompletableFuture.runAsync(
                        () -> {
                            Random random = new Random(5);
                            try {
                                for (int i = 0; i < 300; i++) {
                                    byte[] bytes = new byte[random.nextInt(9000)];
                                    random.nextBytes(bytes);
                                    long at = random.nextLong(ram().length() - bytes.length);
                                    machine.write(ram(), at, bytes, 0, bytes.length);
                                    wanted.write(ram(), at, bytes, 0, bytes.length);
                                }
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        },
                        LiveModel::startThread);
        while (saver.pendingBytes() > 0) {
            Asked request = asked.poll();
            if (request != null) {
                saver.request(request.block().name(), request.offset(), request.length());
            }
            saver.iterate(8192, NOW + LiveModel.FOREVER);
        }
        loading.get();
        guest.get();
        LiveModel.same(target, wanted);
        pipe.sink().close();
    }
}
