// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.vmstate.container.Compression;
import org.vmstate.container.Snapshot;
import org.vmstate.container.StreamFile;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Opens what a command was told to read, whatever is around the stream.
final class Input {
    private static final String STANDARD_INPUT = "-";

    private Input() {}

    /// A stream in a file, mapped where it is a regular one and not compressed, or in standard
    /// input for `-`.
    static StreamFile open(String name, Optional<String> snapshot, Terminal terminal)
            throws IOException {
        StreamFile.Options options =
                new StreamFile.Options(
                        ReadLimits.DEFAULT,
                        snapshot,
                        Map.of(
                                Compression.BZIP2,
                                packed -> new BZip2CompressorInputStream(packed, true)));
        try {
            if (name.equals(STANDARD_INPUT)) {
                return StreamFile.of(terminal.in(), options);
            }
            Path file = existing(name);
            if (Files.isRegularFile(file) && Files.size(file) == 0) {
                throw new TruncatedException("the file is empty", 0);
            }
            return Files.isRegularFile(file)
                    ? StreamFile.open(file, options)
                    : StreamFile.of(new FileInputStream(name), options);
        } catch (VMStateException e) {
            throw e.within(label(name));
        }
    }

    /// The bytes of a file as they are.
    static WireReader raw(String name, Terminal terminal) throws IOException {
        if (name.equals(STANDARD_INPUT)) {
            return WireReader.of(Channels.newChannel(terminal.in()), ReadLimits.DEFAULT);
        }
        Path file = existing(name);
        return Files.isRegularFile(file)
                ? WireReader.open(file, ReadLimits.DEFAULT)
                : WireReader.of(new FileInputStream(name).getChannel(), ReadLimits.DEFAULT);
    }

    /// The snapshots in a disk image, empty if the file is none.
    static Optional<List<Snapshot>> snapshots(String name) throws IOException {
        if (name.equals(STANDARD_INPUT) || !Files.isRegularFile(existing(name))) {
            return Optional.empty();
        }
        return StreamFile.snapshots(Path.of(name), ReadLimits.DEFAULT);
    }

    private static Path existing(String name) throws IOException {
        Path file = Path.of(name);
        if (!Files.exists(file)) {
            throw new NoSuchFileException(name);
        }
        if (Files.isDirectory(file)) {
            throw new IOException(name + ": this is a directory");
        }
        return file;
    }

    /// The name of the input for messages.
    static String label(String name) {
        return name.equals(STANDARD_INPUT) ? "standard input" : name;
    }
}
