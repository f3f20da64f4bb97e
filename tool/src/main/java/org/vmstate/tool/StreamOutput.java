// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.util.List;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;
import org.vmstate.container.Compression;
import org.vmstate.container.Layer;
import org.vmstate.container.LibvirtHeader;
import org.vmstate.container.StreamFile;
import org.vmstate.tool.show.Wrappings;
import org.vmstate.wire.WireWriter;

/// Writes a changed stream into the same containers as that of its input: the same compression, the
/// same header of libvirt or of another program.
///
/// A snapshot of a disk image becomes a stream without a container, and so does a stream in a
/// compression that cannot be written (lz4, lzop); the header of a libvirt image then states that
/// it is not compressed.
final class StreamOutput {
    private static final int BUFFER_BYTES = 1 << 18;

    private final StreamFile input;
    private final Terminal terminal;

    /// Writes the stream.
    @FunctionalInterface
    interface Content {
        /// Writes the stream to `out`, after the containers before it.
        void writeTo(WireWriter out) throws IOException;
    }

    StreamOutput(StreamFile input, Terminal terminal) {
        this.input = input;
        this.terminal = terminal;
    }

    /// Writes the containers and the stream to a channel, which stays open.
    void write(WritableByteChannel channel, Content content) throws IOException {
        List<Layer> undone = input.undoneLayers();
        if (undone.isEmpty()) {
            WireWriter out = WireWriter.to(channel);
            prefix(out);
            content.writeTo(out);
            out.flush();
            return;
        }
        Optional<Compression> by = compression(undone);
        if (input.libvirtImage().isPresent() && undone.contains(input.libvirtImage().get())) {
            WireWriter header = WireWriter.to(channel);
            header.bytes(
                    LibvirtHeader.bytes(
                            by.isPresent()
                                    ? input.libvirtImage().get()
                                    : uncompressed(input.libvirtImage().get())));
            header.flush();
        }
        if (by.isEmpty()) {
            terminal.message(
                    "the output is not "
                            + String.join(", ", Wrappings.lines(undone))
                            + ", but the stream itself");
            WireWriter out = WireWriter.to(channel);
            prefix(out);
            content.writeTo(out);
            out.flush();
            return;
        }
        OutputStream packed = new BufferedOutputStream(new Open(channel), BUFFER_BYTES);
        try (OutputStream packing = packing(by.get(), packed)) {
            WireWriter out = WireWriter.to(Channels.newChannel(packing));
            prefix(out);
            content.writeTo(out);
            out.flush();
        }
    }

    private void prefix(WireWriter out) throws IOException {
        if (!input.writePrefix(out)) {
            throw new IOException(
                    "the bytes before the stream came through a pipe and were not kept");
        }
    }

    private static Layer.LibvirtImage uncompressed(Layer.LibvirtImage image) {
        return new Layer.LibvirtImage(
                image.complete(),
                image.version(),
                image.running(),
                LibvirtHeader.Format.RAW,
                image.domainXml(),
                image.cookieXml());
    }

    /// The compression around the stream, if it is the only one and can be written.
    private static Optional<Compression> compression(List<Layer> undone) {
        List<Compression> found =
                undone.stream()
                        .filter(Layer.Compressed.class::isInstance)
                        .map(layer -> ((Layer.Compressed) layer).by())
                        .toList();
        boolean known =
                undone.stream()
                        .allMatch(
                                layer ->
                                        layer instanceof Layer.Compressed
                                                || layer instanceof Layer.LibvirtImage);
        return known
                        && found.size() == 1
                        && found.getFirst() != Compression.LZ4
                        && found.getFirst() != Compression.LZOP
                ? Optional.of(found.getFirst())
                : Optional.empty();
    }

    private static OutputStream packing(Compression by, OutputStream out) throws IOException {
        return switch (by) {
            case GZIP -> new GZIPOutputStream(out, BUFFER_BYTES);
            case XZ -> new XZOutputStream(out, new LZMA2Options(1));
            case ZSTD -> new ZstdOutputStream(out);
            case BZIP2 -> new BZip2CompressorOutputStream(out);
            case LZ4, LZOP -> throw new IOException("cannot be written: " + by);
        };
    }

    /// Writes to a channel and does not close it.
    private static final class Open extends OutputStream {
        private final WireWriter out;

        Open(WritableByteChannel channel) {
            this.out = WireWriter.to(channel);
        }

        @Override
        public void write(int b) throws IOException {
            out.u8(b & 0xff);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.bytes(bytes, offset, length);
        }

        @Override
        public void flush() throws IOException {
            out.flush();
        }

        @Override
        public void close() throws IOException {
            out.flush();
        }
    }
}
