// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Reads an input from its first byte through all containers to the stream.
final class Opening {
    /// The maximum number of nested containers.
    private static final int MAX_LAYERS = 6;

    /// The maximum number of zeros before a stream in an input of unknown size.
    private static final long MAX_ZEROS = 1L << 28;

    private final StreamFile.Options options;
    private final List<Layer> layers = new ArrayList<>();
    private Prefix prefix = new Prefix();

    Opening(StreamFile.Options options) {
        this.options = options;
    }

    /// Opens the input at the position of `in`. On success the result owns `in`; on failure the
    /// caller does.
    StreamFile open(WireReader in) throws IOException {
        while (true) {
            FirstBytes head = FirstBytes.of(in);
            Optional<Compression> compression = Compression.of(head);
            if (head.stream()) {
                return new StreamFile(in, layers, prefix, null);
            } else if (head.cprState()) {
                CprState state = CprState.read(in);
                return new StreamFile(in, layers, prefix, state);
            } else if (head.libvirt()) {
                add(LibvirtHeader.read(in, skipped(in)));
            } else if (head.skippableFrame()) {
                skipSkippableFrame(in);
            } else if (head.disk() && in.position() == 0) {
                return disk(in);
            } else if (compression.isPresent()) {
                return unpacked(compression.get(), in);
            } else if (in.atEnd()) {
                throw inside(new TruncatedException("the input is empty", in.position()));
            } else {
                skipForeign(in, head);
                return new StreamFile(in, layers, prefix, null);
            }
        }
    }

    private OutputStream skipped(WireReader in) {
        return in.seekable() ? OutputStream.nullOutputStream() : prefix;
    }

    private void skipSkippableFrame(WireReader in) throws IOException {
        long at = in.position();
        try {
            SkippableFrames.skip(new ReaderStream(in));
        } catch (EOFException e) {
            TruncatedException cut =
                    new TruncatedException("the input ends inside a skippable frame", at);
            cut.initCause(e);
            throw inside(cut);
        }
        prefix.incomplete();
    }

    private StreamFile unpacked(Compression by, WireReader in) throws IOException {
        boolean nested = layers.stream().anyMatch(Layer.Compressed.class::isInstance);
        add(new Layer.Compressed(by));
        prefix = new Prefix();
        InputStream plain = Unpacking.of(by, new ReaderStream(in), options.unpackers(), nested);
        return open(WireReader.of(Channels.newChannel(plain), options.limits()));
    }

    private StreamFile disk(WireReader in) throws IOException {
        if (!in.seekable()) {
            throw inside(
                    new UnsupportedException(
                            "a disk image, which can be read from a file or a server that answers ranges only",
                            in.position()));
        }
        DiskImage image = new DiskImage(in);
        List<Snapshot> found = image.withState(options.snapshot());
        if (found.size() != 1) {
            throw notOneSnapshot(image);
        }
        Snapshot snapshot = found.getFirst();
        add(new Layer.DiskSnapshot(snapshot));
        prefix = new Prefix();
        StreamFile opened = open(image.state(snapshot));
        WireReader stream = opened.reader();
        if (stream.seekable() && StreamHead.capabilities(stream).contains("mapped-ram")) {
            WireReader mapped = image.mappedState(snapshot);
            mapped.seek(stream.position());
            return new StreamFile(mapped, layers, prefix, null);
        }
        return opened;
    }

    private UnsupportedException notOneSnapshot(DiskImage image) {
        String names =
                image.snapshots().stream()
                        .map(s -> Printable.text(s.id() + " (" + s.name() + ")"))
                        .collect(Collectors.joining(", "));
        String chosen = options.snapshot();
        if (names.isEmpty()) {
            return new UnsupportedException("a disk image without snapshots", 0);
        }
        String why =
                chosen != null
                        ? "the disk image does not contain exactly one snapshot "
                                + Printable.text(chosen)
                                + " with a machine's state"
                        : image.withState(null).isEmpty()
                                ? "no snapshot of the disk image contains a machine's state"
                                : "a disk image with several snapshots, but none is selected";
        return new UnsupportedException(why + "; it has: " + names, 0);
    }

    /// Moves `in` over unknown data to the stream after it.
    private void skipForeign(WireReader in, FirstBytes head) throws IOException {
        long start = in.position();
        String certain = InputKind.certain(in);
        if (certain != null) {
            throw notAStream(certain, start);
        }
        String likely = InputKind.likely(in);
        long zeros = passZeros(in);
        if (zeros > 0 && FirstBytes.of(in).stream()) {
            if (layers.isEmpty()) {
                add(new Layer.Offset(zeros));
            }
            return;
        }
        if (in.atEnd()) {
            throw notAStream("nothing but zeros", start);
        }
        if (head.xlSave()) {
            if (XlSave.advance(in)) {
                prefix.incomplete();
                add(new Layer.Foreign(in.position() - start, Optional.of("xl save")));
                return;
            }
            if (in.seekable()) {
                in.seek(start);
            } else {
                prefix.incomplete();
            }
        }
        if (!StreamSearch.advance(in, skipped(in))) {
            throw notAStream(likely, start);
        }
        add(new Layer.Foreign(in.position() - start, program(head)));
    }

    private static Optional<String> program(FirstBytes head) {
        if (head.startsWith("xemu")) {
            return Optional.of("xemu");
        }
        return head.xlSave() ? Optional.of("xl save") : Optional.empty();
    }

    private long passZeros(WireReader in) throws IOException {
        long start = in.position();
        while (in.locate(1)) {
            byte[] window = in.window();
            int from = in.index();
            int to = from + in.buffered();
            int at = from;
            while (at < to && window[at] == 0) {
                at++;
            }
            in.consume(at - from);
            if (at < to) {
                break;
            }
            if (in.remaining().isEmpty() && in.position() - start > MAX_ZEROS) {
                throw notAStream("more than " + MAX_ZEROS + " zeros", start);
            }
        }
        prefix.zeros(in.position() - start);
        return in.position() - start;
    }

    private void add(Layer layer) throws CorruptException {
        if (layers.size() == MAX_LAYERS) {
            throw new CorruptException(
                    "more than " + MAX_LAYERS + " wrappings around one another", 0);
        }
        layers.add(layer);
    }

    private VMStateException notAStream(@Nullable String kind, long offset) {
        return inside(
                kind == null
                        ? new CorruptException(
                                "neither a migration stream nor a known container of one", offset)
                        : new UnsupportedException(kind + ", not a migration stream", offset));
    }

    /// Adds the containers of the wrong data to the path of an exception.
    private <E extends VMStateException> E inside(E e) {
        if (!layers.isEmpty()) {
            e.within(
                    "inside "
                            + switch (layers.getLast()) {
                                case Layer.Compressed compressed ->
                                        compressed.by().name().toLowerCase(Locale.ROOT);
                                case Layer.DiskSnapshot disk ->
                                        "snapshot " + Printable.text(disk.snapshot().name());
                                case Layer.LibvirtImage _ -> "a libvirt save image";
                                case Layer.Foreign _, Layer.Offset _ -> "the input";
                            });
        }
        return e;
    }
}
