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

/// A stream with everything around it taken off.
///
/// Where nothing is compressed the reader's positions are offsets in the file or the snapshot, as
/// `mapped-ram` needs it; else they count from the beginning of what was decompressed.
///
/// Not safe for use by several threads. Closing it closes the file, pipe or source, and may be
/// repeated; the reader is unusable then, and so is what looks at its bytes: reading is an
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

    /// What opening needs to know beside the file. Immutable.
    public static final class Options {
        /// Default limits, no snapshot chosen, only the library's own decoders.
        public static final Options DEFAULT = builder().build();

        private final ReadLimits limits;
        private final @Nullable String snapshot;
        private final Map<Compression, Unpacker> unpackers;

        private Options(Builder builder) {
            this.limits = builder.limits;
            this.snapshot = builder.snapshot;
            this.unpackers = Map.copyOf(builder.unpackers);
        }

        /// A builder of options that begins with the defaults.
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

        /// Collects options.
        public static final class Builder {
            private final Map<Compression, Unpacker> unpackers = new EnumMap<>(Compression.class);
            private ReadLimits limits = ReadLimits.DEFAULT;
            private @Nullable String snapshot;

            private Builder() {}

            /// The bounds that the input has to keep.
            public Builder limits(ReadLimits limits) {
                this.limits = Objects.requireNonNull(limits);
                return this;
            }

            /// The id or name of the snapshot to open in a disk image; not needed if only one has a
            /// stream. An input that is no disk image is refused then.
            public Builder snapshot(String idOrName) {
                this.snapshot = Objects.requireNonNull(idOrName);
                return this;
            }

            /// A decoder for a compression that this library has none for, or instead of its own.
            public Builder unpacker(Compression compression, Unpacker unpacker) {
                unpackers.put(compression, Objects.requireNonNull(unpacker));
                return this;
            }

            /// Options with what was set.
            public Options build() {
                return new Options(this);
            }
        }
    }

    /// Opens a regular file or a block device, which is mapped.
    public static StreamFile open(Path file, Options options) throws IOException {
        return open(WireReader.open(file, options.limits), options);
    }

    /// Opens what is behind a source of ranges, of which no more is read than is needed; closing
    /// the result closes the source.
    public static StreamFile open(RangeSource source, Options options) throws IOException {
        return open(WireReader.of(source, options.limits), options);
    }

    /// Opens what comes through a pipe.
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
                        "no disk image, so there is no snapshot " + Printable.text(snapshot), 0);
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

    /// The snapshots of a disk image, or nothing if the file is none.
    public static Optional<List<Snapshot>> snapshots(Path file, ReadLimits limits)
            throws IOException {
        try (WireReader in = WireReader.open(file, limits)) {
            return snapshots(in);
        }
    }

    /// The snapshots of a disk image behind a source of ranges, or nothing if there is none; the
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

    /// A reader at the stream's first byte.
    public WireReader reader() {
        return reader;
    }

    /// What was around the stream, from the outside to the inside.
    public List<Layer> layers() {
        return layers;
    }

    /// The layers that had to be undone before the reader's bytes could be read: compression, a
    /// snapshot, and what is around these. Nothing of them is among the reader's bytes.
    public List<Layer> undoneLayers() {
        int count = layers.size();
        while (count > 0
                && !(layers.get(count - 1) instanceof Layer.Compressed
                        || layers.get(count - 1) instanceof Layer.DiskSnapshot)) {
            count--;
        }
        return layers.subList(0, count);
    }

    /// The CPR state that the input holds instead of a stream, if it does; the reader is of no use
    /// then.
    public Optional<CprState> cprState() {
        return Optional.ofNullable(cprState);
    }

    /// The libvirt image around the stream, if it is in one.
    public Optional<Layer.LibvirtImage> libvirtImage() {
        return layers.stream()
                .filter(Layer.LibvirtImage.class::isInstance)
                .map(Layer.LibvirtImage.class::cast)
                .findFirst();
    }

    /// Writes the bytes that stand before the stream, as they are: zeros, a header of libvirt or of
    /// another program. Returns false, and writes nothing, if they came through a pipe and were too
    /// many to keep.
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
