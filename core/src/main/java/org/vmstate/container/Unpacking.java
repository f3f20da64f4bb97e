// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.library.OptionalLibrary;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;

/// A decompressed input. Its exceptions distinguish malformed compressed data from failures of
/// reading it. Several members or frames may follow each other. Bytes after the last one are
/// ignored: they may be zeros of a volume that is longer than its file, or anything else. data:
/// zeros of a volume that is longer than its file, or anything else.
final class Unpacking extends BulkInputStream {
    private static final int BUFFER_BYTES = 1 << 16;

    private final String label;
    private final Source source;
    private final InputStream plain;
    private final boolean nested;

    private Unpacking(String label, Source source, InputStream plain, boolean nested) {
        this.label = label;
        this.source = source;
        this.plain = plain;
        this.nested = nested;
    }

    /// Decompresses `packed` while it is read.
    ///
    /// @param nested whether `packed` is the output of another decompression; after the end of the
    ///   data it is read to its own end, so that its checksums are verified
    static InputStream of(
            Compression by, InputStream packed, Map<Compression, Unpacker> more, boolean nested)
            throws IOException {
        String label = by.name().toLowerCase(Locale.ROOT);
        Source source = new Source(packed);
        try {
            Unpacker unpacker = more.get(by);
            InputStream plain =
                    unpacker != null && by != Compression.BZIP2
                            ? unpacker.unpack(source)
                            : switch (by) {
                                case GZIP -> new GZIPInputStream(source, BUFFER_BYTES);
                                case XZ -> xz(source);
                                case LZ4 -> new Lz4InputStream(source);
                                case LZOP -> members(by, source, LzopInputStream::new);
                                case ZSTD -> zstd(source);
                                case BZIP2 -> {
                                    if (unpacker == null) {
                                        throw new UnsupportedException("no decoder for bzip2", 0);
                                    }
                                    yield members(by, source, unpacker);
                                }
                            };
            return new Unpacking(label, source, plain, nested);
        } catch (IOException e) {
            throw convert(e, label, source);
        }
    }

    private static InputStream xz(Source source) throws IOException {
        try {
            return members(Compression.XZ, source, in -> new XzDecoder(in, () -> source.position));
        } catch (LinkageError e) {
            throw OptionalLibrary.XZ.missing(e, 0);
        }
    }

    private static InputStream zstd(Source source) throws IOException {
        try {
            return ZstdDecoder.of(new ZstdFrames(source));
        } catch (LinkageError e) {
            throw OptionalLibrary.ZSTD.missing(e, 0);
        }
    }

    private static InputStream members(Compression by, Source source, Unpacker unpacker)
            throws IOException {
        return new Members(by.magic(), source, () -> source.position, unpacker);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        try {
            int got = plain.read(target, offset, length);
            if (got < 0 && source.failure != null) {
                throw source.failure; // the decoder took it for the end of the data
            }
            if (got < 0 && nested) {
                source.transferTo(OutputStream.nullOutputStream());
            }
            return got;
        } catch (IOException e) {
            throw convert(e, label, source);
        } catch (RuntimeException e) {
            // External decoders may throw other exceptions than IOException.
            throw corrupt(e, label, source);
        }
    }

    @Override
    public void close() throws IOException {
        plain.close();
    }

    private static IOException convert(IOException e, String label, Source source) {
        if (e instanceof VMStateException || source.failure != null) {
            return e;
        }
        if (e instanceof EOFException) {
            return caused(
                    new TruncatedException(label + " data end too early", source.position), e);
        }
        return corrupt(e, label, source);
    }

    private static VMStateException corrupt(Exception e, String label, Source source) {
        return caused(
                new CorruptException(
                        "wrong " + label + " data: " + e.getMessage(), source.position),
                e);
    }

    private static VMStateException caused(VMStateException by, Exception e) {
        by.initCause(e);
        return by;
    }

    /// The compressed input, which records whether reading it failed.
    private static final class Source extends InputStream {
        private final InputStream in;
        private long position;
        private @Nullable IOException failure;

        Source(InputStream in) {
            this.in = in;
        }

        @Override
        public int read() throws IOException {
            try {
                int got = in.read();
                position += got < 0 ? 0 : 1;
                return got;
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            try {
                int got = in.read(target, offset, length);
                position += Math.max(got, 0);
                return got;
            } catch (IOException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public int available() throws IOException {
            return in.available();
        }

        @Override
        public void close() throws IOException {
            in.close();
        }
    }
}
