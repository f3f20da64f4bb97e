// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.channels.Channels;
import java.nio.file.Files;
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

/// What a command was told to read: a file, a block device, a pipe, `-` for standard input, or a
/// URL; with the stream in it, whatever is around that.
final class Input implements AutoCloseable {
    private static final String STANDARD_INPUT = "-";
    private static final int FILE_TYPE = 0xf000;
    private static final int BLOCK_DEVICE = 0x6000;

    private final String name;
    private final Choice choice;
    private final Terminal terminal;
    private @Nullable WireReader bytes;

    /// What the command line says of how to read.
    ///
    /// @param snapshot the name or id of the snapshot to read, where the input is a disk image
    record Choice(Optional<String> snapshot, ReadLimits limits) {
        /// Nothing is said.
        static final Choice DEFAULT = new Choice(Optional.empty(), ReadLimits.DEFAULT);
    }

    /// An input that is opened once, when something of it is asked for: a second time it might be
    /// another file or a shorter one. To be closed, unless a stream was opened, which then closes
    /// with its own [StreamFile].
    Input(String name, Choice choice, Terminal terminal) {
        this.name = name;
        this.choice = choice;
        this.terminal = terminal;
    }

    /// The stream in an input.
    static StreamFile open(String name, Choice choice, Terminal terminal) throws IOException {
        try (Input input = new Input(name, choice, terminal)) {
            return input.openStream();
        }
    }

    /// The stream in this input.
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

    /// The stream in this input, or the CPR state that is there instead of one.
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

    /// The bytes of this input as they are, at the first of them unless they were read.
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
        return WireReader.of(Channels.newChannel(in), choice.limits());
    }

    /// The bytes of a file that is none to map: a pipe, a device, a file that does not say its
    /// size.
    private static InputStream unmapped(Path file) throws IOException {
        PushbackInputStream in = new PushbackInputStream(Files.newInputStream(file));
        if (Files.isRegularFile(file)) {
            int first = in.read();
            if (first < 0) {
                in.close();
                throw new TruncatedException("the file is empty", 0);
            }
            in.unread(first);
        }
        return in;
    }

    /// The snapshots in a disk image, empty if the input is none.
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

    /// Whether the end of the input says something of the stream in it: not that of a block device,
    /// which is as long as it is, whatever was written to it.
    boolean endsWithItsContent() {
        return isUrl(name) || name.equals(STANDARD_INPUT) || Files.isRegularFile(Path.of(name));
    }

    private static boolean isUrl(String name) {
        return name.regionMatches(true, 0, "http://", 0, 7)
                || name.regionMatches(true, 0, "https://", 0, 8);
    }

    private static Path existing(String name) throws IOException {
        Path file = Path.of(name);
        // Not Files.exists, to which a folder that one may not search is the same as no file.
        if (Files.readAttributes(file, BasicFileAttributes.class).isDirectory()) {
            throw new IOException(name + ": this is a directory");
        }
        return file;
    }

    /// Whether bytes of a file can be read from any position. A regular file of no bytes may be one
    /// of those, as below `/proc`, that have bytes all the same.
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

    /// Says of JSON text where it belongs.
    private static VMStateException withHint(VMStateException e) {
        return e instanceof UnsupportedException && e.detail().startsWith("JSON text")
                ? new UnsupportedException(
                        e.detail() + "; --describe-with takes the description of one", e.offset())
                : e;
    }

    /// The name of the input for messages.
    static String label(String name) {
        return name.equals(STANDARD_INPUT) ? "standard input" : name;
    }
}
