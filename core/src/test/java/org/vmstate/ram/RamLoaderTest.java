// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Random;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.internal.progress.Tally;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Progress;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The result does not depend on the number of threads that decode pages.
class RamLoaderTest {
    private static final int PAGE = 4096;
    private static final int PAGES = 3000;
    private static final String BLOCK = "pc.ram";

    @TempDir Path folder;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final WireWriter out = WireWriter.to(Channels.newChannel(bytes));
    private final byte[] delta = new byte[PAGE];

    private void begin() throws IOException {
        out.u64((long) PAGES * PAGE | RamFlags.MEM_SIZE);
        out.str8(BLOCK);
        out.u64((long) PAGES * PAGE);
    }

    private void record(int page, long flags) throws IOException {
        out.u64((long) page * PAGE | flags);
        out.str8(BLOCK);
    }

    private void zeroPage(int page) throws IOException {
        record(page, RamFlags.ZERO);
        out.u8(0);
    }

    private void fullPage(int page, byte[] content) throws IOException {
        record(page, RamFlags.PAGE);
        out.bytes(content, 0, PAGE);
    }

    private void deltaPage(int page, int length) throws IOException {
        record(page, RamFlags.XBZRLE);
        out.u8(1);
        out.u16(length);
        out.bytes(delta, 0, length);
    }

    private void deflatedPage(int page, byte[] content) throws IOException {
        Deflater deflater = new Deflater(1);
        deflater.setInput(content);
        deflater.finish();
        byte[] packed = new byte[PAGE + 64];
        int length = deflater.deflate(packed);
        deflater.end();
        record(page, RamFlags.COMPRESS_PAGE);
        out.int32(length);
        out.bytes(packed, 0, length);
    }

    private void load(RamImage image) throws IOException {
        load(image, new RamContext().targetPageSize(PAGE));
    }

    private void load(RamImage image, RamContext context) throws IOException {
        out.u64(RamFlags.EOS);
        out.flush();
        try (RamLoader loader =
                new RamLoader(
                        context,
                        image,
                        null,
                        0,
                        new Tally(Progress.NONE, Progress.Phase.MEMORY, OptionalLong.empty()))) {
            loader.body(WireReader.of(bytes.toByteArray()));
        }
    }

    /// Repeated pages in any encoding have the same result as decoding them sequentially.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void theLastOfRepeatedPagesStays(int seed) throws IOException {
        Random random = new Random(seed);
        byte[][] model = new byte[PAGES][PAGE];
        begin();
        int page = 0;
        for (int i = 0; i < 4 * PAGES; i++) {
            page = random.nextInt(8) == 0 ? random.nextInt(PAGES) : (page + 1) % PAGES;
            byte[] before = model[page].clone();
            for (int change = random.nextInt(30); change >= 0; change--) {
                model[page][random.nextInt(PAGE)] = (byte) random.nextInt();
            }
            switch (random.nextInt(6)) {
                case 0 -> {
                    Arrays.fill(model[page], (byte) 0);
                    zeroPage(page);
                }
                case 1 -> fullPage(page, model[page]);
                case 2, 3 -> deflatedPage(page, model[page]);
                default -> {
                    int length = Xbzrle.encode(before, 0, model[page], 0, PAGE, delta);
                    deltaPage(page, length);
                }
            }
        }
        try (RamImage image = RamImage.temporary(folder)) {
            load(image);
            byte[] got = new byte[PAGE];
            RamBlock block = image.block(BLOCK);
            for (int i = 0; i < PAGES; i++) {
                image.read(block, (long) i * PAGE, got, 0, PAGE);
                assertThat(Arrays.equals(got, model[i])).as("page " + i).isTrue();
            }
        }
    }

    /// QEMU sends deltas to zero pages; the stream need not contain the page size.
    @Test
    void deltasAreAppliedBeforeAnyPageInFull() throws IOException {
        begin();
        zeroPage(0);
        zeroPage(1);
        delta[0] = 10;
        delta[1] = 1;
        delta[2] = 77;
        deltaPage(1, 3);
        try (RamImage image = RamImage.temporary(folder)) {
            load(image, new RamContext());
            byte[] got = new byte[PAGE];
            image.read(image.block(BLOCK), PAGE, got, 0, PAGE);
            assertThat(got[10]).isEqualTo((byte) 77);
        }
    }

    /// If many pages all over memory are malformed, and an unknown record follows, the error that
    /// is first in the stream is reported.
    @ParameterizedTest
    @ValueSource(ints = {0, 700, 1400, 2999})
    void theFirstErrorInTheStreamIsTold(int first) throws IOException {
        byte[] content = new byte[PAGE];
        new Random(3).nextBytes(content);
        begin();
        long at = 0;
        for (int i = 0; i < PAGES; i++) {
            int page = (i * 1777 + 5) % PAGES;
            if (i < first) {
                deflatedPage(page, content);
            } else {
                out.flush();
                at = i == first ? bytes.size() : at;
                delta[0] = 1;
                delta[1] = 0;
                deltaPage(page, 2);
            }
        }
        out.u64(0x1234_5678_9abc_def7L);
        String page = Long.toHexString((first * 1777L + 5) % PAGES * PAGE);
        long offset = at;
        try (RamImage image = RamImage.temporary(folder)) {
            assertThatThrownBy(() -> load(image))
                    .isInstanceOfSatisfying(
                            CorruptException.class,
                            e -> {
                                assertThat(e.path()).isEqualTo("block \"pc.ram\" > page 0x" + page);
                                assertThat(e.detail()).contains("wrong run of changed bytes");
                                assertThat(e.offset()).isEqualTo(offset + 1);
                            });
        }
    }

    @Test
    void noThreadStaysBehindAnError() throws IOException {
        begin();
        deltaPage(0, 1);
        try (RamImage image = RamImage.temporary(folder)) {
            assertThatThrownBy(() -> load(image)).isInstanceOf(VMStateException.class);
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().startsWith("vmstate-ram-"));
    }
}
