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
    private final Terminal terminal;
    private @Nullable HttpSource http;

    /// What the command line says of how to read.
    ///
    /// @param snapshot the name or id of the snapshot to read, where the input is a disk image
    record Choice(Optional<String> snapshot, ReadLimits limits) {
        /// Nothing is said.
        static final Choice DEFAULT = new Choice(Optional.empty(), ReadLimits.DEFAULT);
    }

    /// An input that is opened when something of it is asked for. To be closed where it is not
    /// opened, or [#open(Choice)] fails; a stream opened closes with its own [StreamFile].
    Input(String name, Terminal terminal) {
        this.name = name;
        this.terminal = terminal;
    }

    /// The stream in an input.
    static StreamFile open(String name, Choice choice, Terminal terminal) throws IOException {
        StreamFile opened = new Input(name, terminal).open(choice);
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
    StreamFile open(Choice choice) throws IOException {
        StreamFile.Options.Builder options =
                StreamFile.Options.builder()
                        .limits(choice.limits())
                        .unpacker(Compression.BZIP2, BZip2CompressorInputStream::new);
        choice.snapshot().ifPresent(options::snapshot);
        try {
            return open(options.build());
        } catch (VMStateException e) {
            throw withHint(e).within(label(name));
        }
    }

    private StreamFile open(StreamFile.Options options) throws IOException {
        if (name.equals(STANDARD_INPUT)) {
            return StreamFile.of(terminal.in(), options);
        }
        if (isUrl(name)) {
            HttpSource source = http();
            Optional<InputStream> whole = source.whole();
            return whole.isPresent()
                    ? StreamFile.of(whole.get(), options)
                    : StreamFile.open(source, options);
        }
        Path file = existing(name);
        return mappable(file) ? StreamFile.open(file, options) : StreamFile.of(pipe(file), options);
    }

    /// The bytes of a file that is none to map: a pipe, a device, a file that does not say its
    /// size.
    private static InputStream pipe(Path file) throws IOException {
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

    private HttpSource http() throws IOException {
        if (http == null) {
            http = HttpSource.open(name);
        }
        return http;
    }

    /// The snapshots in a disk image, empty if the input is none.
    Optional<List<Snapshot>> snapshots() throws IOException {
        if (name.equals(STANDARD_INPUT)) {
            return Optional.empty();
        }
        try {
            if (isUrl(name)) {
                HttpSource source = http();
                return source.whole().isPresent()
                        ? Optional.empty()
                        : StreamFile.snapshots(source, ReadLimits.DEFAULT);
            }
            return mappable(existing(name))
                    ? StreamFile.snapshots(Path.of(name), ReadLimits.DEFAULT)
                    : Optional.empty();
        } catch (VMStateException e) {
            throw e.within(label(name));
        }
    }

    @Override
    public void close() throws IOException {
        if (http != null) {
            http.close();
        }
    }

    /// The bytes of a file as they are.
    static WireReader raw(String name, Terminal terminal) throws IOException {
        if (name.equals(STANDARD_INPUT)) {
            return WireReader.of(Channels.newChannel(terminal.in()), ReadLimits.DEFAULT);
        }
        if (isUrl(name)) {
            HttpSource source = HttpSource.open(name);
            Optional<InputStream> whole = source.whole();
            return whole.isPresent()
                    ? WireReader.of(Channels.newChannel(whole.get()), ReadLimits.DEFAULT)
                    : WireReader.of(source, ReadLimits.DEFAULT);
        }
        Path file = existing(name);
        return mappable(file)
                ? WireReader.open(file, ReadLimits.DEFAULT)
                : WireReader.of(Channels.newChannel(pipe(file)), ReadLimits.DEFAULT);
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
