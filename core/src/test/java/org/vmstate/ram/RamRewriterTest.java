// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.inspect.MachineReader;
import org.vmstate.stream.Command;
import org.vmstate.stream.Expectations;
import org.vmstate.stream.StreamElement;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.Firmware;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

class RamRewriterTest {
    private static final int CHANNELS = 3;

    @TempDir Path folder;

    private static RamReader.Result load(Path main, List<Path> channels, RamImage image)
            throws IOException {
        try (WireReader in = WireReader.open(main, ReadLimits.DEFAULT)) {
            return RamReader.read(
                    in,
                    new BuiltInHandlers(new RamContext()),
                    Expectations.NONE,
                    image,
                    channels.isEmpty() ? null : MultifdChannels.open(channels, ReadLimits.DEFAULT));
        }
    }

    private List<Path> rewrite(Path from, List<Path> fromChannels, RamFormat format)
            throws IOException {
        List<Path> written = new ArrayList<>();
        written.add(folder.resolve("out.mig"));
        for (int i = 1; i <= (format.multifd() ? CHANNELS : 0); i++) {
            written.add(folder.resolve("out.ch" + i));
        }
        List<FileChannel> files = new ArrayList<>();
        try (RamImage image = RamImage.temporary(folder);
                WireReader in = WireReader.open(from, ReadLimits.DEFAULT)) {
            for (Path path : written) {
                files.add(
                        FileChannel.open(
                                path, StandardOpenOption.CREATE, StandardOpenOption.WRITE));
            }
            RamReader.Result ram = load(from, fromChannels, image);
            WireWriter out = WireWriter.to(files.getFirst());
            MachineReader machine = MachineReader.of(in);
            try (RamRewriter rewriter =
                    new RamRewriter(
                            out,
                            image,
                            format,
                            ram.pageSize().bytes(),
                            files.subList(1, files.size()))) {
                for (StreamElement e = machine.next(); e != null; e = machine.next()) {
                    rewriter.write(e);
                }
            }
            out.flush();
        } finally {
            for (FileChannel file : files) {
                file.close();
            }
        }
        return written;
    }

    @ParameterizedTest
    @EnumSource(RamFormat.class)
    void everyFormatGivesTheSameMemory(RamFormat format) throws IOException {
        Corpus.Entry entry = Corpus.file("v-xbzrle-100.mig");
        List<Path> out = rewrite(entry.unpack(folder), List.of(), format);
        try (RamImage image = RamImage.temporary(folder)) {
            RamReader.Result result = load(out.getFirst(), out.subList(1, out.size()), image);
            assertThat(result.pageSize().bytes()).isEqualTo(4096);
            for (Corpus.Block expected : entry.blocks()) {
                RamBlock block = image.block(expected.name());
                assertThat(RamReaderTest.sha256(image, block, 0, block.length()))
                        .as(expected.name())
                        .isEqualTo(expected.sha256().orElseThrow());
            }
        }
    }

    /// A stream that begins with all of its memory is written as QEMU wrote it, except for the
    /// offsets of the pages.
    @ParameterizedTest
    @CsvSource({
        "v-postcopy-100.mig",
        "v-postcopy-52.mig",
        "v-bgsnap-100.mig",
        "v-multifd-zlib-sock-72.mig",
        "v-mappedram-100.mig",
        "v-returnpath-100.mig",
        "s390x-100.mig",
        "pseries-events-72.mig",
        "sparc64-100.mig"
    })
    void everyStreamBecomesAnOrdinaryOne(String name) throws IOException {
        Corpus.Entry entry = Corpus.file(name);
        List<Path> channels = new ArrayList<>();
        for (Corpus.Entry channel : entry.channels()) {
            channels.add(channel.unpack(folder));
        }
        Path out = rewrite(entry.unpack(folder), channels, RamFormat.PLAIN).getFirst();
        try (WireReader in = WireReader.open(out, ReadLimits.DEFAULT)) {
            MachineReader machine = MachineReader.of(in);
            for (StreamElement e = machine.next(); e != null; e = machine.next()) {
                if (e instanceof Command) {
                    assertThat(e).isInstanceOf(Command.SwitchoverStart.class);
                }
            }
            assertThat(in.atEnd()).isTrue();
            assertThat(machine.context().capabilities()).doesNotContain("mapped-ram");
        }
        try (RamImage image = RamImage.temporary(folder)) {
            load(out, List.of(), image);
            for (Corpus.Block expected :
                    entry.blocks().stream().filter(b -> b.sha256().isPresent()).toList()) {
                RamBlock block = image.block(expected.name());
                assertThat(RamReaderTest.sha256(image, block, 0, block.length()))
                        .isEqualTo(expected.sha256().orElseThrow());
            }
        }
    }

    @Test
    void sharedMemoryStaysOut() throws IOException {
        Corpus.Entry entry = Corpus.file("v-ignshared-100.mig");
        Path in = entry.unpack(folder);
        Path out = rewrite(in, List.of(), RamFormat.PLAIN).getFirst();
        try (RamImage image = RamImage.temporary(folder)) {
            load(out, List.of(), image);
            assertThat(image.carried(image.block("ram0"))).isFalse();
            assertThat(image.carried(image.block("pc.bios"))).isTrue();
        }
        assertThat(Files.size(out)).isEqualTo(Files.size(in));
    }

    @Test
    void mappedRamNeedsAConfiguration() throws IOException {
        Path in = Corpus.file("v-noconf-72.mig").unpack(folder);
        assertThatThrownBy(() -> rewrite(in, List.of(), RamFormat.MAPPED_RAM))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("configuration");
    }

    @Test
    void memoryThatIsNotSentInPartsIsRefused() throws IOException {
        StreamBytes full = StreamBytes.stream().full(2, "ram", 0, 4).u64(0x10).footer(2);
        assertRefused(full, "in parts");
    }

    @Test
    void memoryThatStartsASecondTimeIsRefused() throws IOException {
        StreamBytes twice = StreamBytes.stream();
        for (int i = 0; i < 2; i++) {
            twice.start(2 + i, "ram", i, 4).u64(0x10).footer(2 + i);
        }
        assertRefused(twice, "a second time");
    }

    @Test
    void memoryOfAStartWithoutAnotherPartIsRefusedRatherThanLost() throws IOException {
        StreamBytes start =
                StreamBytes.stream()
                        .start(2, "ram", 0, 4)
                        .u64(0x1000 | 0x04)
                        .str8("pc.ram")
                        .u64(0x1000)
                        .u64(0x08)
                        .str8("pc.ram")
                        .bytes(new byte[4096])
                        .u64(0x10)
                        .footer(2);
        assertRefused(start, "no other part");
    }

    private void assertRefused(StreamBytes stream, String reason) throws IOException {
        Path in = Files.write(folder.resolve("in"), stream.endOfStream().toByteArray());
        assertThatThrownBy(() -> rewrite(in, List.of(), RamFormat.PLAIN))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining(reason);
    }

    /// A destination with the capability `validate-uuid` compares the UUID in every channel.
    @Test
    void channelsHaveTheMachinesUuid() throws IOException {
        Path in = Corpus.file("v-uuid-72.mig").unpack(folder);
        List<Path> out = rewrite(in, List.of(), RamFormat.MULTIFD);
        for (Path channel : out.subList(1, out.size())) {
            assertThat(Arrays.copyOfRange(Files.readAllBytes(channel), 8, 24))
                    .asHexString()
                    .isEqualToIgnoringCase("123456789ABCDEF0123456789ABCDEF0");
        }
    }

    /// The real QEMU loads the output and has the same memory as before.
    @ParameterizedTest
    @CsvSource({"PLAIN,", "XBZRLE, xbzrle", "ZLIB, compress"})
    void qemuLoadsWhatIsWritten(RamFormat format, String setting) throws IOException {
        int fill = 1 << 20;
        Path saved = folder.resolve("saved.mig");
        byte[] memory;
        byte[] sparse; // a page that is written as a delta, such as that of "done"
        try (Qemu source = QemuMachine.pc(fill).start()) {
            source.awaitMemory(0x8000, "done".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
            source.save(saved);
            memory = source.memory(Firmware.PC_FILL_START, 7 << 20);
            sparse = source.memory(0, 0xa0000);
        }
        List<Path> written = rewrite(saved, List.of(), format);
        try (Qemu destination = QemuMachine.pc(fill).startIncoming()) {
            if (setting != null) {
                destination.capabilities(setting);
            }
            destination.load(written.getFirst());
            assertThat(destination.memory(Firmware.PC_FILL_START, 7 << 20)).isEqualTo(memory);
            assertThat(destination.memory(0, 0xa0000)).isEqualTo(sparse);
        }
    }
}
