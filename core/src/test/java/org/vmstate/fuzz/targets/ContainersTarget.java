// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.container.ContainerBytes;
import org.vmstate.container.CprState;
import org.vmstate.container.Layer;
import org.vmstate.container.StreamFile;
import org.vmstate.fuzz.Sample;
import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Structure.Kind;
import org.vmstate.fuzz.Target;
import org.vmstate.fuzz.targets.Oracle.Outcome;
import org.vmstate.testing.ByteRanges;
import org.vmstate.testing.DiskImageBytes;
import org.vmstate.testing.SampleStreams;
import org.vmstate.testing.StreamBytes;
import org.vmstate.testing.TrickleChannel;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Opens containers. A file and a pipe must yield the same bytes; if no layer was undone, the
/// prefix and the rest must be the input.
final class ContainersTarget implements Target {
    /// The maximum number of unpacked bytes to read.
    private static final int MAX_READ = 256 << 10;

    private static final StreamFile.Options OPTIONS =
            StreamFile.Options.builder().limits(Oracle.LIMITS).build();

    @Override
    public String name() {
        return "containers";
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        byte[] stream = SampleStreams.described();
        byte[] offset = new byte[100 + stream.length];
        System.arraycopy(stream, 0, offset, 100, stream.length);
        byte[] foreign = offset.clone();
        Arrays.fill(foreign, 0, 100, (byte) 7);
        List<byte[]> seeds =
                new ArrayList<>(
                        List.of(
                                stream,
                                offset,
                                foreign,
                                ContainerBytes.gzip(stream),
                                ContainerBytes.xz(stream),
                                ContainerBytes.zstd(stream),
                                ContainerBytes.lz4(stream),
                                ContainerBytes.lzop(stream),
                                ContainerBytes.gzip(ContainerBytes.zstd(offset)),
                                joined(ContainerBytes.gzip(stream), ContainerBytes.gzip(offset)),
                                joined(ContainerBytes.xz(stream), ContainerBytes.xz(offset)),
                                joined(ContainerBytes.lz4(stream), ContainerBytes.lz4(offset)),
                                joined(ContainerBytes.zstd(stream), ContainerBytes.zstd(offset)),
                                ContainerBytes.libvirt(stream, 0),
                                ContainerBytes.libvirt(ContainerBytes.xz(stream), 3),
                                ContainerBytes.gzip(ContainerBytes.libvirt(stream, 0)),
                                new DiskImageBytes(9)
                                        .snapshot("one", stream, stream.length)
                                        .toByteArray(),
                                new DiskImageBytes(10)
                                        .snapshot("one", stream, 0)
                                        .snapshot("two", offset, offset.length)
                                        .toByteArray(),
                                cprState()));
        for (String name :
                List.of(
                        "numbers-adler.lzop",
                        "numbers-blocks.lz4",
                        "numbers-crc.lzop",
                        "numbers-linked.lz4")) {
            try (InputStream in =
                    Objects.requireNonNull(StreamFile.class.getResourceAsStream(name), name)) {
                seeds.add(in.readAllBytes());
            }
        }
        return seeds;
    }

    private static byte[] joined(byte[] one, byte[] other) {
        return new StreamBytes().bytes(one).bytes(other).toByteArray();
    }

    private static byte[] cprState() {
        return new StreamBytes()
                .u32(0x51435052)
                .u32(1)
                .u8(1)
                .u32(5)
                .text("ram0\0")
                .u64(0)
                .u32(7)
                .u8(0)
                .subsection("CprState/vfio devices", 1)
                .u8(0)
                .toByteArray();
    }

    @Override
    public Structure structure(byte[] input) {
        Structure structure = new Structure();
        for (int at = 0; at + 4 <= Math.min(input.length, 128); at += 4) {
            structure.number(at, 4);
            structure.littleNumber(at, 4);
        }
        for (int from = 0; from < input.length; from += 512) {
            structure.span(from, Math.min(input.length, from + 512), Kind.BYTES);
        }
        return structure;
    }

    @Override
    public byte[] repaired(byte[] input) {
        return ContainerBytes.repaired(input);
    }

    @Override
    public Cost cost() {
        return new Cost(64 << 20, 600, 4_000_000, 4_000);
    }

    /// An opened container.
    ///
    /// @param rest up to [#MAX_READ] bytes, from the first byte of the stream on
    private record Opened(List<Layer> layers, Optional<CprState> cprState, ByteBuffer rest) {
        /// Returns the layer before the stream if its records are those of `xl save`.
        Optional<Layer.Foreign> xlSave() {
            return layers.stream()
                    .reduce((_, last) -> last)
                    .filter(Layer.Foreign.class::isInstance)
                    .map(Layer.Foreign.class::cast)
                    .filter(l -> l.program().equals(Optional.of("xl save")));
        }
    }

    @Override
    public void run(byte[] input, Sample sample) throws IOException {
        Outcome<Opened> byRanges =
                Outcome.of(
                        Long.MAX_VALUE,
                        () ->
                                opened(
                                        StreamFile.open(new ByteRanges(input, false), OPTIONS),
                                        input));
        Outcome<Opened> piped =
                Outcome.of(
                        Long.MAX_VALUE,
                        () ->
                                opened(
                                        StreamFile.of(
                                                Channels.newInputStream(
                                                        new TrickleChannel(
                                                                input, 1 + input.length % 89)),
                                                OPTIONS),
                                        input));
        Outcome.of(
                Long.MAX_VALUE,
                () -> StreamFile.snapshots(new ByteRanges(input, false), Oracle.LIMITS));
        if (!needsFile(piped) && !skippedByPipe(byRanges.result(), piped.result())) {
            byRanges.sameAs(piped, "from a pipe");
        }
    }

    /// Whether a pipe was refused because it contains a disk image.
    private static boolean needsFile(Outcome<Opened> piped) {
        return piped.refusal() instanceof UnsupportedException e
                && e.detail().startsWith("a disk image, which can be read from a file");
    }

    /// Whether a pipe skipped the stream that is found in a file. If the records of `xl save` are
    /// invalid, the search begins at the first byte of a file, but a pipe cannot go back to it.
    private static boolean skippedByPipe(@Nullable Opened file, @Nullable Opened pipe) {
        Optional<Layer.Foreign> skipped = Optional.ofNullable(file).flatMap(Opened::xlSave);
        return skipped.isPresent()
                && (pipe == null
                        || pipe.xlSave().stream().anyMatch(l -> l.bytes() > skipped.get().bytes()));
    }

    private static Opened opened(StreamFile file, byte[] input) throws IOException {
        try (file) {
            WireReader in = file.reader();
            WireWriter prefix = WireWriter.toMemory();
            boolean complete = file.writePrefix(prefix);
            ByteArrayOutputStream rest = new ByteArrayOutputStream();
            copy(in, rest);
            if (complete && file.undoneLayers().isEmpty() && file.cprState().isEmpty()) {
                prefix.bytes(rest.toByteArray());
                Oracle.same(prefix.toByteArray(), input, "prefix and rest");
            }
            return new Opened(file.layers(), file.cprState(), ByteBuffer.wrap(rest.toByteArray()));
        }
    }

    /// Copies up to [#MAX_READ] of the remaining bytes.
    private static void copy(WireReader in, ByteArrayOutputStream rest) throws IOException {
        while (rest.size() < MAX_READ && in.locate(1)) {
            int count = Math.min(in.buffered(), MAX_READ - rest.size());
            rest.write(in.window(), in.index(), count);
            in.consume(count);
        }
    }
}
