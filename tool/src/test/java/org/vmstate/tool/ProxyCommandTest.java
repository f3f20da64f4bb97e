// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.transport.BoundAcceptor;
import org.vmstate.transport.MigrationAddress;

/// `vmstate proxy`.
@Timeout(60)
final class ProxyCommandTest {
    private static final Path SAMPLE = Path.of(Cli.sample("pc"));

    @TempDir Path folder;

    private String in = "";
    private String out = "";

    @BeforeEach
    void names() {
        in = "unix:" + folder.resolve("in");
        out = "unix:" + folder.resolve("out");
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    /// Runs the command between a source that sends the sample and a destination that writes what
    /// it gets to the file `arrived`.
    private Cli.Run proxy(String... options) throws IOException {
        try (BoundAcceptor acceptor = MigrationAddress.parse(out).listen()) {
            CompletableFuture<Void> arrived = started(() -> receive(acceptor));
            CompletableFuture<Void> sent = started(this::send);
            List<String> arguments = new ArrayList<>(List.of("proxy", in, out));
            arguments.addAll(List.of(options));
            Cli.Run run = Cli.run(arguments.toArray(String[]::new));
            arrived.join();
            sent.join();
            return run;
        }
    }

    private static CompletableFuture<Void> started(Runnable peer) {
        return CompletableFuture.runAsync(peer, r -> Thread.ofPlatform().daemon().start(r));
    }

    private void receive(BoundAcceptor acceptor) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
        try (ByteChannel main = acceptor.accept()) {
            while (main.read(buffer.clear()) >= 0) {
                bytes.write(buffer.array(), 0, buffer.position());
            }
            Files.write(file("arrived"), bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void send() {
        try {
            while (!Files.exists(file("in"))) {
                Thread.sleep(5);
            }
            Thread.sleep(50); // between the creation of the file and the first accept
            try (ByteChannel main = MigrationAddress.parse(in).connector().connect()) {
                ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(SAMPLE));
                while (bytes.hasRemaining()) {
                    main.write(bytes);
                }
            }
        } catch (IOException e) {
            // the proxy closed the connection
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void streamIsRelayedAndRecorded() throws IOException {
        Cli.Run run = proxy("--record", file("record").toString(), "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Files.mismatch(SAMPLE, file("arrived"))).isEqualTo(-1);
        assertThat(Files.mismatch(SAMPLE, file("record"))).isEqualTo(-1);
        assertThat(run.json().get("sentBytes")).isEqualTo(Long.toString(Files.size(SAMPLE)));
        assertThat(run.json().get("loaded")).isEqualTo(false);
    }

    @Test
    void changesAreThoseOfSet() throws IOException {
        Cli.Run run = proxy("--set", "timer.cpu_ticks_offset=5", "--drop-section", "globalstate");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.text()).contains("1 channel").contains("is not known");
        Cli.Run set =
                Cli.run(
                        "set",
                        SAMPLE.toString(),
                        "timer.cpu_ticks_offset=5",
                        "--drop-section",
                        "globalstate",
                        "-o",
                        file("set").toString());
        assertThat(set.code()).isZero();
        assertThat(Files.mismatch(file("set"), file("arrived"))).isEqualTo(-1);
    }

    @Test
    void impossibleChangeIsAUsageErrorAndLeavesNoRecord() throws IOException {
        Cli.Run run = proxy("--set", "no.such=5", "--record", file("record").toString());
        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("nothing in the stream has the path 'no.such'");
        assertThat(file("record")).doesNotExist();
    }

    @Test
    void unreachableTargetIsReported() throws IOException {
        CompletableFuture<Void> sent = started(this::send);
        Cli.Run run = Cli.run("proxy", in, out);
        sent.join();
        assertThat(run.code()).isEqualTo(ExitCode.IO);
        assertThat(run.err()).contains(out);
        assertThat(file("in")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unix:/a",
                "nothing unix:/b",
                "unix:/a exec:cat",
                "file:/a unix:/b",
                "unix:/a unix:/b --set x",
                "unix:/a unix:/b --limit 0",
                "unix:/a unix:/b --timeout 0",
                "unix:/a unix:/b --drop-block ram"
            })
    void wrongUsageIsReported(String arguments) {
        Cli.Run run = Cli.run(("proxy " + arguments).split(" ", -1));
        assertThat(run.code()).isEqualTo(ExitCode.USAGE);
        assertThat(run.err()).contains("Try 'vmstate proxy --help'.");
    }
}
