// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

class RamRecordReaderTest {
    private static final int PAGE = 4096;

    /// Writes a body. `IOException` does not occur.
    private interface Body {
        void write(WireWriter out) throws IOException;
    }

    private static byte[] bytes(Body body) throws IOException {
        WireWriter out = WireWriter.toMemory();
        body.write(out);
        return out.toByteArray();
    }

    private static void blockList(WireWriter out) throws IOException {
        out.u64(0x30000 | 0x04);
        out.str8("pc.ram");
        out.u64(0x20000);
        out.str8("pc.bios");
        out.u64(0x10000);
    }

    private static RamContext context() throws IOException {
        RamContext context = new RamContext().targetPageSize(PAGE);
        RamRecordReader.skipBody(
                WireReader.of(
                        bytes(
                                out -> {
                                    blockList(out);
                                    out.u64(0x10);
                                })),
                context);
        return context;
    }

    private static List<RamRecord> read(byte[] body, RamContext context) throws IOException {
        WireReader in = WireReader.of(body);
        RamRecordReader records = new RamRecordReader(in, context);
        List<RamRecord> found = new ArrayList<>();
        while (records.next()) {
            found.add(records.record());
        }
        assertThat(in.atEnd()).isTrue();
        return found;
    }

    @Test
    void everyRecordIsRead() throws IOException {
        RamContext context = context();
        RamBlock ram = context.block("pc.ram");
        RamBlock bios = context.block("pc.bios");
        byte[] body =
                bytes(
                        out -> {
                            out.u64(0x1000 | 0x08);
                            out.str8("pc.ram");
                            out.zeros(PAGE);
                            out.u64(0x2000 | 0x22);
                            out.u8(0);
                            out.u64(0x40);
                            out.str8("pc.bios");
                            out.u8(1);
                            out.u16(3);
                            out.zeros(3);
                            out.u64(0x200);
                            out.u64(0xf000 | 0x120);
                            out.u32(5);
                            out.zeros(5);
                            out.u64(0x10);
                        });
        assertThat(read(body, context))
                .containsExactly(
                        new RamRecord.Page(ram, 0x1000),
                        new RamRecord.ZeroPage(ram, 0x2000, 0),
                        new RamRecord.XbzrlePage(bios, 0, 3),
                        new RamRecord.MultifdFlush(),
                        new RamRecord.CompressedPage(bios, 0xf000, 5),
                        new RamRecord.EndOfSection());
    }

    @Test
    void theBytesOfAPageAreGivenOnce() throws IOException {
        byte[] page = new byte[PAGE];
        new Random(1).nextBytes(page);
        byte[] body =
                bytes(
                        out -> {
                            out.u64(0x08);
                            out.str8("pc.ram");
                            out.bytes(page);
                            out.u64(0x10);
                        });
        RamRecordReader records = new RamRecordReader(WireReader.of(body), context());
        records.next();
        byte[] got = new byte[PAGE + 1];
        records.payload(got, 1);
        assertThat(got).endsWith(page);
        assertThatThrownBy(() -> records.payload(got, 0)).isInstanceOf(IllegalStateException.class);
        assertThat(records.next()).isTrue();
        assertThat(records.kind()).isEqualTo(RamRecordKind.END_OF_SECTION);
        assertThat(records.next()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 512, 1024, 2048, 4096, 8192, 16384, 32768})
    void thePageSizeIsFoundByTheFirstPage(int pageSize) throws IOException {
        byte[] page = new byte[pageSize];
        new Random(pageSize).nextBytes(page);
        byte[] stream =
                bytes(
                        out -> {
                            blockList(out);
                            for (int i = 0; i < 3; i++) {
                                out.u64(2L * i * pageSize % 0x20000 | 0x08);
                                out.str8("pc.ram");
                                out.bytes(page);
                                out.u64((2L * i + 1) * pageSize % 0x20000 | 0x22);
                                out.u8(0);
                            }
                            out.u64(0x10);
                        });
        RamContext context = new RamContext();
        assertThat(read(stream, context)).hasSize(8);
        assertThat(context.targetPageSize()).isEqualTo(pageSize);
        RamContext piped = new RamContext();
        RamRecordReader.skipBody(
                WireReader.of(
                        Channels.newChannel(new ByteArrayInputStream(stream)), ReadLimits.DEFAULT),
                piped);
        assertThat(piped.targetPageSize()).isEqualTo(pageSize);
    }

    @Test
    void pageSizesOfBlocksAreTakenWhereTheyAreGiven() throws IOException {
        byte[] body =
                bytes(
                        out -> {
                            out.u64(0x600000 | 0x04);
                            out.str8("huge");
                            out.u64(0x200000);
                            out.u64(0x200000);
                            out.str8("plain");
                            out.u64(0x200000);
                            out.str8("huge2");
                            out.u64(0x200000);
                            out.u64(0x200000);
                            out.u64(0x10);
                        });
        RamContext context = new RamContext().postcopyAdvised(true);
        read(body, context);
        assertThat(context.blocks())
                .extracting(RamBlock::name, b -> b.pageSize().orElse(0))
                .containsExactly(
                        tuple("huge", 0x200000L), tuple("plain", 0L), tuple("huge2", 0x200000L));
    }

    @Test
    void mappedRamIsPassedOver() throws IOException {
        byte[] body =
                bytes(
                        out -> {
                            out.u64(0x3000 | 0x04);
                            out.str8("ram");
                            out.u64(0x3000);
                            out.u32(1);
                            out.u64(PAGE);
                            out.u64(out.position() + 16);
                            out.u64(0x100);
                            out.u64(5L << 56);
                            out.zeros((int) (0x100 - out.position()));
                            out.zeros(0x3000);
                            out.u64(0x10);
                        });
        RamContext context = new RamContext().mappedRam(true);
        read(body, context);
        assertThat(context.block("ram").mapped())
                .isEqualTo(new MappedRam(PAGE, 8 + 4 + 8 + 28, 0x100));
    }

    private static void isRefused(Class<? extends VMStateException> as, String why, Body body)
            throws IOException {
        byte[] bytes = bytes(body);
        RamContext context = context();
        assertThatThrownBy(() -> RamRecordReader.skipBody(WireReader.of(bytes), context))
                .isInstanceOf(as)
                .hasMessageContaining(why);
    }

    @Test
    void wrongBytesAreRefused() throws IOException {
        isRefused(CorruptException.class, "flags that do not exist: 0x0", out -> out.u64(0));
        isRefused(CorruptException.class, "flags that do not exist: 0x1", out -> out.u64(1));
        isRefused(CorruptException.class, "flags that do not exist: 0xa", out -> out.u64(0x0a));
        isRefused(
                CorruptException.class, "flags that do not exist: 0x1010", out -> out.u64(0x1010));
        isRefused(
                CorruptException.class, "flags that do not exist: 0x1080", out -> out.u64(0x1080));
        isRefused(CorruptException.class, "before any block", out -> out.u64(0x28));
        isRefused(
                CorruptException.class,
                "never declared: \"../../etc/x\"",
                out -> {
                    out.u64(0x08);
                    out.str8("../../etc/x");
                });
        isRefused(
                CorruptException.class,
                "block \"pc.bios\" > page 0x10000: a page outside the block's 65536 bytes",
                out -> {
                    out.u64(0x10008);
                    out.str8("pc.bios");
                });
        isRefused(
                CorruptException.class,
                "outside",
                out -> {
                    out.u64(0xffff_ffff_ffff_f008L);
                    out.str8("pc.bios");
                });
        isRefused(
                CorruptException.class,
                "off its boundary",
                out -> {
                    out.u64(0x808);
                    out.str8("pc.bios");
                });
        isRefused(
                CorruptException.class,
                "delta encoding 2",
                out -> {
                    out.u64(0x40);
                    out.str8("pc.bios");
                    out.u8(2);
                });
        isRefused(
                CorruptException.class,
                "a delta of 4097 bytes",
                out -> {
                    out.u64(0x40);
                    out.str8("pc.bios");
                    out.u8(1);
                    out.u16(4097);
                });
        isRefused(
                CorruptException.class,
                "a compressed page of 4294967295 bytes",
                out -> {
                    out.u64(0x100);
                    out.str8("pc.bios");
                    out.u32(0xffff_ffffL);
                });
        isRefused(CorruptException.class, "a second block list", out -> blockList(out));
        isRefused(
                TruncatedException.class,
                "ends inside",
                out -> {
                    out.u64(0x08);
                    out.str8("pc.bios");
                    out.zeros(100);
                });
    }

    @Test
    void aBlockListThatDoesNotAddUpIsRefused() throws IOException {
        List<Body> lists =
                List.of(
                        out -> {
                            out.u64(0x1004);
                            out.str8("a");
                            out.u64(0x2000);
                        },
                        out -> {
                            out.u64(0x1004);
                            out.str8("a");
                            out.u64(-1);
                        },
                        out -> {
                            out.u64(0x2004);
                            out.str8("a");
                            out.u64(0x1000);
                            out.str8("a");
                            out.u64(0x1000);
                        },
                        out -> {
                            out.u64(0x1004);
                            out.str8("");
                            out.u64(0x1000);
                        },
                        out -> out.u64(0x8000_0000_0000_0004L));
        for (Body list : lists) {
            byte[] bytes = bytes(list);
            assertThatThrownBy(
                            () -> RamRecordReader.skipBody(WireReader.of(bytes), new RamContext()))
                    .isInstanceOf(CorruptException.class);
        }
    }

    @Test
    void mappedRamOutsideTheInputIsRefused() throws IOException {
        for (long pages : new long[] {0x10, 0x1000_0000, Long.MAX_VALUE, -1}) {
            byte[] bytes =
                    bytes(
                            out -> {
                                out.u64(0x3000 | 0x04);
                                out.str8("ram");
                                out.u64(0x3000);
                                out.u32(1);
                                out.u64(PAGE);
                                out.u64(out.position() + 16);
                                out.u64(pages);
                                out.zeros(64);
                            });
            RamContext context = new RamContext().mappedRam(true);
            assertThatThrownBy(() -> RamRecordReader.skipBody(WireReader.of(bytes), context))
                    .isInstanceOf(VMStateException.class)
                    .hasMessageContaining("block \"ram\"");
        }
    }
}
