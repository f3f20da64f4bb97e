// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A QEMU of a measured migration, whose guest is stopped and has its memory in a file.
final class QemuPeer implements AutoCloseable {
    private static final Pattern STATUS =
            Pattern.compile("\"return\": \\{.*?\"status\": \"([a-z-]+)\"");
    private static final Pattern TOTAL_TIME = Pattern.compile("\"total-time\": ([0-9]+)");

    private final Process process;
    private final Path socket;
    private final SocketChannel channel;
    private final BufferedReader in;

    /// Starts a QEMU.
    ///
    /// @param command the program, maybe with the words before it
    /// @param incoming whether it is a destination
    QemuPeer(String command, Path memory, long length, Path socket, boolean incoming)
            throws IOException, InterruptedException {
        this.socket = socket;
        Files.deleteIfExists(socket);
        List<String> words = new ArrayList<>(Arrays.asList(command.split(" ", -1)));
        words.addAll(
                List.of(
                        "-machine",
                        "q35,memory-backend=mem",
                        "-m",
                        length + "B",
                        "-object",
                        "memory-backend-file,id=mem,share=on,size="
                                + length
                                + ",mem-path="
                                + memory,
                        "-S",
                        "-nodefaults",
                        "-display",
                        "none",
                        "-qmp",
                        "unix:" + socket + ",server=on,wait=off"));
        if (incoming) {
            words.addAll(List.of("-incoming", "defer"));
        }
        process = new ProcessBuilder(words).inheritIO().start();
        while (!Files.exists(socket)) {
            if (!process.isAlive()) {
                throw new IOException("QEMU has ended");
            }
            Thread.sleep(10);
        }
        channel = connect(socket);
        in =
                new BufferedReader(
                        new InputStreamReader(
                                Channels.newInputStream(channel), StandardCharsets.UTF_8));
        in.readLine();
        command("qmp_capabilities", "");
        command(
                "migrate-set-parameters",
                "\"max-bandwidth\": 100000000000, \"downtime-limit\": 300");
    }

    private static SocketChannel connect(Path socket) throws IOException, InterruptedException {
        while (true) {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                channel.connect(UnixDomainSocketAddress.of(socket));
                return channel;
            } catch (IOException e) { // it is bound, but does not listen yet
                channel.close();
                Thread.sleep(10);
            }
        }
    }

    private String command(String name, String arguments) throws IOException {
        String line = "{\"execute\": \"" + name + "\", \"arguments\": {" + arguments + "}}\n";
        channel.write(StandardCharsets.UTF_8.encode(line));
        while (true) {
            String answer = in.readLine();
            if (answer == null) {
                throw new IOException("QEMU has ended");
            }
            if (answer.contains("\"error\"")) {
                throw new IOException(name + ": " + answer);
            }
            if (answer.contains("\"return\"")) {
                return answer;
            }
        }
    }

    void multifd(int channels) throws IOException {
        command(
                "migrate-set-capabilities",
                "\"capabilities\": [{\"capability\": \"multifd\", \"state\": "
                        + (channels > 0)
                        + "}]");
        if (channels > 0) {
            command("migrate-set-parameters", "\"multifd-channels\": " + channels);
        }
    }

    void listen(int port) throws IOException {
        command("migrate-incoming", "\"uri\": \"tcp:127.0.0.1:" + port + "\"");
    }

    void migrate(int port) throws IOException {
        command("migrate", "\"uri\": \"tcp:127.0.0.1:" + port + "\"");
    }

    /// Waits for the end; returns the time in seconds by QEMU itself, 0 at a destination.
    double await(String wanted) throws IOException, InterruptedException {
        while (true) {
            String answer = command("query-migrate", "");
            Matcher status = STATUS.matcher(answer);
            if (status.find()) {
                if (status.group(1).equals(wanted)) {
                    Matcher time = TOTAL_TIME.matcher(answer);
                    return time.find() ? Integer.parseInt(time.group(1)) / 1e3 : 0;
                }
                if (status.group(1).equals("failed")) {
                    throw new IOException(answer);
                }
            }
            Thread.sleep(5);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            command("quit", "");
        } catch (IOException e) { // it has ended
        }
        channel.close();
        try {
            process.waitFor();
        } catch (InterruptedException e) {
            process.destroy();
        }
        Files.deleteIfExists(socket);
    }
}
