// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/// Measures live migrations over loopback TCP beside QEMU → QEMU the same way, in turns.
///
/// Each JVM is a new process with 64 MB of heap, so that its code is compiled while it migrates. A
/// time at a JVM's source ends with the answer of a JVM, or when QEMU's socket has taken all bytes,
/// as QEMU's own time does. The checksum of the memory is compared in every run.
public final class MigrationBench {
    private final String qemu;
    private final Path folder;
    private final long length;
    private final Path random;
    private String machine = "";
    private String blocks = "";

    private MigrationBench(String qemu, Path folder, long length) {
        this.qemu = qemu;
        this.folder = folder;
        this.length = length;
        this.random = folder.resolve("source.ram");
    }

    /// A way to migrate.
    private enum Way {
        JVM_JVM(0, true, true),
        JVM_JVM_2(2, true, true),
        QEMU_JVM(0, false, true),
        QEMU_JVM_2(2, false, true),
        JVM_QEMU(0, true, false),
        JVM_QEMU_2(2, true, false);

        private final int channels;
        private final boolean fromJvm;
        private final boolean toJvm;

        Way(int channels, boolean fromJvm, boolean toJvm) {
            this.channels = channels;
            this.fromJvm = fromJvm;
            this.toJvm = toJvm;
        }
    }

    /// Arguments: the command of QEMU, a folder on a tmpfs, MiB of memory, percent of pages with
    /// data, pairs, and the ways, all if none.
    public static void main(String[] arguments) throws Exception {
        MigrationBench bench =
                new MigrationBench(
                        arguments[0], Path.of(arguments[1]), Long.parseLong(arguments[2]) << 20);
        Files.createDirectories(bench.folder);
        bench.fill(Integer.parseInt(arguments[3]));
        int pairs = Integer.parseInt(arguments[4]);
        Way[] ways =
                arguments.length > 5
                        ? Arrays.stream(arguments)
                                .skip(5)
                                .map(name -> Way.valueOf(name.toUpperCase(Locale.ROOT)))
                                .toArray(Way[]::new)
                        : Way.values();
        bench.learn();
        for (Way way : ways) {
            bench.pairs(way, pairs);
        }
        Files.delete(bench.random);
    }

    private void fill(int percent) throws IOException {
        SplittableRandom numbers = new SplittableRandom(1);
        ByteBuffer page = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer chunk = ByteBuffer.allocate(1 << 20);
        try (FileChannel out =
                FileChannel.open(
                        random,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            for (long at = 0; at < length; at += chunk.capacity()) {
                chunk.clear();
                while (chunk.hasRemaining()) {
                    page.clear();
                    boolean data = numbers.nextInt(100) < percent;
                    while (page.hasRemaining()) {
                        page.putLong(data ? numbers.nextLong() : 0);
                    }
                    chunk.put(page.flip());
                }
                chunk.flip();
                while (chunk.hasRemaining()) {
                    out.write(chunk);
                }
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private void learn() throws Exception {
        int port = freePort();
        try (Peer learner = new Peer("learn", port);
                QemuPeer source =
                        new QemuPeer(qemu, random, length, folder.resolve("s.qmp"), false)) {
            source.migrate(port);
            String[] answer = learner.line().split(" ", 2);
            machine = answer[0];
            blocks = answer[1];
        }
        // The memory is the first block for the peers, which compare its checksum.
        List<String> sorted = new ArrayList<>(List.of(blocks.split(",", -1)));
        sorted.sort((a, b) -> Boolean.compare(b.endsWith("=" + length), a.endsWith("=" + length)));
        blocks = String.join(",", sorted);
    }

    private void pairs(Way way, int pairs) throws Exception {
        double[] own = new double[pairs];
        double[] others = new double[pairs];
        double[] ratios = new double[pairs];
        for (int i = 0; i < pairs; i++) {
            others[i] = run(way.channels, false, false);
            own[i] = run(way.channels, way.fromJvm, way.toJvm);
            ratios[i] = own[i] / others[i];
        }
        System.out.printf(
                Locale.ROOT,
                "%-10s %s s, QEMU to QEMU %s s, ratio %s%n",
                way.name().toLowerCase(Locale.ROOT),
                spread(own),
                spread(others),
                spread(ratios));
    }

    private static String spread(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT,
                "%.2f (%.2f-%.2f)",
                sorted[sorted.length / 2],
                sorted[0],
                sorted[sorted.length - 1]);
    }

    /// Migrates once; returns the seconds at the source.
    private double run(int channels, boolean fromJvm, boolean toJvm) throws Exception {
        int port = freePort();
        Path target = folder.resolve("target.ram");
        Files.deleteIfExists(target);
        String sent;
        String received;
        double seconds;
        try (Peer jvm = toJvm ? destination(port, channels) : null;
                QemuPeer vm = toJvm ? null : incoming(target, port, channels)) {
            if (fromJvm) {
                String only = toJvm ? blocks : blocks.substring(0, (blocks + ",").indexOf(','));
                try (Peer source = new Peer("source", port, channels, machine, only, random)) {
                    source.go();
                    String[] answer = source.line().split(" ", -1);
                    seconds = Long.parseLong(answer[toJvm ? 0 : 1]) / 1e9;
                    sent = answer[2];
                }
            } else {
                try (QemuPeer source =
                        new QemuPeer(qemu, random, length, folder.resolve("s.qmp"), false)) {
                    source.multifd(channels);
                    source.migrate(port);
                    seconds = source.await("completed");
                }
                sent = MigrationPeer.checksum(random);
            }
            if (vm != null) {
                vm.await("completed");
                received = MigrationPeer.checksum(target);
            } else {
                received = jvm.line();
            }
        }
        Files.deleteIfExists(target);
        if (!sent.equals(received)) {
            throw new IllegalStateException("memory " + received + " instead of " + sent);
        }
        return seconds;
    }

    private Peer destination(int port, int channels) throws IOException {
        return new Peer("destination", port, channels, blocks);
    }

    private QemuPeer incoming(Path target, int port, int channels) throws Exception {
        QemuPeer vm = new QemuPeer(qemu, target, length, folder.resolve("d.qmp"), true);
        vm.multifd(channels);
        vm.listen(port);
        return vm;
    }

    /// A [MigrationPeer].
    private static final class Peer implements AutoCloseable {
        private final Process process;
        private final BufferedReader out;

        Peer(Object... arguments) throws IOException {
            List<String> words = new ArrayList<>();
            words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
            words.addAll(
                    List.of(
                            "-Xmx64m",
                            "-XX:+UseSerialGC",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            MigrationPeer.class.getName()));
            for (Object argument : arguments) {
                words.add(argument.toString());
            }
            process =
                    new ProcessBuilder(words)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            out =
                    new BufferedReader(
                            new InputStreamReader(
                                    process.getInputStream(), StandardCharsets.UTF_8));
            line(); // ready
        }

        String line() throws IOException {
            String line = out.readLine();
            if (line == null) {
                throw new IOException("a peer has failed");
            }
            return line;
        }

        void go() throws IOException {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        }

        @Override
        public void close() {
            try {
                process.waitFor();
            } catch (InterruptedException e) {
                process.destroy();
            }
        }
    }
}
