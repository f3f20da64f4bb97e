// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.wire.Printable;
import org.vmstate.wire.RangeSource;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A stream without the containers around it.
///
/// If nothing is compressed, the reader's positions are offsets in the file or the snapshot, which
/// `mapped-ram` needs. Otherwise they are offsets in the decompressed data.
///
/// Not safe for use by several threads. Closing it closes the file, pipe or source; closing again
/// has no effect. After that the reader, and all views of its bytes, throw an
/// [IllegalStateException].
public final class StreamFile implements AutoCloseable {
    private final WireReader reader;
    private final List<Layer> layers;
    private final Prefix prefix;
    private final @Nullable CprState cprState;
    private final long start;

    StreamFile(WireReader reader, List<Layer> layers, Prefix prefix, @Nullable CprState cprState) {
        this.reader = reader;
        this.layers = List.copyOf(layers);
        this.prefix = prefix;
        this.cprState = cprState;
        this.start = reader.position();
    }

    /// Options for opening. Immutable.
    public static final class Options {
        /// The default limits, no snapshot, only the library's own decoders.
        public static final Options DEFAULT = builder().build();

        private final ReadLimits limits;
        private final @Nullable String snapshot;
        private final Map<Compression, Unpacker> unpackers;

        private Options(Builder builder) {
            this.limits = builder.limits;
            this.snapshot = builder.snapshot;
            this.unpackers = Map.copyOf(builder.unpackers);
        }

        /// Creates a builder with the default options.
        public static Builder builder() {
            return new Builder();
        }

        ReadLimits limits() {
            return limits;
        }

        @Nullable String snapshot() {
            return snapshot;
        }

        Map<Compression, Unpacker> unpackers() {
            return unpackers;
        }

        /// Builds options.
        public static final class Builder {
            private final Map<Compression, Unpacker> unpackers = new EnumMap<>(Compression.class);
            private ReadLimits limits = ReadLimits.DEFAULT;
            private @Nullable String snapshot;

            private Builder() {}

            /// Sets the limits for the input.
            public Builder limits(ReadLimits limits) {
                this.limits = Objects.requireNonNull(limits);
                return this;
            }

            /// Sets the id or name of the snapshot to open in a disk image. It is not needed if
            /// only one snapshot has a stream. An input that is not a disk image is then an
            /// [UnsupportedException].
            public Builder snapshot(String idOrName) {
                this.snapshot = Objects.requireNonNull(idOrName);
                return this;
            }

            /// Sets a decoder for a compression that replaces the library's own, or that the
            /// library lacks.
            public Builder unpacker(Compression compression, Unpacker unpacker) {
                unpackers.put(compression, Objects.requireNonNull(unpacker));
                return this;
            }

            /// Returns the options.
            public Options build() {
                return new Options(this);
            }
        }
    }

    /// Opens a regular file or a block device, which is mapped.
    public static StreamFile open(Path file, Options options) throws IOException {
        return open(WireReader.open(file, options.limits), options);
    }

    /// Opens a source of ranges, of which only the needed ranges are read. Closing the result
    /// closes the source.
    public static StreamFile open(RangeSource source, Options options) throws IOException {
        return open(WireReader.of(source, options.limits), options);
    }

    /// Opens the input from a pipe.
    public static StreamFile of(InputStream pipe, Options options) throws IOException {
        return open(WireReader.of(Channels.newChannel(pipe), options.limits), options);
    }

    /// Opens what a reader has from its position on, with the limits of the reader. Closing the
    /// result closes the reader, which is also closed if this fails.
    public static StreamFile open(WireReader in, Options options) throws IOException {
        try {
            StreamFile opened = new Opening(options).open(in);
            String snapshot = options.snapshot;
            if (snapshot != null
                    && opened.layers().stream().noneMatch(Layer.DiskSnapshot.class::isInstance)) {
                throw new UnsupportedException(
                        "not a disk image, so there is no snapshot " + Printable.text(snapshot), 0);
            }
            return opened;
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        } catch (InternalError e) {
            try (in) {
                throw MappedFile.fault(e);
            }
        }
    }

    /// The snapshots of a disk image, empty if the file is not a disk image.
    public static Optional<List<Snapshot>> snapshots(Path file, ReadLimits limits)
            throws IOException {
        try (WireReader in = WireReader.open(file, limits)) {
            return snapshots(in);
        }
    }

    /// The snapshots of a disk image in a source of ranges, empty if it is not a disk image. The
    /// source stays open.
    public static Optional<List<Snapshot>> snapshots(RangeSource source, ReadLimits limits)
            throws IOException {
        return snapshots(WireReader.of(source, limits));
    }

    /// The snapshots of a disk image at whose first byte a reader stands, or nothing if there is
    /// none or the reader cannot seek. The position of the reader does not change.
    public static Optional<List<Snapshot>> snapshots(WireReader in) throws IOException {
        if (!in.seekable()) {
            return Optional.empty();
        }
        long start = in.position();
        try {
            if (!FirstBytes.of(in).disk()) {
                return Optional.empty();
            }
            List<Snapshot> snapshots = new DiskImage(in).snapshots();
            in.seek(start);
            return Optional.of(snapshots);
        } catch (InternalError e) {
            throw MappedFile.fault(e);
        }
    }

    /// A reader positioned at the stream's first byte.
    public WireReader reader() {
        return reader;
    }

    /// The containers around the stream, from the outermost to the innermost.
    public List<Layer> layers() {
        return layers;
    }

    /// The containers whose bytes are not among the reader's: compression and snapshots, and all
    /// that contain these.
    public List<Layer> undoneLayers() {
        int count = layers.size();
        while (count > 0
                && !(layers.get(count - 1) instanceof Layer.Compressed
                        || layers.get(count - 1) instanceof Layer.DiskSnapshot)) {
            count--;
        }
        return layers.subList(0, count);
    }

    /// The CPR state, if the input contains one instead of a stream. The reader must not be used
    /// then.
    public Optional<CprState> cprState() {
        return Optional.ofNullable(cprState);
    }

    /// The libvirt image that contains the stream, if any.
    public Optional<Layer.LibvirtImage> libvirtImage() {
        return layers.stream()
                .filter(Layer.LibvirtImage.class::isInstance)
                .map(Layer.LibvirtImage.class::cast)
                .findFirst();
    }

    /// Writes the bytes before the stream unchanged: zeros, or the header of libvirt or another
    /// program. Returns false, and writes nothing, if they were read from a pipe and were too many
    /// to keep.
    public boolean writePrefix(WireWriter out) throws IOException {
        if (!prefix.available(reader)) {
            return false;
        }
        prefix.writeTo(out, reader, start);
        return true;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
