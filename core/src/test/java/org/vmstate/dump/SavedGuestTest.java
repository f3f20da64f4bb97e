// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.ram.BlockMismatchException;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.stream.Expectations;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.RangeSource;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// Memory by physical address, and cores, in a program.
class SavedGuestTest {
    private static final int PAGE = 4096;
    private static final long GIB = 1L << 30;

    @TempDir Path folder;

    private Path scratch() throws IOException {
        return Files.createDirectories(folder.resolve("scratch"));
    }

    private Path unpack(String name) throws IOException {
        return Corpus.file(name).unpack(folder);
    }

    private SavedGuest guest(String name) throws IOException {
        return SavedGuest.loader().scratch(scratch()).open(unpack(name));
    }

    /// A PC whose `pc.ram` of 8 pages contains pages 0 to 2 and 5, each filled with its number plus
    /// 1.
    private static byte[] sparsePc() {
        StreamBytes bytes =
                StreamBytes.stream()
                        .configuration("pc-i440fx-7.2")
                        .start(2, "ram", 0, 4)
                        .u64(8 * PAGE | 4)
                        .str8("pc.ram")
                        .u64(8 * PAGE);
        for (int page : new int[] {0, 1, 2, 5}) {
            byte[] content = new byte[PAGE];
            java.util.Arrays.fill(content, (byte) (page + 1));
            bytes.u64((long) page * PAGE | 8).str8("pc.ram").bytes(content);
        }
        return bytes.u64(0x10).footer(2).end(2).u64(0x10).footer(2).endOfStream().toByteArray();
    }

    private static List<PhysicalMemory.Span> spans(PhysicalMemory memory, long end) {
        List<PhysicalMemory.Span> spans = new ArrayList<>();
        for (long at = 0; at < end; at = spans.getLast().end()) {
            spans.add(memory.span(at));
        }
        return spans;
    }

    @Test
    void memoryIsReadAcrossPagesByItsAddress() throws IOException {
        try (SavedGuest guest =
                SavedGuest.loader().scratch(scratch()).load(WireReader.of(sparsePc()))) {
            byte[] bytes = new byte[4];

            guest.memory().read(PAGE - 2, bytes);

            assertThat(bytes).containsExactly(1, 1, 2, 2);
            assertThat(guest.memory().pageSize().bytes()).isEqualTo(PAGE);
        }
        assertThat(scratch()).isEmptyDirectory();
    }

    @Test
    void whatIsNotInTheStreamIsToldAndNeverReadAsZeros() throws IOException {
        try (SavedGuest guest =
                SavedGuest.loader().scratch(scratch()).load(WireReader.of(sparsePc()))) {
            PhysicalMemory memory = guest.memory();
            byte[] bytes = {7, 7};

            assertThat(spans(memory, 9 * PAGE))
                    .containsExactly(
                            new PhysicalMemory.Span(0, 3 * PAGE, PhysicalMemory.Presence.PRESENT),
                            new PhysicalMemory.Span(
                                    3 * PAGE, 2 * PAGE, PhysicalMemory.Presence.MISSING),
                            new PhysicalMemory.Span(
                                    5 * PAGE, PAGE, PhysicalMemory.Presence.PRESENT),
                            new PhysicalMemory.Span(
                                    6 * PAGE, 2 * PAGE, PhysicalMemory.Presence.MISSING),
                            new PhysicalMemory.Span(
                                    8 * PAGE,
                                    Long.MAX_VALUE - 8 * PAGE,
                                    PhysicalMemory.Presence.UNMAPPED));
            assertThat(memory.span(3 * PAGE + 5).length()).isEqualTo(2 * PAGE - 5);
            assertThatThrownBy(() -> memory.read(3 * PAGE - 1, bytes))
                    .isInstanceOf(MissingMemoryException.class)
                    .hasMessage("the page of \"pc.ram\" at 0x3000 is not in the stream");
            assertThatThrownBy(() -> memory.read(8 * PAGE, bytes))
                    .isInstanceOf(MissingMemoryException.class)
                    .hasMessage("no memory is known to be at 0x8000");
            assertThat(bytes).containsExactly(7, 7);
            assertThat(guest.coverage().complete()).isFalse();
        }
    }

    @Test
    void memoryFromAFileStandsForWhatIsMissing() throws IOException {
        byte[] dump = new byte[8 * PAGE];
        dump[3 * PAGE] = 42;
        Path file = Files.write(folder.resolve("dump"), dump);
        try (SavedGuest guest =
                SavedGuest.loader()
                        .scratch(scratch())
                        .memory("pc.ram", file)
                        .place("pc.ram", GIB)
                        .load(WireReader.of(sparsePc()))) {
            byte[] bytes = new byte[1];

            guest.memory().read(GIB + 3 * PAGE, bytes);

            assertThat(bytes).containsExactly(42);
            assertThat(guest.coverage().complete()).isTrue();
        }
    }

    /// A source of a stream that cuts a file to one page when it is first read.
    private record Cutting(Path file, ByteBuffer stream) implements RangeSource {
        @Override
        public int read(long position, ByteBuffer target) throws IOException {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
                channel.truncate(PAGE);
            }
            int count = (int) Math.min(target.remaining(), stream.limit() - position);
            if (count <= 0) {
                return -1;
            }
            target.put(stream.slice((int) position, count));
            return count;
        }

        @Override
        public OptionalLong size() {
            return OptionalLong.of(stream.limit());
        }

        @Override
        public void close() {}
    }

    @Test
    void memoryFromAFileThatBecameShorterIsNoMismatch() throws IOException {
        Path file = Files.write(folder.resolve("dump"), new byte[8 * PAGE]);
        RangeSource source = new Cutting(file, ByteBuffer.wrap(sparsePc()));
        RamReader reader =
                RamReader.of(new BuiltInHandlers(new RamContext()), Expectations.NONE)
                        .memory("pc.ram", file);
        try (RamImage image = RamImage.temporary(scratch())) {
            assertThatThrownBy(() -> reader.read(WireReader.of(source, ReadLimits.DEFAULT), image))
                    .isInstanceOf(FileSystemException.class)
                    .hasMessage(file + ": became shorter while it was read");
        }
    }

    @Test
    void blocksThatDoNotExistAreRefused() throws IOException {
        Path file = Files.write(folder.resolve("dump"), new byte[PAGE]);
        SavedGuest.Loader unknown = SavedGuest.loader().scratch(scratch()).memory("ram9", file);
        SavedGuest.Loader shorter = SavedGuest.loader().scratch(scratch()).memory("pc.ram", file);
        SavedGuest.Loader place = SavedGuest.loader().scratch(scratch()).place("ram9", 0);

        assertThatThrownBy(() -> unknown.load(WireReader.of(sparsePc())))
                .isInstanceOf(BlockMismatchException.class)
                .hasMessage("no block \"ram9\" in the stream; there are \"pc.ram\"");
        assertThatThrownBy(() -> shorter.load(WireReader.of(sparsePc())))
                .isInstanceOf(BlockMismatchException.class)
                .hasMessageEndingWith("dump has 4096 bytes, but block \"pc.ram\" has 32768");
        assertThatThrownBy(() -> place.load(WireReader.of(sparsePc())))
                .isInstanceOf(BlockMismatchException.class)
                .hasMessage("no block ram9");
        assertThat(scratch()).isEmptyDirectory();
    }

    @Test
    void sharedMemoryIsNotZero() throws IOException {
        try (SavedGuest guest = guest("v-ignshared-100.mig")) {
            assertThat(guest.memory().span(0).presence()).isEqualTo(PhysicalMemory.Presence.SHARED);
            assertThatThrownBy(() -> guest.memory().read(0, new byte[1]))
                    .isInstanceOf(MissingMemoryException.class)
                    .hasMessageContaining("shared");
        }
    }

    @Test
    void coreHasWhatTheGuestHas() throws IOException {
        Path target = folder.resolve("vm.core");
        try (SavedGuest guest = guest("v-plain-72.mig")) {
            ElfCore core = guest.core();
            core.writeTo(target);

            assertThat(core.cpus()).hasSize(1);
            assertThat(core.ranges()).isEqualTo(guest.map().ranges());
            assertThat(guest.findings()).isEmpty();
            byte[] memory = new byte[PAGE];
            guest.memory().read(1 << 20, memory);
            byte[] written = Files.readAllBytes(target);
            int segment =
                    java.nio.ByteBuffer.wrap(written)
                            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                            .getInt(64 + 56 + 8);
            assertThat(
                            java.util.Arrays.copyOfRange(
                                    written, segment + (1 << 20), segment + (1 << 20) + PAGE))
                    .isEqualTo(memory);
        }
        try (Stream<Path> left = Files.list(scratch())) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aPipeIsASourceToo() throws IOException {
        byte[] stream = Corpus.file("v-plain-72.mig").bytes();
        try (WireReader in =
                        WireReader.of(
                                Channels.newChannel(new ByteArrayInputStream(stream)),
                                ReadLimits.DEFAULT);
                SavedGuest guest = SavedGuest.loader().scratch(scratch()).load(in)) {
            assertThat(guest.core().cpus()).hasSize(1);
        }
    }

    @Test
    void aCoreWithMissingMemoryIsMadeOnRequestOnly() throws IOException {
        try (SavedGuest guest = guest("v-multifd-zstd-sock-100.mig")) {
            assertThatThrownBy(guest::core)
                    .isInstanceOf(MissingMemoryException.class)
                    .hasMessageContaining("no page of \"pc.ram\"")
                    .hasMessageContaining("multifd");
            assertThat(guest.partialCore().cpus()).isNotEmpty();
        }
    }

    @Test
    void aGuestWithoutKnownCpusHasMemoryButNoCore() throws IOException {
        try (SavedGuest guest =
                SavedGuest.loader().scratch(scratch()).load(WireReader.of(sparsePc()))) {
            assertThat(guest.cpus()).isEmpty();
            assertThatThrownBy(guest::partialCore)
                    .isInstanceOf(NoCoreException.class)
                    .hasMessage("no section cpu in the stream");
        }
    }

    @Test
    void aClosedGuestIsUnusable() throws IOException {
        SavedGuest guest = guest("v-plain-72.mig");
        ElfCore core = guest.core();
        PhysicalMemory memory = guest.memory();

        guest.close();
        guest.close();

        assertThatThrownBy(() -> memory.read(0, new byte[1]))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> core.writeTo(folder.resolve("vm.core")))
                .isInstanceOf(IllegalStateException.class);
        assertThat(folder.resolve("vm.core")).doesNotExist();
    }
}
