// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.testing.WithoutSegments;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

class GuestMemoryLoaderTest {
    private static final SectionIdentity RAM = new SectionIdentity("ram", 0, 4);
    private static final RamBlock FIRST = new RamBlock("pc.ram", 1 << 21);
    private static final RamBlock SECOND = new RamBlock("pc.bios", 1 << 16);

    private static GuestMemory memory() {
        return memory(Arena.ofAuto());
    }

    private static GuestMemory memory(Arena arena) {
        Map<String, Long> lengths = new LinkedHashMap<>();
        lengths.put(FIRST.name(), FIRST.length());
        lengths.put(SECOND.name(), SECOND.length());
        return GuestMemory.allocate(arena, lengths);
    }

    /// Writes a body in which pages follow each other, repeat, leave gaps and change the block.
    private static byte[] body(Random random, int pageSize) throws IOException {
        WireWriter out = WireWriter.toMemory();
        out.u64(FIRST.length() + SECOND.length() | 0x04);
        out.str8(FIRST.name());
        out.u64(FIRST.length());
        out.str8(SECOND.name());
        out.u64(SECOND.length());
        RamBlock last = null;
        byte[] page = new byte[pageSize];
        for (int run = 0; run < 12; run++) {
            RamBlock block = random.nextBoolean() ? FIRST : SECOND;
            int pages = (int) (block.length() / pageSize);
            int from = random.nextInt(pages);
            int to = Math.min(pages, from + 1 + random.nextInt(pages));
            for (int i = from; i < to; i++) {
                boolean zero = random.nextInt(20) == 0;
                long flags = zero ? 0x02 : 0x08;
                out.u64((long) i * pageSize | flags | (block.equals(last) ? 0x20 : 0));
                if (!block.equals(last)) {
                    out.str8(block.name());
                    last = block;
                }
                if (zero) {
                    out.u8(0);
                } else {
                    random.nextBytes(page);
                    out.bytes(page);
                }
            }
        }
        out.u64(0x10);
        return out.toByteArray();
    }

    /// What became of a load: the bytes of the memory, or the exception.
    private static String load(WireReader in, GuestMemory memory, int pageSize) throws IOException {
        try {
            new GuestMemoryLoader(memory, pageSize).load(in, RAM, StreamContext.EMPTY);
        } catch (VMStateException e) {
            return e.toString();
        }
        byte[] first = new byte[(int) FIRST.length()];
        byte[] second = new byte[(int) SECOND.length()];
        memory.read(FIRST, 0, first, 0, first.length);
        memory.read(SECOND, 0, second, 0, second.length);
        return in.position() + " " + hash(first) + " " + hash(second);
    }

    private static String hash(byte[] bytes) {
        return HexFormat.of().formatHex(bytes, 0, 16) + Arrays.hashCode(bytes);
    }

    private static String verify(WireReader in, int pageSize) throws IOException {
        try {
            new GuestMemoryLoader(memory(), pageSize).verify(in, RAM, StreamContext.EMPTY);
            return "" + in.position();
        } catch (VMStateException e) {
            return e.toString();
        }
    }

    private static WireReader pipe(byte[] bytes) {
        return WireReader.of(
                Channels.newChannel(new ByteArrayInputStream(bytes)), ReadLimits.DEFAULT);
    }

    /// Pages in memory are taken in runs, those of a pipe one by one.
    @ParameterizedTest
    @ValueSource(ints = {1024, 4096, 16384})
    void aRunOfPagesIsLoadedLikeSinglePages(int pageSize) throws IOException {
        Random random = new Random(pageSize);
        for (int i = 0; i < 8; i++) {
            byte[] body = body(random, pageSize);

            String expected = load(pipe(body), memory(), pageSize);

            assertThat(expected).startsWith(body.length + " ");
            assertThat(load(WireReader.of(body), memory(), pageSize)).isEqualTo(expected);
            try (Arena confined = Arena.ofConfined()) {
                assertThat(load(WireReader.of(body), memory(confined), pageSize))
                        .isEqualTo(expected);
            }
            assertThat(load(WireReader.of(body), memory().withDirtyPages(), pageSize))
                    .isEqualTo(expected);
            assertThat(load(WireReader.of(body), new WithoutSegments(memory()), pageSize))
                    .isEqualTo(expected);
        }
    }

    @Test
    void damageInARunIsTheSameErrorAsInSinglePages() throws IOException {
        Random random = new Random(7);
        for (int i = 0; i < 60; i++) {
            byte[] body = body(random, 4096);
            if (random.nextBoolean()) {
                body = Arrays.copyOf(body, random.nextInt(body.length));
            } else {
                int at = 50 + random.nextInt(body.length - 50) / 4104 * 4104;
                for (int j = 0; j < 30 && at + j < body.length; j++) {
                    if (random.nextInt(10) == 0) {
                        body[at + j] ^= (byte) (1 << random.nextInt(8));
                    }
                }
            }

            assertThat(load(WireReader.of(body), memory(), 4096))
                    .isEqualTo(load(pipe(body), memory(), 4096));
            assertThat(verify(WireReader.of(body), 4096)).isEqualTo(verify(pipe(body), 4096));
        }
    }
}
