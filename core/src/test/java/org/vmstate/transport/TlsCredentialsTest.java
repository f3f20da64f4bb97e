// SPDX-License-Identifier: Apache-2.0
package org.vmstate.transport;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.migration.ChannelAcceptor;
import org.vmstate.testing.TestCertificates;

@Timeout(60)
class TlsCredentialsTest {
    @TempDir static Path folder;
    @TempDir static Path other;

    @BeforeAll
    static void certificates() throws Exception {
        TestCertificates.create(folder);
        TestCertificates.create(other);
    }

    /// Both ends of a connection.
    private record Ends(ByteChannel source, ByteChannel destination) {}

    private static Ends connect(Path client, Path server, String hostname) throws Exception {
        try (BoundAcceptor plain = MigrationAddress.parse("tcp::0").listen()) {
            ChannelAcceptor acceptor =
                    TlsCredentials.load(server, TlsCredentials.Role.SERVER).acceptor(plain);
            CompletableFuture<ByteChannel> accepted = new CompletableFuture<>();
            Thread.ofPlatform()
                    .daemon()
                    .start(
                            () -> {
                                try {
                                    accepted.complete(acceptor.accept());
                                } catch (IOException e) {
                                    accepted.completeExceptionally(e);
                                }
                            });
            ByteChannel source =
                    TlsCredentials.load(client, TlsCredentials.Role.CLIENT)
                            .connector(plain.address().connector(), hostname)
                            .connect();
            return new Ends(source, accepted.get());
        }
    }

    private static void write(ByteChannel channel, byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static byte[] read(ByteChannel channel, int most) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(most);
        while (bytes.hasRemaining() && channel.read(bytes) >= 0) {}
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    @Test
    void bytesPassInBothDirectionsAtTheSameTime() throws Exception {
        byte[] much = new byte[4 << 20];
        new java.util.Random(1).nextBytes(much);
        Ends ends = connect(folder, folder, "localhost");
        CompletableFuture<byte[]> there = new CompletableFuture<>();
        Thread reader =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        there.complete(read(ends.destination(), much.length));
                                    } catch (IOException e) {
                                        there.completeExceptionally(e);
                                    }
                                });
        write(ends.destination(), "answer".getBytes(UTF_8));
        write(ends.source(), much);
        assertThat(read(ends.source(), 6)).isEqualTo("answer".getBytes(UTF_8));
        assertThat(there.get()).isEqualTo(much);
        reader.join();
        Thread closer = closing(ends.source());
        assertThat(read(ends.destination(), 1)).isEmpty();
        ends.destination().close();
        closer.join();
    }

    private static Thread closing(ByteChannel channel) {
        return Thread.ofPlatform()
                .start(
                        () -> {
                            try {
                                channel.close();
                            } catch (IOException e) {
                                throw new IllegalStateException(e);
                            }
                        });
    }

    @Test
    void certificateForAnotherHostIsRefused() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> connect(folder, folder, "other.example"))
                .withMessageStartingWith("TLS handshake failed: ")
                .withMessageContaining("other.example");
    }

    @Test
    void destinationOfAnotherAuthorityIsRefused() {
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> connect(folder, other, "localhost"))
                .withMessageStartingWith("TLS handshake failed: ");
    }

    @Test
    void sourceOfAnotherAuthorityIsRefused() throws Exception {
        Path mixed = Files.createDirectories(other.resolve("mixed"));
        Files.copy(folder.resolve("ca-cert.pem"), mixed.resolve("ca-cert.pem"));
        Files.copy(other.resolve("client-cert.pem"), mixed.resolve("client-cert.pem"));
        Files.copy(other.resolve("client-key.pem"), mixed.resolve("client-key.pem"));

        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> connect(mixed, folder, "localhost"))
                .withMessageContaining("TLS handshake failed: ");
    }

    @Test
    void missingFileIsNamed() {
        Path nowhere = folder.resolve("nowhere");
        assertThatExceptionOfType(IOException.class)
                .isThrownBy(() -> TlsCredentials.load(nowhere, TlsCredentials.Role.CLIENT))
                .withMessage(nowhere.resolve("ca-cert.pem") + ": no such file");
    }

    @Test
    void closingEndsAReadThatWaits() throws Exception {
        Ends ends = connect(folder, folder, "localhost");
        Thread closer =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        Thread.sleep(200);
                                        ends.source().close();
                                    } catch (IOException | InterruptedException e) {
                                        throw new IllegalStateException(e);
                                    }
                                });
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> read(ends.source(), 1));
        closer.join();
        ends.destination().close();
    }
}
