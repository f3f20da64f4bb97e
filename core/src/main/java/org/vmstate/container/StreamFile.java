// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;

/// A stream with everything around it taken off.
///
/// Where nothing is compressed the reader's positions are offsets in the file, as `mapped-ram`
/// needs it; else they count from the beginning of what was decompressed.
public final class StreamFile implements AutoCloseable {
    /// More wrappings than this around one another are no accident.
    private static final int MAX_LAYERS = 6;

    private static final int ZERO_STEP = 512;

    private final WireReader reader;
    private final List<Layer> layers;

    private StreamFile(WireReader reader, List<Layer> layers) {
        this.reader = reader;
        this.layers = List.copyOf(layers);
    }

    /// What opening needs to know beside the file.
    ///
    /// @param snapshot id or name of the snapshot to open in a disk image; not needed if only one
    ///   has a stream
    /// @param unpackers decoders for compressions that this library has none for, or instead of its
    ///   own
    public record Options(
            ReadLimits limits, Optional<String> snapshot, Map<Compression, Unpacker> unpackers) {
        /// Default limits, no snapshot chosen, only the library's own decoders.
        public static final Options DEFAULT =
                new Options(ReadLimits.DEFAULT, Optional.empty(), Map.of());

        /// Options whose decoders do not change any more.
        public Options {
            unpackers = Map.copyOf(unpackers);
        }
    }

    /// Opens a regular file.
    public static StreamFile open(Path file, Options options) throws IOException {
        WireReader in = WireReader.open(file, options.limits);
        try {
            return new Opening(options).seekable(in, file);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /// Opens what comes through a pipe.
    public static StreamFile of(InputStream pipe, Options options) throws IOException {
        return new Opening(options).piped(pipe);
    }

    /// The snapshots of a disk image, or nothing if the file is none.
    public static Optional<List<Snapshot>> snapshots(Path file, ReadLimits limits)
            throws IOException {
        try (InputStream start = Files.newInputStream(file)) {
            if (!new Head(start.readNBytes(Head.BYTES)).disk()) {
                return Optional.empty();
            }
        }
        try (WireReader in = WireReader.open(file, limits)) {
            return Optional.of(new DiskImage(in).snapshots());
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

    /// The libvirt image around the stream, if it is in one.
    public Optional<Layer.LibvirtImage> libvirtImage() {
        return layers.stream()
                .filter(Layer.LibvirtImage.class::isInstance)
                .map(Layer.LibvirtImage.class::cast)
                .findFirst();
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }

    private static Head head(WireReader in) throws IOException {
        int count = 0;
        while (count < Head.BYTES && in.peek(count) >= 0) {
            count++;
        }
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) in.peek(i);
        }
        return new Head(bytes);
    }

    /// The way through the layers of one input.
    private static final class Opening {
        private final Options options;
        private final List<Layer> layers = new ArrayList<>();

        Opening(Options options) {
            this.options = options;
        }

        StreamFile seekable(WireReader in, Path file) throws IOException {
            while (true) {
                Head head = head(in);
                Optional<Compression> compression = Compression.of(head);
                if (head.stream()) {
                    return new StreamFile(in, layers);
                } else if (head.libvirt()) {
                    add(LibvirtHeader.read(in));
                } else if (head.zeros()) {
                    passZeros(in);
                } else if (head.disk() && in.position() == 0) {
                    return disk(in);
                } else if (compression.isPresent()) {
                    FileChannel packed =
                            FileChannel.open(file, StandardOpenOption.READ).position(in.position());
                    StreamFile opened =
                            unpacked(compression.get(), Channels.newInputStream(packed));
                    in.close();
                    return opened;
                } else {
                    throw unknown(in.position());
                }
            }
        }

        StreamFile piped(InputStream raw) throws IOException {
            byte[] begin = raw.readNBytes(Head.BYTES);
            Head head = new Head(begin);
            Optional<Compression> compression = Compression.of(head);
            InputStream in = new SequenceInputStream(new ByteArrayInputStream(begin), raw);
            if (compression.isPresent()) {
                return unpacked(compression.get(), new BufferedInputStream(in, 1 << 16));
            }
            if (head.libvirt()) {
                ByteArrayOutputStream image = new ByteArrayOutputStream();
                byte[] header = in.readNBytes(LibvirtHeader.HEADER_BYTES);
                image.write(header);
                if (header.length == LibvirtHeader.HEADER_BYTES) {
                    image.write(in.readNBytes(LibvirtHeader.dataBytes(header, 0)));
                }
                add(LibvirtHeader.read(WireReader.of(image.toByteArray())));
                return piped(in);
            }
            ReadableByteChannel channel =
                    new BegunChannel(ByteBuffer.wrap(begin), Channels.newChannel(raw));
            WireReader reader = WireReader.of(channel, options.limits);
            if (head.zeros()) {
                passZeros(reader);
            }
            if (!head(reader).stream()) {
                throw unknown(reader.position());
            }
            return new StreamFile(reader, layers);
        }

        private StreamFile unpacked(Compression by, InputStream packed) throws IOException {
            try {
                add(new Layer.Compressed(by));
                InputStream plain = Unpacking.of(by, packed, options.unpackers);
                return piped(new BufferedInputStream(plain, 1 << 16));
            } catch (IOException | RuntimeException e) {
                packed.close();
                throw e;
            }
        }

        private StreamFile disk(WireReader in) throws IOException {
            DiskImage image = new DiskImage(in);
            List<Snapshot> found =
                    image.snapshots().stream()
                            .filter(Snapshot::hasState)
                            .filter(
                                    s ->
                                            options.snapshot.isEmpty()
                                                    || options.snapshot.get().equals(s.id())
                                                    || options.snapshot.get().equals(s.name()))
                            .toList();
            if (found.size() != 1) {
                String names =
                        image.snapshots().stream()
                                .map(s -> s.id() + " (" + s.name() + ")")
                                .collect(Collectors.joining(", "));
                throw new UnsupportedException(
                        options.snapshot
                                        .map(
                                                s ->
                                                        "no single snapshot "
                                                                + s
                                                                + " with a machine's state")
                                        .orElse("no snapshot chosen")
                                + "; the disk image has: "
                                + (names.isEmpty() ? "none" : names),
                        0);
            }
            add(new Layer.DiskSnapshot(found.getFirst()));
            WireReader stream = WireReader.of(image.state(found.getFirst()), options.limits);
            if (!head(stream).stream()) {
                throw unknown(0);
            }
            return new StreamFile(stream, layers);
        }

        private void passZeros(WireReader in) throws IOException {
            long start = in.position();
            while (zerosFollow(in, ZERO_STEP)) {
                in.skip(ZERO_STEP);
            }
            while (in.peek(0) == 0) {
                in.skip(1);
            }
            if (layers.isEmpty()) {
                add(new Layer.Offset(in.position() - start));
            }
            if (!head(in).stream()) {
                throw unknown(in.position());
            }
        }

        private static boolean zerosFollow(WireReader in, int count) throws IOException {
            for (int i = 0; i < count; i++) {
                if (in.peek(i) != 0) {
                    return false;
                }
            }
            return true;
        }

        private void add(Layer layer) throws CorruptException {
            if (layers.size() == MAX_LAYERS) {
                throw new CorruptException(
                        "more than " + MAX_LAYERS + " wrappings around one another", 0);
            }
            layers.add(layer);
        }

        private static CorruptException unknown(long offset) {
            return new CorruptException(
                    "neither a migration stream nor anything that is known to hold one", offset);
        }
    }
}
