// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.vmstate.ram.Xbzrle;

/// Measures a codec alone on all cores, with pages in memory and without storing them.
///
/// ```
/// CodecAlone FORMAT FILE MIB
/// ```
///
/// FORMAT is one of `xbzrle`, `zlib`, `multifd-zlib`, `multifd-zstd`. The first 16 MiB of FILE are
/// encoded, and decoded repeatedly until the output is MIB mebibytes. Prints the time of decoding
/// in seconds.
public final class CodecAlone {
    private static final int PAGE = 4096;
    private static final int PACKET = 128 * PAGE;
    private static final int SAMPLE_BYTES = 16 << 20;

    /// Decodes the sample once.
    private interface Decoder {
        void decode(byte[] target) throws Exception;
    }

    private CodecAlone() {}

    /// Encodes, decodes, prints.
    public static void main(String... args) throws Exception {
        byte[] sample;
        try (InputStream in = Files.newInputStream(Path.of(args[1]))) {
            sample = in.readNBytes(SAMPLE_BYTES);
        }
        int cores = Runtime.getRuntime().availableProcessors();
        long rounds = Long.parseLong(args[2]) * (1 << 20) / sample.length;
        try (ExecutorService threads = Executors.newFixedThreadPool(cores)) {
            List<Callable<Void>> work = new ArrayList<>();
            for (int core = 0; core < cores; core++) {
                long mine = rounds / cores + (core < rounds % cores ? 1 : 0);
                Decoder decoder = decoder(args[0], sample);
                byte[] target = new byte[PACKET];
                decoder.decode(target);
                work.add(
                        () -> {
                            for (long i = 0; i < mine; i++) {
                                decoder.decode(target);
                            }
                            return null;
                        });
            }
            long start = System.nanoTime();
            for (Future<Void> done : threads.invokeAll(work)) {
                done.get();
            }
            System.out.printf("%.3f%n", (System.nanoTime() - start) / 1e9);
        }
    }

    private static Decoder decoder(String format, byte[] sample) throws IOException {
        return switch (format) {
            case "xbzrle" -> xbzrle(sample);
            case "zlib" -> zlib(pieces(sample, PAGE, Deflater.DEFAULT_COMPRESSION), PAGE);
            case "multifd-zlib" -> zlib(pieces(sample, PACKET, 1), PACKET);
            case "multifd-zstd" -> zstd(sample);
            default -> throw new IllegalArgumentException(format);
        };
    }

    private static Decoder xbzrle(byte[] sample) {
        byte[] zeros = new byte[PAGE];
        byte[] delta = new byte[2 * PAGE];
        List<byte[]> deltas = new ArrayList<>();
        for (int at = 0; at < sample.length; at += PAGE) {
            int length = Xbzrle.encode(zeros, 0, sample, at, PAGE, delta);
            deltas.add(Arrays.copyOf(delta, length));
        }
        return target -> {
            for (byte[] each : deltas) {
                Xbzrle.decode(each, 0, each.length, target, 0, PAGE, 0);
            }
        };
    }

    private static List<byte[]> pieces(byte[] sample, int size, int level) {
        List<byte[]> packed = new ArrayList<>();
        byte[] buffer = new byte[2 * size];
        Deflater deflater = new Deflater(level);
        for (int at = 0; at < sample.length; at += size) {
            deflater.reset();
            deflater.setInput(sample, at, size);
            deflater.finish();
            packed.add(Arrays.copyOf(buffer, deflater.deflate(buffer)));
        }
        deflater.end();
        return packed;
    }

    @SuppressWarnings("resource") // used until the program ends
    private static Decoder zlib(List<byte[]> packed, int size) {
        Inflater inflater = new Inflater();
        return target -> {
            for (byte[] each : packed) {
                inflater.reset();
                inflater.setInput(each);
                inflater.inflate(target, 0, size);
            }
        };
    }

    @SuppressWarnings("resource") // used until the program ends
    private static Decoder zstd(byte[] sample) throws IOException {
        List<ByteBuffer> packed = new ArrayList<>();
        ByteBuffer plain = ByteBuffer.allocateDirect(PACKET);
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            for (int at = 0; at < sample.length; at += PACKET) {
                plain.clear().put(sample, at, PACKET).flip();
                ByteBuffer piece = ByteBuffer.allocateDirect(2 * PACKET);
                context.compressDirectByteBufferStream(piece, plain, EndDirective.FLUSH);
                packed.add(piece.flip());
            }
        }
        ZstdDecompressCtx context = new ZstdDecompressCtx();
        return target -> {
            context.reset();
            for (ByteBuffer each : packed) {
                each.rewind();
                plain.clear();
                while (each.hasRemaining()) {
                    context.decompressDirectByteBufferStream(plain, each);
                }
            }
        };
    }
}
