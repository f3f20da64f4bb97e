// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamImage;
import org.vmstate.testing.CoreFile;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.WireReader;

/// Guests of which no core can be written, and memory whose addresses do not fit into a core.
final class NoCoreTest {
    private static final long GIB = 1L << 30;
    private static final String DEVICE = "0000:00:01.0/";

    /// The description of a CPU with these fields of 64 bits.
    private static final String RISCV =
            field("env.gpr", 32) + "," + field("env.pc", 1) + "," + field("env.mstatus", 1);

    private static final String SYSTEM_Z =
            field("env.regs", 16) + "," + field("env.psw.mask", 1) + "," + field("env.psw.addr", 1);

    @TempDir Path folder;

    private static String field(String name, int count) {
        return "{\"name\":\""
                + name
                + "\",\"type\":\"uint64\",\"size\":8"
                + (count > 1 ? ",\"array_len\":" + count : "")
                + "}";
    }

    private static String word(String name) {
        return "{\"name\":\"" + name + "\",\"type\":\"uint32\",\"size\":4}";
    }

    /// A stream with a block without pages, the devices that `devices` adds, and CPUs with these
    /// fields.
    private static byte[] stream(
            String machine, String block, long length, StreamBytes devices, String... cpus) {
        StreamBytes bytes =
                StreamBytes.stream()
                        .configuration(machine)
                        .start(2, "ram", 0, 4)
                        .u64(length | 4)
                        .str8(block)
                        .u64(length)
                        .u64(0x10)
                        .footer(2)
                        .end(2)
                        .u64(0x10)
                        .footer(2)
                        .bytes(devices.toByteArray());
        List<String> entries = new ArrayList<>();
        for (int i = 0; i < cpus.length; i++) {
            int size = size(cpus[i]);
            bytes.full(10 + i, "cpu", i, 1).bytes(new byte[size]).footer(10 + i);
            entries.add(
                    "{\"name\":\"cpu\",\"instance_id\":"
                            + i
                            + ",\"vmsd_name\":\"cpu\",\"version\":1,\"fields\":["
                            + cpus[i]
                            + "]}");
        }
        return bytes.endOfStream()
                .description("{\"page_size\":4096,\"devices\":[" + String.join(",", entries) + "]}")
                .toByteArray();
    }

    private static int size(String fields) {
        int size = 0;
        for (String field : fields.split("},", -1)) {
            int width = field.contains("uint64") ? 8 : 4;
            String count = field.replaceFirst(".*\"array_len\":(\\d+).*", "$1");
            size += width * (count.equals(field) ? 1 : Integer.parseInt(count));
        }
        return size;
    }

    private static StreamBytes nothing() {
        return new StreamBytes();
    }

    private SavedGuest guest(byte[] stream) throws IOException {
        return SavedGuest.loader().scratch(folder).load(WireReader.of(stream));
    }

    private NoCoreException refusal(byte[] stream) throws IOException {
        try (SavedGuest guest = guest(stream)) {
            return catchThrowableOfType(NoCoreException.class, guest::partialCore);
        }
    }

    @Test
    void cpuOfAnotherArchitectureIsRefused() throws IOException {
        try (SavedGuest guest =
                SavedGuest.loader()
                        .scratch(folder)
                        .place("mips_malta.ram", 0)
                        .open(Corpus.file("malta-72.mig").unpack(folder))) {
            assertThat(guest.cpus()).isEmpty();
            assertThatThrownBy(guest::partialCore)
                    .isInstanceOf(NoCoreException.class)
                    .hasMessageStartingWith("cpu is a CPU of none of ")
                    .extracting(e -> ((NoCoreException) e).reason())
                    .isEqualTo(NoCoreException.Reason.UNKNOWN_CPU);
        }
    }

    @Test
    void cpuWithoutItsRegistersIsRefused() throws IOException {
        NoCoreException refusal =
                refusal(stream("pc", "pc.ram", GIB, nothing(), field("env.eip", 1)));

        assertThat(refusal.reason()).isEqualTo(NoCoreException.Reason.UNKNOWN_CPU);
        assertThat(refusal).hasMessage("cpu: a core of a CPU without env.regs[7]");
    }

    @Test
    void cpusOfSeveralArchitecturesAreRefused() throws IOException {
        NoCoreException refusal =
                refusal(
                        stream(
                                "virt",
                                "ram",
                                GIB,
                                nothing(),
                                RISCV + "," + word("env.misa_ext"),
                                SYSTEM_Z));

        assertThat(refusal).hasMessage("CPUs of several architectures: RISCV64 and S390X");
    }

    @Test
    void sectionsWithoutDescriptionAreRefused() throws IOException {
        byte[] described = stream("pc", "pc.ram", GIB, nothing(), field("env.eip", 1));
        String text = new String(described, ISO_8859_1);
        byte[] plain = Arrays.copyOf(described, text.indexOf("{\"page_size") - 5);

        assertThat(refusal(plain).reason()).isEqualTo(NoCoreException.Reason.NO_DESCRIPTION);
    }

    @Test
    void unknownMachineIsRefused() throws IOException {
        NoCoreException refusal =
                refusal(stream("spike", "ram", GIB, nothing(), RISCV + "," + word("env.misa_ext")));

        assertThat(refusal.reason()).isEqualTo(NoCoreException.Reason.NO_PLACE);
    }

    @Test
    void memoryAboveTheAddressesOfACoreIsRefused() throws IOException {
        NoCoreException refusal =
                refusal(
                        stream(
                                "virt",
                                "riscv_virt_board.ram",
                                3 * GIB,
                                nothing(),
                                RISCV.replace("uint64\",\"size\":8", "uint32\",\"size\":4")
                                        + ","
                                        + word("env.misa_ext")));

        assertThat(refusal.reason()).isEqualTo(NoCoreException.Reason.TOO_HIGH);
        assertThat(refusal).hasMessageContaining("ends at 0x140000000");
    }

    @Test
    void aRefusalIsThrownAnew() throws IOException {
        try (SavedGuest guest = guest(stream("pc", "pc.ram", GIB, nothing()))) {
            NoCoreException first = catchThrowableOfType(NoCoreException.class, guest::partialCore);
            NoCoreException second =
                    catchThrowableOfType(NoCoreException.class, guest::partialCore);

            assertThat(second).isNotSameAs(first).hasMessage(first.getMessage());
            assertThat(second.getCause()).isSameAs(first.getCause());
            assertThat(first.getStackTrace()[0].getMethodName()).isEqualTo("again");
        }
    }

    /// The state of a virtio-mem device with a block size of 64 KiB.
    private static StreamBytes virtioMem(long address, long units, long word) {
        StreamBytes bytes =
                nothing()
                        .full(5, DEVICE + "virtio-mem-device-early", 0, 1)
                        .u64(address)
                        .u64(units << 16)
                        .u64(1 << 16)
                        .u32(0)
                        .u64(0);
        for (long i = 0; i < units; i += Long.SIZE) {
            bytes.u64(word);
        }
        return bytes.footer(5);
    }

    @Test
    void unpluggedMemoryIsNotMapped() throws IOException {
        byte[] stream =
                stream("pc-q35-10.0", DEVICE + "m0", 128 << 16, virtioMem(4 * GIB, 128, 0b1101));

        try (SavedGuest guest = guest(stream)) {
            RamBlock block = guest.image().blocks().iterator().next();
            assertThat(guest.map().ranges())
                    .containsExactly(
                            new GuestRange(4 * GIB, block, 0, 1 << 16),
                            new GuestRange(4 * GIB + (2 << 16), block, 2 << 16, 2 << 16),
                            new GuestRange(4 * GIB + (64 << 16), block, 64 << 16, 1 << 16),
                            new GuestRange(4 * GIB + (66 << 16), block, 66 << 16, 2 << 16));
            assertThat(guest.memory().span(4 * GIB + (1 << 16)).presence())
                    .isEqualTo(PhysicalMemory.Presence.UNMAPPED);
        }
    }

    @Test
    void virtioMemAtAnAddressThatIsTakenHasNoPlace() throws IOException {
        for (long address : new long[] {0, -1, Long.MAX_VALUE, 6 * GIB - (1 << 16)}) {
            StreamBytes bytes =
                    StreamBytes.stream()
                            .configuration("pc-q35-10.0")
                            .start(2, "ram", 0, 4)
                            .u64(4 * GIB + (2 << 16) | 4)
                            .str8("pc.ram")
                            .u64(4 * GIB)
                            .str8(DEVICE + "m0")
                            .u64(2 << 16)
                            .u64(0x10)
                            .footer(2)
                            .end(2)
                            .u64(0x10)
                            .footer(2)
                            .bytes(virtioMem(address, 2, 0b11).toByteArray())
                            .endOfStream();

            try (SavedGuest guest = guest(bytes.toByteArray())) {
                assertThat(guest.map().unplaced())
                        .extracting(RamBlock::name)
                        .containsExactly(DEVICE + "m0");
            }
        }
    }

    @Test
    void moreThanAMillionPluggedRangesAreRefused() {
        long units = 1L << 22;
        byte[] stream =
                stream(
                        "pc-q35-10.0",
                        DEVICE + "m0",
                        units << 16,
                        virtioMem(4 * GIB, units, 0x5555_5555_5555_5555L));

        assertThatThrownBy(() -> guest(stream))
                .isInstanceOf(LimitExceededException.class)
                .hasMessageContaining("plugged ranges");
    }

    @Test
    void moreRangesThanAnElfHeaderCountsAreWritten() throws IOException {
        int count = 70_000;
        RamBlock block = new RamBlock("ram", 2L * count);
        List<GuestRange> ranges = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ranges.add(new GuestRange(2L * i, block, 2L * i, 1));
        }
        byte[] stream = stream("virt", "ram", GIB, nothing(), RISCV + "," + word("env.misa_ext"));
        try (SavedGuest guest = guest(stream);
                RamImage image = RamImage.temporary(folder)) {
            image.declare(List.of(block));
            ByteArrayOutputStream out = new ByteArrayOutputStream();

            ElfCore.of(image, new GuestMap(ranges, List.of()), guest.cpus(), null)
                    .writeTo(Channels.newChannel(out));

            assertThat(CoreFile.of(ByteBuffer.wrap(out.toByteArray())).segments())
                    .hasSize(count)
                    .last()
                    .hasToString("load 0x222de 0x1");
        }
    }
}
