// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.zip.CRC32C;
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
import org.vmstate.stream.StreamContext;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamReader;
import org.vmstate.stream.StreamWriter;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// One JVM of a measured migration: its memory moves to or from another process over TCP.
///
/// ```
/// learn PORT                                                   prints the machine and the blocks of a source
/// source PORT CHANNELS MACHINE BLOCK=LENGTH,… FILE|- waits for a line, sends, prints nanoseconds and checksum
/// destination PORT CHANNELS BLOCK=LENGTH,…                     receives, prints the checksum
/// ```
public final class MigrationPeer {
    private static final int PAGE_BYTES = 4096;
    private static final SectionIdentity RAM = new SectionIdentity("ram", 0, 4);
    private static final int SECTION = 2;

    private MigrationPeer() {}

    /// Does what the arguments say.
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[1]);
        switch (arguments[0]) {
            case "learn" -> learn(port);
            case "source" ->
                    source(
                            port,
                            Integer.parseInt(arguments[2]),
                            arguments[3],
                            lengths(arguments[4]),
                            arguments[5]);
            case "destination" ->
                    destination(port, Integer.parseInt(arguments[2]), lengths(arguments[3]));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    private static Map<String, Long> lengths(String text) {
        Map<String, Long> lengths = new LinkedHashMap<>();
        for (String block : text.split(",", -1)) {
            int at = block.lastIndexOf('=');
            lengths.put(block.substring(0, at), Long.valueOf(block.substring(at + 1)));
        }
        return lengths;
    }

    private static InetSocketAddress address(int port) {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /// Reads the elements up to the first body of `ram`, at whose beginning the reader stops.
    private static StreamReader untilRam(WireReader in, StringBuilder machine) throws IOException {
        StreamReader stream =
                StreamReader.of(
                        in,
                        (identity, _) ->
                                identity.idString().equals("ram")
                                        ? (_, _, _) -> {
                                            throw new AtRam();
                                        }
                                        : null,
                        Expectations.NONE);
        try {
            StreamElement element = stream.next();
            while (element != null) {
                element = stream.next();
            }
        } catch (AtRam e) {
            machine.append(
                    stream.context()
                            .configuration()
                            .map(Configuration::machineType)
                            .orElse("none"));
        }
        return stream;
    }

    private static final class AtRam extends IOException {
        private static final long serialVersionUID = 1;
    }

    private static void learn(int port) throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(address(port));
            say("ready");
            try (WireReader in = WireReader.of(server.accept(), ReadLimits.DEFAULT)) {
                StringBuilder machine = new StringBuilder();
                untilRam(in, machine);
                long left = in.u64() & -PAGE_BYTES;
                List<String> blocks = new ArrayList<>();
                while (left > 0) {
                    String name = in.str8();
                    long length = in.u64();
                    blocks.add(name + "=" + length);
                    left -= length;
                }
                say(machine + " " + String.join(",", blocks));
            }
        }
    }

    private static GuestMemory memory(Map<String, Long> lengths) {
        return GuestMemory.allocate(Arena.ofShared(), lengths).withDirtyPages();
    }

    private static void source(
            int port, int count, String machine, Map<String, Long> lengths, String file)
            throws Exception {
        GuestMemory memory = memory(lengths);
        if (!file.equals("-")) {
            fill(memory, Path.of(file));
        }
        say("ready");
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
        long begin = System.nanoTime();
        SocketChannel main = SocketChannel.open(address(port));
        List<SocketChannel> channels = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            channels.add(SocketChannel.open(address(port)));
        }
        WireWriter out = WireWriter.to(main);
        StreamWriter stream = new StreamWriter(out);
        stream.write(new FileHeader());
        stream.write(new Configuration(machine, List.of()));
        LiveMemorySaver saver = new LiveMemorySaver(out, memory, PAGE_BYTES);
        MultifdSender sender = null;
        if (count > 0) {
            sender =
                    MultifdSender.of(
                            channels,
                            RamFormat.MULTIFD,
                            MultifdForm.MACHINES_FROM_9_0,
                            new UUID(0, 0));
            saver.multifd(sender);
        }
        stream.write(new Section.Start(SECTION, RAM, Body.of(new byte[0])));
        saver.start();
        stream.write(new SectionFooter(SECTION));
        boolean ended = false;
        while (!ended) {
            stream.write(new Section.Part(SECTION, RAM, Body.of(new byte[0])));
            ended = saver.iterate(Long.MAX_VALUE, System.nanoTime() + 50_000_000);
            stream.write(new SectionFooter(SECTION));
        }
        stream.write(new Section.End(SECTION, RAM, Body.of(new byte[0])));
        saver.complete();
        stream.write(new SectionFooter(SECTION));
        stream.write(new EndOfStream());
        out.flush();
        long sent = System.nanoTime();
        main.shutdownOutput();
        main.read(ByteBuffer.allocate(1)); // the answer of a JVM, or the end of the connection
        long end = System.nanoTime();
        if (sender != null) {
            sender.close();
        }
        say((end - begin) + " " + (sent - begin) + " " + checksum(memory, lengths));
        main.close();
    }

    private static void destination(int port, int count, Map<String, Long> lengths)
            throws Exception {
        GuestMemory memory = memory(lengths);
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(address(port));
            say("ready");
            SocketChannel main = server.accept();
            List<SocketChannel> channels = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                channels.add(server.accept());
            }
            WireReader in = WireReader.of(main, ReadLimits.DEFAULT);
            GuestMemoryLoader loader = new GuestMemoryLoader(memory, PAGE_BYTES);
            MultifdReceiver receiver = null;
            if (count > 0) {
                receiver = MultifdReceiver.of(channels, main);
                loader.multifd(receiver);
            }
            untilRam(in, new StringBuilder());
            loader.load(in, RAM, StreamContext.EMPTY);
            boolean end = false;
            while (!end) {
                in.skip(5); // the footer
                int type = in.u8();
                end = type == 3;
                in.skip(4);
                loader.load(in, RAM, StreamContext.EMPTY);
            }
            while (!in.atEnd()) {
                in.skip(Math.max(1, in.buffered()));
            }
            main.write(ByteBuffer.wrap(new byte[1]));
            if (receiver != null) {
                receiver.close();
            }
            say(checksum(memory, lengths));
            main.close();
        }
    }

    private static void fill(GuestMemory memory, Path file) throws IOException {
        RamBlock block = memory.blocks().iterator().next();
        MemorySegment segment = memory.segment(block.name());
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            for (long at = 0; at < segment.byteSize(); ) {
                long count = Math.min(1 << 26, segment.byteSize() - at);
                int got = in.read(segment.asSlice(at, count).asByteBuffer(), at);
                if (got < 0) {
                    break;
                }
                at += got;
            }
        }
    }

    /// The checksum of the first block.
    private static String checksum(GuestMemory memory, Map<String, Long> lengths) {
        MemorySegment segment = memory.segment(lengths.keySet().iterator().next());
        CRC32C crc = new CRC32C();
        for (long at = 0; at < segment.byteSize(); at += 1 << 26) {
            crc.update(
                    segment.asSlice(at, Math.min(1 << 26, segment.byteSize() - at)).asByteBuffer());
        }
        return Long.toHexString(crc.getValue());
    }

    /// The checksum of a file.
    static String checksum(Path file) throws IOException {
        CRC32C crc = new CRC32C();
        byte[] bytes = new byte[1 << 20];
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
            while (in.read(buffer.clear()) > 0) {
                crc.update(buffer.flip());
            }
        }
        return Long.toHexString(crc.getValue());
    }
}
