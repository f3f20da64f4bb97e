// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.Printable;

/// The standard streams of a command: input, output and errors, and whether the output is coloured.
///
/// The launcher sets the property `vmstate.terminal` to whether standard output is a terminal. The
/// environment variable `NO_COLOR` disables colours if it is not empty (no-color.org).
///
/// Messages and styled text are filtered by [Printable], so that names in a stream or of a file
/// cannot contain control sequences for the terminal.
///
/// Printing does not throw; [#finish()] reports a failure at the end. A closed pipe (`vmstate show
/// … | head`) is not a failure.
public final class Terminal {
    private static final String ESCAPE = "\u001b[";
    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream in;
    private final OutputStream raw;
    private final PrintWriter err;
    private final boolean colour;
    private final OutputStream out;
    private @Nullable IOException failure;

    /// @param colour whether the output is coloured
    public Terminal(InputStream in, OutputStream out, PrintWriter err, boolean colour) {
        this.in = in;
        this.raw = out;
        this.err = err;
        this.colour = colour;
        this.out = new BufferedOutputStream(new Lenient(), BUFFER_BYTES);
    }

    static Terminal ofProcess() {
        return new Terminal(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                printer(new FileOutputStream(FileDescriptor.err)),
                coloured(Boolean.getBoolean("vmstate.terminal"), System.getenv()));
    }

    static boolean coloured(boolean terminal, Map<String, String> environment) {
        return terminal
                && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(environment.get("TERM"));
    }

    private static PrintWriter printer(OutputStream out) {
        return new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8), true);
    }

    /// Ignores all output after the first failure.
    private final class Lenient extends OutputStream {
        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
            if (failure == null) {
                try {
                    raw.write(bytes, offset, length);
                } catch (IOException e) {
                    failure = e;
                }
            }
        }
    }

    /// Standard input.
    public InputStream in() {
        return in;
    }

    /// Standard output, for text.
    public OutputStream out() {
        return out;
    }

    /// Standard output as a writer of text.
    public PrintWriter text() {
        return new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    }

    /// Standard output, for data. It cannot seek, because it may be a pipe. Each failure is thrown
    /// immediately.
    public WritableByteChannel data() {
        WritableByteChannel channel = Channels.newChannel(raw);
        return new WritableByteChannel() {
            @Override
            public int write(ByteBuffer bytes) throws IOException {
                try {
                    return channel.write(bytes);
                } catch (ClosedChannelException e) {
                    throw e;
                } catch (IOException e) {
                    throw standardOutput(e);
                }
            }

            @Override
            public boolean isOpen() {
                return channel.isOpen();
            }

            @Override
            public void close() throws IOException {
                channel.close();
            }
        };
    }

    /// Adds the name to a failure of standard output.
    private static IOException standardOutput(IOException failure) {
        FileSystemException named =
                new FileSystemException("standard output", null, failure.getMessage());
        named.initCause(failure);
        return named;
    }

    /// Standard error.
    public PrintWriter err() {
        return err;
    }

    /// Whether the output is coloured.
    public boolean colour() {
        return colour;
    }

    /// Prints a message of one line to standard error.
    public void message(String message) {
        err.println("vmstate: " + Printable.text(message));
    }

    /// Flushes the output.
    ///
    /// @throws IOException if writing failed for another reason than a closed pipe
    public void finish() throws IOException {
        out.flush();
        if (failure != null && !brokenPipe(failure)) {
            throw standardOutput(failure);
        }
    }

    /// Whether an exception means that the reader of a pipe closed it.
    static boolean brokenPipe(IOException e) {
        String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return "Broken pipe".equals(reason);
    }

    /// Formats ordinary text.
    public String plain(String text) {
        return Printable.text(text);
    }

    /// Formats important text: a heading, a name.
    public String strong(String text) {
        return styled("1m", text);
    }

    /// Formats less important text: types, offsets.
    public String faint(String text) {
        return styled("2m", text);
    }

    /// Formats a warning.
    public String warning(String text) {
        return styled("33m", text);
    }

    private String styled(String style, String text) {
        String printable = Printable.text(text);
        return colour && !text.isEmpty() ? ESCAPE + style + printable + ESCAPE + "0m" : printable;
    }
}
