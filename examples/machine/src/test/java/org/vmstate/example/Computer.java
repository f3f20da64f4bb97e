// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The computer in a process of its own.
final class Computer implements AutoCloseable {
    private static final Pattern LINE = Pattern.compile("count (\\d{5}) copied (\\d{5})\n");

    private final Process process;
    private final PrintStream input;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final List<String> messages = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> readers = new ArrayList<>();

    Computer(String... args) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx64m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "org.vmstate.example.Terminal"));
        command.addAll(List.of(args));
        process = new ProcessBuilder(command).start();
        input = new PrintStream(process.getOutputStream(), true, StandardCharsets.UTF_8);
        read(this::collect);
        read(this::follow);
    }

    private interface Reader {
        void run() throws IOException;
    }

    private void read(Reader reader) {
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                reader.run();
                            } catch (IOException e) {
                                // The process was killed.
                            }
                        });
        thread.setDaemon(true);
        thread.start();
        readers.add(thread);
    }

    private void collect() throws IOException {
        InputStream in = process.getInputStream();
        byte[] some = new byte[1 << 12];
        for (int got = in.read(some); got >= 0; got = in.read(some)) {
            synchronized (printed) {
                printed.write(some, 0, got);
            }
        }
    }

    private void follow() throws IOException {
        BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            messages.add(line);
        }
    }

    void command(String line) {
        input.println(line);
    }

    /// Returns what the computer has printed so far.
    String printed() {
        synchronized (printed) {
            return printed.toString(StandardCharsets.US_ASCII);
        }
    }

    /// Waits for a message that begins with one of several texts; returns it.
    String awaitMessage(String... beginnings) throws InterruptedException {
        for (int i = 0; i < 3000; i++) {
            for (String message : List.copyOf(messages)) {
                for (String beginning : beginnings) {
                    if (message.startsWith(beginning)) {
                        return message;
                    }
                }
            }
            Thread.sleep(10);
        }
        throw new AssertionError("no message " + List.of(beginnings) + " among " + messages);
    }

    /// Waits until the computer has printed further lines.
    void awaitLines(int lines) throws InterruptedException {
        long before = printed().lines().count();
        for (int i = 0; i < 3000; i++) {
            if (printed().lines().count() >= before + lines) {
                return;
            }
            Thread.sleep(10);
        }
        throw new AssertionError("only printed: " + printed() + ", messages: " + messages);
    }

    /// Kills the process; then [#printed()] is complete.
    void kill() throws InterruptedException {
        process.destroyForcibly();
        end();
    }

    /// Waits until the process has ended; then [#printed()] is complete.
    void end() throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        for (Thread reader : readers) {
            reader.join(10_000);
        }
    }

    /// Checks that what a computer has printed, in whatever processes, lacks no count and no copy,
    /// and has none twice.
    static void check(String printed) {
        Matcher lines = LINE.matcher(printed);
        int at = 0;
        for (int count = 1; lines.find(); count++) {
            assertThat(lines.start()).as("a whole line in %s", printed).isEqualTo(at);
            assertThat(Integer.parseInt(lines.group(1))).as(printed).isEqualTo(count);
            assertThat(Integer.parseInt(lines.group(2))).as(printed).isEqualTo(3 * (count - 1));
            at = lines.end();
        }
        assertThat(printed.length() - at).as("the rest of %s", printed).isLessThan(25);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
