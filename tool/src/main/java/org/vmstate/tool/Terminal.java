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
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.Printable;

/// Where a command reads and prints: standard input, output and errors, and whether the output
/// shows colours.
///
/// The launcher, which can tell, says in the property `vmstate.terminal` whether standard output is
/// a terminal. `NO_COLOR` switches colours off wherever it is set and not empty (no-color.org).
///
/// What messages and styled text contain passes [Printable], so that names from a stream or of a
/// file cannot steer the terminal.
///
/// Printing does not fail: [#finish()] tells in the end what could not be written. That the reader
/// of a pipe went away (`vmstate show … | head`) is no failure.
public final class Terminal {
    private static final String ESCAPE = "\u001b[";
    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream in;
    private final OutputStream raw;
    private final PrintWriter err;
    private final boolean colour;
    private final OutputStream out;
    private @Nullable IOException failure;

    /// @param colour whether the output shows colours
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

    /// Takes what could be written and forgets the rest.
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

    /// Standard output, to print to.
    public OutputStream out() {
        return out;
    }

    /// Standard output as a writer of text.
    public PrintWriter text() {
        return new PrintWriter(new OutputStreamWriter(out, StandardCharsets.UTF_8));
    }

    /// Standard output for data, where every failure is an exception at once.
    public WritableByteChannel data() {
        return Channels.newChannel(raw);
    }

    /// Standard error.
    public PrintWriter err() {
        return err;
    }

    /// Whether the output shows colours.
    public boolean colour() {
        return colour;
    }

    /// Says in one line what keeps a command from doing its work.
    public void complain(String message) {
        err.println("vmstate: " + Printable.text(message));
    }

    /// Writes what is left to write.
    ///
    /// @throws IOException if something could not be written though somebody wanted it
    public void finish() throws IOException {
        out.flush();
        if (failure != null && !brokenPipe(failure)) {
            throw new IOException("standard output: " + failure.getMessage(), failure);
        }
    }

    /// Whether it says no more than that the reader of a pipe went away.
    static boolean brokenPipe(IOException e) {
        String reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return "Broken pipe".equals(reason);
    }

    /// Text that stands out: a heading, a name.
    public String strong(String text) {
        return styled("1m", text);
    }

    /// Text that stands back: types, offsets.
    public String faint(String text) {
        return styled("2m", text);
    }

    /// Text that warns.
    public String warning(String text) {
        return styled("33m", text);
    }

    private String styled(String style, String text) {
        String printable = Printable.text(text);
        return colour && !text.isEmpty() ? ESCAPE + style + printable + ESCAPE + "0m" : printable;
    }
}
