// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.PushbackInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Optional;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.Compression;
import org.vmstate.container.Snapshot;
import org.vmstate.container.StreamFile;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// The input of a command: a file, a block device, a pipe, `-` for standard input, or a URL, and
/// the stream in it without its containers.
final class Input implements AutoCloseable {
    private static final String STANDARD_INPUT = "-";
    private static final int FILE_TYPE = 0xf000;
    private static final int BLOCK_DEVICE = 0x6000;

    private final String name;
    private final Choice choice;
    private final Terminal terminal;
    private @Nullable WireReader bytes;

    /// The options for reading an input.
    ///
    /// @param snapshot the name or id of the snapshot to read, if the input is a disk image
    record Choice(Optional<String> snapshot, ReadLimits limits) {
        /// The default options.
        static final Choice DEFAULT = new Choice(Optional.empty(), ReadLimits.DEFAULT);
    }

    /// Creates an input, which is opened once, at its first use: a second time it might be another
    /// file or a shorter one. Close it unless a stream was opened, which is closed with its
    /// [StreamFile].
    Input(String name, Choice choice, Terminal terminal) {
        this.name = name;
        this.choice = choice;
        this.terminal = terminal;
    }

    /// Opens the stream in an input.
    static StreamFile open(String name, Choice choice, Terminal terminal) throws IOException {
        try (Input input = new Input(name, choice, terminal)) {
            return input.openStream();
        }
    }

    /// Opens the stream in this input.
    StreamFile openStream() throws IOException {
        StreamFile opened = open();
        if (opened.cprState().isPresent()) {
            opened.close();
            throw new UnsupportedException(
                            opened.cprState().get()
                                    + "; a migration's other channel has the stream, the memory stays in the descriptors",
                            0)
                    .within(label(name));
        }
        return opened;
    }

    /// Opens the stream in this input, or the CPR state that it contains instead.
    StreamFile open() throws IOException {
        StreamFile.Options.Builder options =
                StreamFile.Options.builder()
                        .limits(choice.limits())
                        .unpacker(Compression.BZIP2, BZip2CompressorInputStream::new);
        choice.snapshot().ifPresent(options::snapshot);
        try {
            WireReader in = bytes();
            bytes = null; // the stream's from here on
            return StreamFile.open(in, options.build());
        } catch (VMStateException e) {
            throw withHint(e).within(label(name));
        }
    }

    /// The bytes of this input without removing containers, from the first one that was not read.
    WireReader bytes() throws IOException {
        if (bytes == null) {
            bytes = openBytes();
        }
        return bytes;
    }

    private WireReader openBytes() throws IOException {
        if (name.equals(STANDARD_INPUT)) {
            return pipe(terminal.in());
        }
        if (isUrl(name)) {
            HttpSource source = HttpSource.open(name);
            Optional<InputStream> whole = source.whole();
            return whole.isPresent() ? pipe(whole.get()) : WireReader.of(source, choice.limits());
        }
        Path file = existing(name);
        return mappable(file) ? WireReader.open(file, choice.limits()) : pipe(unmapped(file));
    }

    private WireReader pipe(InputStream in) {
        ReadableByteChannel channel = Channels.newChannel(in);
        ReadableByteChannel named =
                new ReadableByteChannel() {
                    @Override
                    public int read(ByteBuffer target) throws IOException {
                        try {
                            return channel.read(target);
                        } catch (IOException e) {
                            throw named(e);
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
        return WireReader.of(named, choice.limits());
    }

    /// Adds the name of this input to a failure to read a pipe, whose message is only "Input/output
    /// error" and the like.
    private IOException named(IOException e) {
        if (isUrl(name) // the message contains the URL already
                || e instanceof ClosedChannelException
                || e instanceof InterruptedIOException) {
            return e;
        }
        FileSystemException named = new FileSystemException(label(name), null, e.getMessage());
        named.initCause(e);
        return named;
    }

    /// Opens a file that cannot be mapped: a pipe, a device, a file without a known size.
    private InputStream unmapped(Path file) throws IOException {
        PushbackInputStream in = new PushbackInputStream(Files.newInputStream(file));
        if (Files.isRegularFile(file)) {
            int first;
            try {
                first = in.read();
            } catch (IOException e) {
                in.close();
                throw named(e);
            }
            if (first < 0) {
                in.close();
                throw new TruncatedException("the file is empty", 0);
            }
            in.unread(first);
        }
        return in;
    }

    /// The snapshots in a disk image, empty if the input is not a disk image.
    Optional<List<Snapshot>> snapshots() throws IOException {
        try {
            return StreamFile.snapshots(bytes());
        } catch (VMStateException e) {
            throw e.within(label(name));
        }
    }

    @Override
    public void close() throws IOException {
        if (bytes != null) {
            bytes.close();
        }
    }

    /// Whether the input ends where its content ends. A block device does not: its size is
    /// independent of what was written to it.
    boolean endsWithItsContent() {
        return isUrl(name) || name.equals(STANDARD_INPUT) || Files.isRegularFile(Path.of(name));
    }

    private static boolean isUrl(String name) {
        return name.regionMatches(true, 0, "http://", 0, 7)
                || name.regionMatches(true, 0, "https://", 0, 8);
    }

    private static Path existing(String name) throws IOException {
        if (name.isEmpty()) {
            throw new NoSuchFileException("''");
        }
        Path file = Path.of(name);
        // Files.exists would return false also for a file in a folder without search permission.
        if (Files.readAttributes(file, BasicFileAttributes.class).isDirectory()) {
            throw new IOException(name + ": this is a directory");
        }
        return file;
    }

    /// Whether a file can be read at any position. A regular file of size 0 may have content
    /// nevertheless, as below `/proc`.
    private static boolean mappable(Path file) throws IOException {
        if (Files.isRegularFile(file)) {
            return Files.size(file) > 0;
        }
        if (!file.getFileSystem().supportedFileAttributeViews().contains("unix")) {
            return false;
        }
        return Files.getAttribute(file, "unix:mode") instanceof Integer mode
                && (mode & FILE_TYPE) == BLOCK_DEVICE;
    }

    /// Adds a hint to the error about JSON text.
    private static VMStateException withHint(VMStateException e) {
        return e instanceof UnsupportedException && e.detail().startsWith("JSON text")
                ? new UnsupportedException(
                        e.detail() + "; --describe-with takes the description of one", e.offset())
                : e;
    }

    /// What a command does with an opened input.
    @FunctionalInterface
    interface Use<T> {
        /// Reads the input.
        T read() throws IOException, UsageException;
    }

    /// Reads an input that was opened; adds its name to the path of an exception about its bytes.
    static <T> T reading(String name, Use<T> use) throws IOException, UsageException {
        try {
            return use.read();
        } catch (VMStateException e) {
            throw e.within(label(name));
        }
    }

    /// The name of the input in messages.
    static String label(String name) {
        return name.equals(STANDARD_INPUT) ? "standard input" : name;
    }
}
