// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// A connection to QEMU's machine protocol (QMP): one JSON document per line.
final class QmpConnection implements AutoCloseable {
    private final SocketChannel channel;
    private final BufferedReader lines;
    private final List<Map<?, ?>> events = new ArrayList<>();

    private QmpConnection(SocketChannel channel) {
        this.channel = channel;
        this.lines = new BufferedReader(Channels.newReader(channel, UTF_8));
    }

    static QmpConnection open(Path socket) throws IOException {
        SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        try {
            QmpConnection connection = new QmpConnection(channel);
            connection.receive();
            connection.execute("qmp_capabilities", Map.of());
            return connection;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// Executes a command; returns its result.
    ///
    /// @throws IOException with QEMU's message if the command fails
    /// @throws EOFException if QEMU closes the connection
    Object execute(String command, Map<String, ?> arguments) throws IOException {
        String request = Json.print(Map.of("execute", command, "arguments", arguments)) + "\n";
        send(ByteBuffer.wrap(request.getBytes(UTF_8)));
        while (true) {
            Map<?, ?> answer = receive();
            if (answer.get("error") instanceof Map<?, ?> error) {
                throw new IOException(command + ": " + error.get("desc"));
            }
            if (answer.containsKey("return")) {
                return answer.get("return");
            }
            events.add(answer);
        }
    }

    /// Waits for the next event with a name, skipping others; returns its data.
    Map<?, ?> awaitEvent(String name) throws IOException {
        while (true) {
            for (Iterator<Map<?, ?>> i = events.iterator(); i.hasNext(); ) {
                Map<?, ?> event = i.next();
                i.remove();
                if (name.equals(event.get("event"))) {
                    return event.get("data") instanceof Map<?, ?> data ? data : Map.of();
                }
            }
            events.add(receive());
        }
    }

    private void send(ByteBuffer bytes) throws EOFException {
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw hungUp(e);
        }
    }

    private Map<?, ?> receive() throws EOFException {
        String line;
        try {
            line = lines.readLine();
        } catch (IOException e) {
            throw hungUp(e);
        }
        if (line == null) {
            throw hungUp(null);
        }
        return (Map<?, ?>) Json.parse(line);
    }

    private static EOFException hungUp(IOException cause) {
        EOFException end = new EOFException("QEMU hung up");
        end.initCause(cause);
        return end;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
