// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.Pipe;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

@Timeout(60)
class MultifdLiveTest {
    private static final UUID NONE = new UUID(0, 0);

    private final List<ReadableByteChannel> sources = new ArrayList<>();
    private final List<WritableByteChannel> sinks = new ArrayList<>();

    private void pipes(int count) throws IOException {
        sources.clear();
        sinks.clear();
        for (int i = 0; i < count; i++) {
            Pipe pipe = Pipe.open();
            sources.add(pipe.source());
            sinks.add(pipe.sink());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "NATIVE,4096,1,MULTIFD,MACHINES_FROM_9_0",
        "NATIVE,4096,2,MULTIFD,MACHINES_FROM_9_0",
        "NATIVE,4096,16,MULTIFD,MACHINES_FROM_8_1",
        "NATIVE,4096,3,MULTIFD,MACHINES_UP_TO_8_0",
        "NATIVE,1024,3,MULTIFD,MACHINES_FROM_9_0",
        "NATIVE,16384,2,MULTIFD,MACHINES_UP_TO_8_0",
        "HEAP,4096,2,MULTIFD,MACHINES_FROM_9_0",
        "WITHOUT_SEGMENTS,4096,2,MULTIFD,MACHINES_FROM_9_0",
        "WITHOUT_SEGMENTS,4096,3,MULTIFD,MACHINES_UP_TO_8_0",
        "NATIVE,4096,2,MULTIFD_ZLIB,MACHINES_FROM_9_0",
        "NATIVE,4096,2,MULTIFD_ZSTD,MACHINES_UP_TO_8_0",
        "WITHOUT_SEGMENTS,4096,2,MULTIFD_ZSTD,MACHINES_FROM_8_1"
    })
    void memoryThatChangesArrives(
            LiveModel.Kind kind, int pageSize, int count, RamFormat format, MultifdForm form)
            throws Exception {
        pipes(count);
        try (MultifdSender sender = MultifdSender.of(sinks, format, form, NONE);
                MultifdReceiver receiver = MultifdReceiver.of(sources.reversed(), () -> {})) {
            LiveMemorySaver.Counters counters =
                    LiveModel.migrate(
                            kind,
                            pageSize,
                            new LiveModel.Ends(
                                    saver -> saver.multifd(sender),
                                    loader -> loader.multifd(receiver)));
            assertThat(counters.pages()).isPositive();
            assertThat(counters.bytes()).isGreaterThan(300_000);
        }
    }

    /// Loads one body of only a block list and a flush record, with channels of these bytes.
    private CompletableFuture<Void> receive(byte[]... channels) throws IOException {
        pipes(channels.length);
        Pipe main = Pipe.open();
        MultifdReceiver receiver = MultifdReceiver.of(sources, main.source());
        GuestMemory memory = LiveModel.Kind.NATIVE.memory(Map.of("ram", 1L << 20));
        CompletableFuture<Void> loading =
                LiveModel.loading(
                        WireReader.of(main.source(), ReadLimits.DEFAULT),
                        new GuestMemoryLoader(memory, 4096).multifd(receiver));
        WireWriter out = WireWriter.to(main.sink());
        out.u8(1);
        out.u64(1L << 20 | RamFlags.MEM_SIZE);
        out.str8("ram");
        out.u64(1L << 20);
        out.flush();
        for (int i = 0; i < channels.length; i++) {
            try {
                WireWriter channel = WireWriter.to(sinks.get(i));
                channel.bytes(channels[i]);
                channel.flush();
            } catch (IOException e) { // the receiver has read enough
            }
        }
        return loading.whenComplete((_, _) -> receiver.close());
    }

    private static StreamBytes hello(int channel) {
        return new StreamBytes()
                .u32(MultifdPacket.MAGIC)
                .u32(1)
                .u64(0)
                .u64(0)
                .u8(channel)
                .bytes(new byte[39]);
    }

    private static byte[] packet(int flags, int normal, int size, String block, long... offsets)
            throws IOException {
        WireWriter out = WireWriter.toMemory();
        new MultifdPacket(flags, 128, normal, size, 0, block, offsets).write(out);
        out.bytes(new byte[size]);
        return out.toByteArray();
    }

    private void refused(String message, byte[]... channels) throws IOException {
        CompletableFuture<Void> loading = receive(channels);
        assertThatThrownBy(loading::join).rootCause().hasMessageContaining(message);
    }

    @Test
    void damagedHelloEndsTheLoad() throws IOException {
        refused("not a multifd channel", new StreamBytes().bytes(new byte[64]).toByteArray());
    }

    @Test
    void numberBeyondTheChannelsEndsTheLoad() throws IOException {
        refused("received channel id 1 exceeds channel count 1", hello(1).toByteArray());
    }

    @Test
    void secondChannelOfANumberEndsTheLoad() throws IOException {
        refused("a second channel number 0", hello(0).toByteArray(), hello(0).toByteArray());
    }

    @Test
    void damagedPacketEndsTheLoadAlthoughTheMainChannelWaits() throws IOException {
        refused("not a multifd packet", hello(0).bytes(new byte[1344]).toByteArray());
        refused(
                "a packet of a block never declared: \"rom\"",
                hello(0).bytes(packet(0, 1, 4096, "rom", 0)).toByteArray());
        refused(
                "a page at 0x100000 of a block of 1048576 bytes",
                hello(0).bytes(packet(0, 1, 4096, "ram", 1 << 20)).toByteArray());
        refused(
                "a page at 0xfffffffffffff000",
                hello(0).bytes(packet(0, 0, 0, "ram", -4096)).toByteArray());
        refused(
                "2 pages in 4096 bytes",
                hello(0).bytes(packet(0, 2, 4096, "ram", 0, 4096)).toByteArray());
        refused(
                "multifd compression method 3",
                hello(0).bytes(packet(3 << 1, 1, 100, "ram", 0)).toByteArray());
        refused(
                "unknown compression method",
                hello(0).bytes(packet(1 << 1, 1, 100, "ram", 0)).toByteArray());
        refused(
                "the state of a device in a multifd channel",
                hello(0).u32(MultifdPacket.MAGIC).u32(1).u32(1 << 6).toByteArray());
    }

    @Test
    void errorNamesChannelAndBlock() throws IOException {
        CompletableFuture<Void> loading =
                receive(hello(0).bytes(packet(0, 1, 4096, "ram", 12)).toByteArray());
        assertThatThrownBy(loading::join)
                .rootCause()
                .hasMessageContaining("multifd channel 0 > block \"ram\"")
                .hasMessageContaining("0x40");
    }

    @Test
    void channelThatIsCutOffEndsTheLoad() throws IOException {
        byte[] whole = hello(0).bytes(packet(0, 2, 8192, "ram", 0, 8192)).toByteArray();
        for (int cut : new int[] {3, 63, 70, 1400, 64 + 1344 + 5000}) {
            CompletableFuture<Void> loading = receive(Arrays.copyOf(whole, cut));
            sinks.getLast().close();
            assertThatThrownBy(loading::join)
                    .rootCause()
                    .hasMessageContaining("the channel ends inside");
        }
    }

    @Test
    void brokenChannelEndsTheSaver() throws Exception {
        pipes(2);
        sources.get(1).close();
        GuestMemory memory = LiveModel.Kind.NATIVE.memory(LiveModel.lengths());
        LiveModel.fill(memory, new Random(1));
        Pipe main = Pipe.open();
        try (MultifdSender sender =
                MultifdSender.of(sinks, RamFormat.MULTIFD, MultifdForm.MACHINES_FROM_9_0, NONE)) {
            LiveMemorySaver saver =
                    new LiveMemorySaver(WireWriter.to(main.sink()), memory, 4096).multifd(sender);
            assertThatThrownBy(
                            () -> {
                                saver.start();
                                saver.iterate(
                                        Long.MAX_VALUE, System.nanoTime() + LiveModel.FOREVER);
                                saver.complete();
                            })
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("multifd channel 1: ");
        }
    }

    @Test
    void channelsThatNobodyReadsCanBeClosed() throws Exception {
        pipes(1);
        byte[] random = new byte[1 << 20];
        new Random(1).nextBytes(random);
        GuestMemory memory = LiveModel.Kind.NATIVE.memory(Map.of("ram", 8L << 20));
        RamBlock block = memory.find("ram").orElseThrow();
        for (int at = 0; at < 8; at++) {
            memory.write(block, (long) at << 20, random, 0, random.length);
        }
        Pipe main = Pipe.open();
        MultifdSender sender =
                MultifdSender.of(sinks, RamFormat.MULTIFD, MultifdForm.MACHINES_FROM_9_0, NONE);
        LiveMemorySaver saver =
                new LiveMemorySaver(WireWriter.to(main.sink()), memory, 4096).multifd(sender);
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        LiveModel.startThread(
                () -> {
                    try {
                        saver.start();
                        saver.complete();
                    } catch (IOException e) {
                        thrown.complete(e);
                    }
                });
        Thread.sleep(50);
        sender.close();
        assertThat(thrown.get()).hasMessageContaining("the multifd channels are closed");
    }
}
