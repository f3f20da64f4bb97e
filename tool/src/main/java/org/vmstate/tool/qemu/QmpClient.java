// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.qemu;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.vmstate.tool.show.AsciiJson;
import org.vmstate.vmdesc.JsonDocument;
import org.vmstate.vmdesc.JsonValue;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.wire.Printable;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import tools.jackson.core.JsonGenerator;

/// A connection to a QEMU's monitor (QMP): a JSON document per line.
///
/// A reply of more than 16 MiB, or that does not come within a time, is an error. Safe for use by
/// several threads; closing it ends a command that waits.
public final class QmpClient implements AutoCloseable {
    private static final int MAX_REPLY_BYTES = 16 << 20;
    private static final int MAX_EVENTS = 10_000;
    private static final long REPLY_SECONDS = 30;

    private final Path socket;
    private final SocketChannel channel;
    private final InputStream in;

    private QmpClient(Path socket, SocketChannel channel) {
        this.socket = socket;
        this.channel = channel;
        this.in = Channels.newInputStream(channel);
    }

    /// Connects to a monitor and negotiates.
    ///
    /// A monitor serves one client at a time; another one waits for the greeting. That is the case
    /// if libvirt uses it.
    @SuppressWarnings("MustBeClosedChecker") // the caller closes the result
    public static QmpClient connect(Path socket) throws IOException {
        SocketChannel channel;
        try {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new IOException(socket + ": " + e.getMessage(), e);
        }
        try {
            QmpClient client = new QmpClient(socket, channel);
            JsonObject greeting =
                    client.read(
                            ": the monitor does not answer; another program, such as libvirt, may be"
                                    + " connected to it");
            if (JsonDocument.first(greeting, "QMP") == null) {
                throw new IOException(socket + ": this is not a QMP monitor");
            }
            client.execute("qmp_capabilities", Map.of());
            return client;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /// Executes a command and returns its result.
    ///
    /// @param arguments strings, numbers, booleans, lists and maps
    /// @throws IOException with QEMU's message if the command fails
    public synchronized JsonValue execute(String command, Map<String, ?> arguments)
            throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (JsonGenerator json =
                AsciiJson.FACTORY.createGenerator(
                        tools.jackson.core.ObjectWriteContext.empty(), text)) {
            write(json, Map.of("execute", command, "arguments", arguments));
        }
        text.write('\n');
        ByteBuffer bytes = ByteBuffer.wrap(text.toByteArray());
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new IOException(socket + ": QEMU has closed the monitor", e);
        }
        for (int i = 0; i < MAX_EVENTS; i++) {
            JsonObject reply = read(": QEMU does not answer to " + command);
            JsonValue error = JsonDocument.first(reply, "error");
            if (error instanceof JsonObject object) {
                throw new QmpException(
                        command + ": " + string(object, "desc").orElse("failed without a reason"));
            }
            JsonValue result = JsonDocument.first(reply, "return");
            if (result != null) {
                return result;
            }
        }
        throw new IOException(socket + ": no answer among " + MAX_EVENTS + " events");
    }

    /// A command that QEMU refused.
    public static final class QmpException extends IOException {
        private static final long serialVersionUID = 1L;

        QmpException(String message) {
            super(Printable.text(message));
        }
    }

    /// The string member of an object, if it has one.
    public static Optional<String> string(JsonValue object, String name) {
        return object instanceof JsonObject o && JsonDocument.first(o, name) instanceof JsonString s
                ? Optional.of(s.value())
                : Optional.empty();
    }

    /// The elements of an array; empty if it is something else.
    public static List<JsonValue> elements(JsonValue array) {
        return array instanceof JsonArray a ? a.values() : List.of();
    }

    /// Asks a destination why it failed to load a migration; returns an empty text if it does not
    /// say.
    public static String reasonOfFailure(Path socket) {
        try (QmpClient client = connect(socket)) {
            return string(client.execute("query-migrate", Map.of()), "error-desc")
                    .map(Printable::text)
                    .orElse("");
        } catch (IOException e) {
            return "it has ended, and has printed the reason to its standard error";
        }
    }

    private static void write(JsonGenerator json, Object value) {
        switch (value) {
            case Map<?, ?> map -> {
                json.writeStartObject();
                map.forEach(
                        (name, member) -> {
                            json.writeName(String.valueOf(name));
                            write(json, member);
                        });
                json.writeEndObject();
            }
            case List<?> list -> {
                json.writeStartArray();
                list.forEach(element -> write(json, element));
                json.writeEndArray();
            }
            case Boolean truth -> json.writeBoolean(truth);
            case Long number -> json.writeNumber(number);
            case Integer number -> json.writeNumber(number);
            default -> json.writeString(String.valueOf(value));
        }
    }

    /// Reads a document within the time for a reply.
    private JsonObject read(String whenLate) throws IOException {
        CompletableFuture<Void> late = new CompletableFuture<>();
        late.orTimeout(REPLY_SECONDS, TimeUnit.SECONDS)
                .exceptionally(
                        _ -> {
                            closeQuietly();
                            return null;
                        });
        try {
            byte[] line = line();
            return JsonObject.parse(line, ReadLimits.DEFAULT);
        } catch (VMStateException e) {
            throw new IOException(socket + ": QEMU's answer is invalid: " + e.getMessage(), e);
        } catch (IOException e) {
            throw late.isCompletedExceptionally() ? new IOException(socket + whenLate, e) : e;
        } finally {
            late.complete(null);
        }
    }

    private void closeQuietly() {
        try {
            channel.close();
        } catch (IOException e) {
            // The reader finds out.
        }
    }

    private byte[] line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int next = buffered();
            if (next < 0) {
                throw new EOFException(socket + ": QEMU has closed the monitor");
            }
            if (next == '\n') {
                return line.toByteArray();
            }
            if (line.size() == MAX_REPLY_BYTES) {
                throw new IOException(
                        socket + ": QEMU's answer has more than " + MAX_REPLY_BYTES + " bytes");
            }
            line.write(next);
        }
    }

    private final byte[] buffer = new byte[1 << 13];
    private int at;
    private int end;

    private int buffered() throws IOException {
        if (at == end) {
            end = Math.max(0, in.read(buffer));
            at = 0;
            if (end == 0) {
                return -1;
            }
        }
        return buffer[at++] & 0xff;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
