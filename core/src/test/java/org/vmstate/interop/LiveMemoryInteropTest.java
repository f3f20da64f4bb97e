// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.GuestMemoryLoader;
import org.vmstate.ram.LiveMemorySaver;
import org.vmstate.ram.MultifdForm;
import org.vmstate.ram.MultifdReceiver;
import org.vmstate.ram.MultifdSender;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamFormat;
import org.vmstate.stream.Body;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.Expectations;
import org.vmstate.stream.FileHeader;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamReader;
import org.vmstate.stream.StreamWriter;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Memory that a [LiveMemorySaver] sends to a QEMU that waits, and that the QEMU sends on to a
/// [GuestMemoryLoader].
@Timeout(120)
class LiveMemoryInteropTest {
    private static final int MIB = 12;
    private static final SectionIdentity RAM = new SectionIdentity("ram", 0, 4);
    private static final int SECTION = 2;

    @TempDir private Path folder;

    private static GuestMemory memory() {
        return GuestMemory.allocate(Arena.ofAuto(), Map.of("ram", (long) MIB << 20))
                .withDirtyPages();
    }

    private static void change(GuestMemory memory, Random random, int most) throws IOException {
        RamBlock block = memory.find("ram").orElseThrow();
        byte[] bytes = new byte[most];
        for (int i = 0; i < 200; i++) {
            random.nextBytes(bytes);
            int count = 1 + random.nextInt(most);
            memory.write(block, random.nextLong(block.length() - count), bytes, 0, count);
        }
        memory.zero(block, random.nextLong(block.length() / 2), 20_000);
    }

    private static byte[] bytes(GuestMemory memory) {
        return memory.segment("ram").toArray(ValueLayout.JAVA_BYTE);
    }

    private static MultifdForm form(Qemu qemu) throws IOException {
        int major = Integer.parseInt(qemu.version().split("\\.", 2)[0]);
        return major >= 9
                ? MultifdForm.MACHINES_FROM_9_0
                : major == 8 ? MultifdForm.MACHINES_FROM_8_1 : MultifdForm.MACHINES_UP_TO_8_0;
    }

    private static void multifd(Qemu qemu, int channels, String method) throws IOException {
        if (channels > 0) {
            qemu.capabilities("multifd");
            qemu.execute(
                    "migrate-set-parameters",
                    Map.of("multifd-channels", channels, "multifd-compression", method));
        }
    }

    private static void send(
            GuestMemory memory, SocketChannel main, LiveMemorySaver saver, WireWriter out)
            throws IOException {
        StreamWriter stream = new StreamWriter(out);
        stream.write(new FileHeader());
        stream.write(new Configuration("none", List.of()));
        Body nothing = Body.of(new byte[0]);
        stream.write(new Section.Start(SECTION, RAM, nothing));
        saver.start();
        stream.write(new SectionFooter(SECTION));
        Random random = new Random(2);
        int scans = 0;
        while (scans < 5) {
            stream.write(new Section.Part(SECTION, RAM, nothing));
            if (saver.iterate(1 << 20, System.nanoTime() + 1_000_000_000)) {
                scans++;
            }
            stream.write(new SectionFooter(SECTION));
            change(memory, random, scans == 2 ? 5000 : 100);
            saver.sync();
        }
        stream.write(new Section.End(SECTION, RAM, nothing));
        saver.complete();
        stream.write(new SectionFooter(SECTION));
        stream.write(new EndOfStream());
        out.flush();
        main.shutdownOutput();
    }

    private static SocketChannel connect(Path socket) throws Exception {
        while (!Files.exists(socket)) {
            Thread.sleep(10);
        }
        return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    /// Reads the sections of memory.
    private static void receive(WireReader in, GuestMemoryLoader loader) throws IOException {
        StreamReader stream =
                StreamReader.of(
                        in,
                        (identity, _) -> identity.idString().equals("ram") ? loader::load : null,
                        Expectations.NONE);
        while (stream.next() != null) {
            // the handler loads
        }
    }

    @ParameterizedTest
    @CsvSource({"1,MULTIFD,none", "4,MULTIFD,none", "2,MULTIFD_ZLIB,zlib", "3,MULTIFD_ZSTD,zstd"})
    void memoryMovesToAQemuAndBackThroughChannels(int count, RamFormat format, String method)
            throws Exception {
        GuestMemory memory = memory();
        change(memory, new Random(1), 100_000);
        try (Qemu qemu = QemuMachine.bare(MIB).startIncoming()) {
            multifd(qemu, count, method);
            MultifdForm form = form(qemu); // later, the monitor waits for the main channel
            Path socket = folder.resolve("to-qemu");
            qemu.execute("migrate-incoming", Map.of("uri", "unix:" + socket));
            SocketChannel main = connect(socket);
            List<SocketChannel> channels = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                channels.add(connect(socket));
            }
            try (MultifdSender sender = MultifdSender.of(channels, format, form, new UUID(0, 0))) {
                WireWriter out = WireWriter.to(main);
                LiveMemorySaver saver = new LiveMemorySaver(out, memory, 4096).multifd(sender);
                send(memory, main, saver, out);
            }
            awaitLoaded(qemu);
            main.close();
            assertThat(qemu.memory(0, MIB << 20)).isEqualTo(bytes(memory));
            assertThat(bytes(moveBack(qemu, count))).isEqualTo(bytes(memory));
        }
    }

    private GuestMemory moveBack(Qemu qemu, int count) throws Exception {
        GuestMemory memory = memory();
        Path socket = folder.resolve("to-java");
        try (ServerSocketChannel server =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(socket))) {
            CompletableFuture<Void> loaded = new CompletableFuture<>();
            Thread thread =
                    new Thread(
                            () -> {
                                try (SocketChannel main = server.accept()) {
                                    load(server, main, count, memory);
                                    loaded.complete(null);
                                } catch (IOException | RuntimeException e) {
                                    loaded.completeExceptionally(e);
                                }
                            });
            thread.start();
            qemu.migrate("unix:" + socket);
            loaded.get();
        }
        return memory;
    }

    private static void load(
            ServerSocketChannel server, SocketChannel main, int count, GuestMemory memory)
            throws IOException {
        GuestMemoryLoader loader = new GuestMemoryLoader(memory, 4096);
        List<SocketChannel> channels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            channels.add(server.accept());
        }
        try (MultifdReceiver receiver = MultifdReceiver.of(channels, main)) {
            receive(WireReader.of(main, ReadLimits.DEFAULT), loader.multifd(receiver));
        }
    }

    private static void awaitLoaded(Qemu qemu) throws Exception {
        while (qemu.status().equals("inmigrate")) {
            Thread.sleep(10);
        }
    }

    @Test
    void changesOfPagesMoveToAQemu() throws Exception {
        GuestMemory memory = memory();
        change(memory, new Random(1), 100_000);
        try (Qemu qemu = QemuMachine.bare(MIB).startIncoming()) {
            Path socket = folder.resolve("to-qemu");
            qemu.execute("migrate-incoming", Map.of("uri", "unix:" + socket));
            try (SocketChannel main = connect(socket)) {
                WireWriter out = WireWriter.to(main);
                LiveMemorySaver saver = new LiveMemorySaver(out, memory, 4096).xbzrle(4 << 20);
                send(memory, main, saver, out);
                assertThat(saver.counters().deltas()).isGreaterThan(100);
                awaitLoaded(qemu);
            }
            assertThat(qemu.memory(0, MIB << 20)).isEqualTo(bytes(memory));
        }
    }
}
