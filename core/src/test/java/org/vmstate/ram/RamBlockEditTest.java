// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.testing.StreamBytes.stream;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmstate.inspect.MachineEdit;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.stream.StreamWriter;
import org.vmstate.testing.MemoryStreams;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

final class RamBlockEditTest {
    private static final int PAGE = 4096;

    @TempDir Path folder;

    private interface Change {
        void apply(RamBlockEdit memory);
    }

    private static byte[] edited(byte[] stream, Change change) throws Exception {
        MachineEdit edit =
                new MachineEdit(SavedMachine.read(MachineReader.of(WireReader.of(stream))));
        change.apply(edit.memory());
        WireWriter out = WireWriter.toMemory();
        MachineReader reader = MachineReader.of(WireReader.of(stream));
        new StreamWriter(out).write(edit, reader::next);
        return out.toByteArray();
    }

    /// A stream of two blocks, whose second section continues the block of the first.
    private static byte[] memory(String a, int pagesOfA, String b, String... records) {
        long total = (pagesOfA + (b.isEmpty() ? 0 : 2)) * (long) PAGE;
        StreamBytes out = stream().configuration("pc").start(2, "ram", 0, 4).u64(total | 4);
        out.str8(a).u64((long) pagesOfA * PAGE);
        if (!b.isEmpty()) {
            out.str8(b).u64(2L * PAGE);
        }
        for (String record : records) {
            String[] words = record.split(" ");
            switch (words[0]) {
                case "eos" -> out.u64(0x10).footer(2).part(2);
                case "page" -> page(out, words, 8);
                case "zero" -> page(out, words, 2);
                default -> throw new IllegalArgumentException(record);
            }
        }
        return out.u64(0x10)
                .footer(2)
                .endOfStream()
                .description("{\"page_size\": 4096, \"devices\": []}")
                .toByteArray();
    }

    private static void page(StreamBytes out, String[] words, int flag) {
        boolean named = words.length > 2;
        out.u64(Long.decode(words[1]) | flag | (named ? 0 : 0x20));
        if (named) {
            out.str8(words[2]);
        }
        if (flag == 8) {
            out.bytes(new byte[PAGE]);
        } else {
            out.u8(0);
        }
    }

    @Test
    void droppedBlockLosesItsRecords() throws Exception {
        byte[] stream =
                memory(
                        "a",
                        2,
                        "b",
                        "eos",
                        "page 0 a",
                        "zero 0x1000",
                        "zero 0 b",
                        "page 0x1000",
                        "eos",
                        "page 0x1000",
                        "page 0 a",
                        "zero 0x1000");
        assertThat(edited(stream, memory -> memory.drop("b")))
                .isEqualTo(
                        memory(
                                "a",
                                2,
                                "",
                                "eos",
                                "page 0 a",
                                "zero 0x1000",
                                "eos",
                                "page 0 a",
                                "zero 0x1000"));
    }

    @Test
    void renamedBlockIsNamedSoInItsRecords() throws Exception {
        byte[] stream =
                memory("a", 2, "b", "eos", "page 0 a", "zero 0x1000", "zero 0 b", "zero 0 a");
        assertThat(edited(stream, memory -> memory.rename("a", "name")))
                .isEqualTo(
                        memory(
                                "name",
                                2,
                                "b",
                                "eos",
                                "page 0 name",
                                "zero 0x1000",
                                "zero 0 b",
                                "zero 0 name"));
    }

    @Test
    void shorterBlockLosesThePagesAfterItsEnd() throws Exception {
        byte[] stream =
                memory(
                        "a",
                        3,
                        "b",
                        "eos",
                        "page 0x2000 a",
                        "zero 0x1000",
                        "page 0",
                        "eos",
                        "zero 0x2000",
                        "zero 0 b");
        assertThat(edited(stream, memory -> memory.resize("a", 2 * PAGE)))
                .isEqualTo(
                        memory("a", 2, "b", "eos", "zero 0x1000 a", "page 0", "eos", "zero 0 b"));
    }

    @Test
    void longerBlockGetsZeroPages() throws Exception {
        byte[] stream = memory("a", 1, "b", "eos", "page 0 a", "zero 0 b");
        assertThat(edited(stream, memory -> memory.resize("a", 3 * PAGE)))
                .isEqualTo(
                        memory(
                                "a",
                                3,
                                "b",
                                "zero 0x1000 a",
                                "zero 0x2000",
                                "eos",
                                "page 0 a",
                                "zero 0 b"));
    }

    @ParameterizedTest
    @EnumSource(
            value = RamFormat.class,
            names = {"PLAIN", "XBZRLE", "ZLIB"})
    void everyEncodingIsCopied(RamFormat format) throws Exception {
        byte[] stream = MemoryStreams.of(format, PAGE, 100, 2, folder).getFirst();
        byte[] there = edited(stream, memory -> memory.rename("pc.ram", "x"));
        assertThat(there.length).isLessThan(stream.length);
        assertThat(edited(there, memory -> memory.rename("x", "pc.ram"))).isEqualTo(stream);
    }

    @ParameterizedTest
    @EnumSource(
            value = RamFormat.class,
            names = {"MAPPED_RAM", "MULTIFD"})
    void memoryThatIsElsewhereIsRefused(RamFormat format) throws Exception {
        byte[] stream = MemoryStreams.of(format, PAGE, 100, 2, folder).getFirst();
        assertThatThrownBy(() -> edited(stream, memory -> memory.rename("pc.ram", "x")))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("convert");
    }

    @Test
    void impossibleChangesAreRefusedAtOnce() {
        RamBlockEdit edit =
                new RamBlockEdit(List.of(new RamBlock("a", PAGE), new RamBlock("b", PAGE)), PAGE);
        for (Change change :
                List.<Change>of(
                        memory -> memory.rename("x", "y"),
                        memory -> memory.rename("a", "b"),
                        memory -> memory.rename("a", ""),
                        memory -> memory.rename("a", "x".repeat(256)),
                        memory -> memory.resize("a", 0),
                        memory -> memory.resize("a", 100),
                        memory -> memory.drop("x"))) {
            assertThatThrownBy(() -> change.apply(edit))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(edit.changed()).isFalse();
    }
}
