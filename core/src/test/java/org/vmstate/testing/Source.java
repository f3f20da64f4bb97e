// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// The kinds of sources of a [WireReader], whose behaviour must be the same.
public enum Source {
    ARRAY,
    ARRAY_WITH_ORIGIN(0x1_0000_0010L),
    HEAP_SEGMENT,
    NATIVE_SEGMENT(0x7777),
    MAPPED_FILE,
    CHANNEL,
    CHANNEL_BYTE_BY_BYTE,
    RETAINED_IN_MEMORY(3),
    RETAINED_IN_FILE(3);

    private final long origin;

    Source() {
        this(0);
    }

    Source(long origin) {
        this.origin = origin;
    }

    /// The absolute offset of the first byte.
    public long origin() {
        return origin;
    }

    /// Whether a reader of this source can seek.
    public boolean seekable() {
        return this != CHANNEL && this != CHANNEL_BYTE_BY_BYTE;
    }

    /// A reader of `bytes` with the default limits.
    public WireReader open(byte[] bytes) throws IOException {
        return open(bytes, ReadLimits.DEFAULT);
    }

    /// A reader of `bytes`.
    public WireReader open(byte[] bytes, ReadLimits limits) throws IOException {
        return switch (this) {
            case ARRAY, ARRAY_WITH_ORIGIN -> WireReader.of(bytes, origin, limits);
            case HEAP_SEGMENT -> WireReader.of(MemorySegment.ofArray(bytes), origin, limits);
            case NATIVE_SEGMENT ->
                    WireReader.of(
                            Arena.ofAuto().allocateFrom(ValueLayout.JAVA_BYTE, bytes),
                            origin,
                            limits);
            case MAPPED_FILE -> WireReader.open(file(bytes), limits);
            case CHANNEL -> WireReader.of(new TrickleChannel(bytes, Integer.MAX_VALUE), limits);
            case CHANNEL_BYTE_BY_BYTE -> WireReader.of(new TrickleChannel(bytes, 1), limits);
            case RETAINED_IN_MEMORY -> retained(bytes, limits);
            case RETAINED_IN_FILE ->
                    retained(bytes, limits.toBuilder().maxRetainedBytes(1).build());
        };
    }

    private WireReader retained(byte[] bytes, ReadLimits limits) throws IOException {
        byte[] withPrefix = new byte[(int) origin + bytes.length];
        System.arraycopy(bytes, 0, withPrefix, (int) origin, bytes.length);
        Arrays.fill(withPrefix, 0, (int) origin, (byte) 0x55);
        WireReader pipe = WireReader.of(new TrickleChannel(withPrefix, 1000), limits);
        pipe.skip(origin);
        return pipe.retained();
    }

    private static Path file(byte[] bytes) throws IOException {
        Path file = Files.createTempFile("vmstate", ".source");
        file.toFile().deleteOnExit();
        return Files.write(file, bytes);
    }
}
