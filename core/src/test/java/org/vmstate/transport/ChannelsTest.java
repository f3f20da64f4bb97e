// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.ScatteringByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.migration.ChannelConnector;

@Timeout(60)
@SuppressWarnings("try") // closing a channel is what is tested
final class ChannelsTest {
    @TempDir Path folder;

    private MigrationAddress address(String text) {
        return MigrationAddress.parse(text.replace("DIR", folder.toString()));
    }

    private static void write(ByteChannel channel, String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /// Reads until `count` bytes have come or the channel ends.
    private static String read(ByteChannel channel, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
        return new String(bytes.array(), 0, bytes.position(), UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp::0", "tcp:[::1]:0", "tcp:localhost:0", "unix:DIR/socket"})
    void channelsCarryBytesInBothDirectionsUntilTheyAreClosed(String text) throws Exception {
        try (BoundAcceptor acceptor = address(text).listen()) {
            ChannelConnector connector = acceptor.address().connector();
            for (int i = 0; i < 2; i++) {
                try (ByteChannel there = connector.connect();
                        ByteChannel here = acceptor.accept()) {
                    write(there, "stream");
                    assertThat(read(here, 6)).isEqualTo("stream");
                    write(here, "answer");
                    assertThat(read(there, 6)).isEqualTo("answer");
                    there.close();
                    assertThat(read(here, 1)).isEmpty();
                }
            }
        }
    }

    @Test
    void socketsGatherAndScatter() throws Exception {
        try (BoundAcceptor acceptor = address("tcp::0").listen();
                ByteChannel there = acceptor.address().connector().connect();
                ByteChannel here = acceptor.accept()) {
            ByteBuffer[] sent = {
                ByteBuffer.wrap(new byte[] {1, 2}), ByteBuffer.wrap(new byte[] {3})
            };
            ByteBuffer[] received = {ByteBuffer.allocate(1), ByteBuffer.allocate(2)};

            assertThat(((GatheringByteChannel) there).write(sent)).isEqualTo(3);
            long count = 0;
            while (count < 3) {
                count += ((ScatteringByteChannel) here).read(received);
            }
            assertThat(received[0].array()).containsExactly(1);
            assertThat(received[1].array()).containsExactly(2, 3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp::0", "unix:DIR/socket"})
    void closingAnAcceptorEndsAnAcceptThatWaits(String text) throws Exception {
        BoundAcceptor acceptor = address(text).listen();
        CompletableFuture<ByteChannel> accepting = new CompletableFuture<>();
        Thread thread =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        accepting.complete(acceptor.accept());
                                    } catch (IOException e) {
                                        accepting.completeExceptionally(e);
                                    }
                                });
        Thread.sleep(100);
        acceptor.close();
        thread.join();

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(accepting::get)
                .withCauseInstanceOf(AsynchronousCloseException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp::0", "unix:DIR/socket"})
    void closingAChannelEndsAReadThatWaits(String text) throws Exception {
        try (BoundAcceptor acceptor = address(text).listen();
                ByteChannel _ = acceptor.address().connector().connect();
                ByteChannel here = acceptor.accept()) {
            Thread closer =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try {
                                            Thread.sleep(100);
                                            here.close();
                                        } catch (IOException | InterruptedException e) {
                                            throw new IllegalStateException(e);
                                        }
                                    });
            assertThatExceptionOfType(AsynchronousCloseException.class)
                    .isThrownBy(() -> read(here, 1));
            closer.join();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp:127.0.0.1:1",
                "tcp:host.invalid:1",
                "unix:DIR/nothing",
                "file:DIR/no/folder"
            })
    void failureToConnectNamesTheAddress(String text) {
        MigrationAddress address = address(text);

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> address.connector().connect())
                .withMessageStartingWith(address + ": ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp:192.0.2.1:0", "unix:DIR/no/socket"})
    void failureToListenNamesTheAddress(String text) {
        MigrationAddress address = address(text);

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(address::listen)
                .withMessageStartingWith(address + ": ");
    }

    @Test
    void socketFileIsForItsOwnerOnlyAndIsDeletedWhenItIsClosed() throws Exception {
        Path socket = folder.resolve("socket");
        try (BoundAcceptor _ = address("unix:DIR/socket").listen()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
        }
        try (var left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void leftoverSocketFileIsReplaced() throws Exception {
        Path socket = folder.resolve("socket");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                .bind(UnixDomainSocketAddress.of(socket))
                .close();
        assertThat(socket).exists();

        try (BoundAcceptor acceptor = address("unix:DIR/socket").listen();
                ByteChannel there = acceptor.address().connector().connect();
                ByteChannel here = acceptor.accept()) {
            write(there, "x");
            assertThat(read(here, 1)).isEqualTo("x");
        }
    }

    @Test
    void socketAtWhichSomebodyListensIsNotReplaced() throws Exception {
        try (BoundAcceptor first = address("unix:DIR/socket").listen()) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> address("unix:DIR/socket").listen())
                    .withMessage(first.address() + ": another program listens there");
            try (ByteChannel _ = first.accept();
                    ByteChannel there = first.address().connector().connect()) {
                assertThat(there.isOpen()).isTrue();
            }
        }
    }

    @Test
    void fileThatIsNotASocketIsNotReplaced() throws Exception {
        Path file = Files.writeString(folder.resolve("socket"), "precious");

        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> address("unix:DIR/socket").listen())
                .withMessage("unix:" + file + ": the file exists and is not a socket");
        assertThat(file).hasContent("precious");
    }

    @Test
    void socketFileThatAnotherProgramHasReplacedIsKept() throws Exception {
        Path socket = folder.resolve("socket");
        BoundAcceptor acceptor = address("unix:DIR/socket").listen();
        Files.move(socket, folder.resolve("old"));
        Files.writeString(socket, "other");

        acceptor.close();

        assertThat(socket).hasContent("other");
    }

    @Test
    void fileIsWrittenAndReadFromItsOffset() throws Exception {
        Files.writeString(folder.resolve("file"), "0123456789");
        try (ByteChannel out = address("file:DIR/file,offset=4").connector().connect()) {
            write(out, "abc");
        }
        assertThat(folder.resolve("file")).hasContent("0123abc789");
        try (BoundAcceptor acceptor = address("file:DIR/file,offset=4").listen();
                ByteChannel in = acceptor.accept()) {
            assertThat(read(in, 100)).isEqualTo("abc789");
        }
    }

    @Test
    void commandReadsWhatIsWrittenAndIsWaitedFor() throws Exception {
        try (ByteChannel out = address("exec:sleep 0.2; cat > DIR/file").connector().connect()) {
            write(out, "to the command");
        }
        assertThat(folder.resolve("file")).hasContent("to the command");
    }

    @Test
    void outputOfACommandIsReadToItsEnd() throws Exception {
        try (BoundAcceptor acceptor = address("exec:printf abc").listen();
                ByteChannel in = acceptor.accept()) {
            assertThat(read(in, 100)).isEqualTo("abc");
        }
    }

    @Test
    void commandThatFailsIsAnException() throws Exception {
        try (BoundAcceptor acceptor = address("exec:printf abc; exit 3").listen();
                ByteChannel in = acceptor.accept()) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(() -> read(in, 100))
                    .withMessage("exec:printf abc; exit 3: the command ended with exit code 3");
        }
        ByteChannel out = address("exec:cat > /dev/null; exit 3").connector().connect();
        write(out, "x");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(out::close)
                .withMessage("exec:cat > /dev/null; exit 3: the command ended with exit code 3");
    }

    @Test
    void closingTheChannelOfACommandEndsAWriteThatWaits() throws Exception {
        ByteChannel out = address("exec:sleep 100").connector().connect();
        Thread closer =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        Thread.sleep(300);
                                        out.close();
                                    } catch (IOException | InterruptedException e) {
                                        throw new IllegalStateException(e);
                                    }
                                });
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> write(out, "x".repeat(1 << 20)));
        closer.join();
    }

    @ParameterizedTest
    @ValueSource(strings = {"file:DIR/file", "exec:cat"})
    void fileAndCommandHaveASingleChannel(String text) throws Exception {
        ChannelConnector connector = address(text).connector();
        try (ByteChannel _ = connector.connect()) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(connector::connect)
                    .withMessageEndingWith(": has only one channel");
        }
    }
}
