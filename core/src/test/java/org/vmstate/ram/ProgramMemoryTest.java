// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.stream.Body;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.Expectations;
import org.vmstate.stream.FileHeader;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Memory that a program writes to an image.
class ProgramMemoryTest {
    private static final byte[] HELLO = "hello guest".getBytes(US_ASCII);
    private static final int PAGE = 4096;

    @TempDir Path folder;

    /// The image of a program's guest: one block with a text at 0x3000, zero elsewhere.
    private RamImage image(RamBlock block) throws IOException {
        RamImage image = RamImage.temporary(folder);
        image.declare(List.of(block));
        image.write(block, 0x3000, HELLO, 0, HELLO.length);
        return image;
    }

    private static void write(RamRewriter out, String machine) throws IOException {
        SectionIdentity ram = new SectionIdentity("ram", 0, 4);
        Body none = Body.of(new byte[0]);
        out.write(new FileHeader());
        out.write(new Configuration(machine, List.of()));
        for (Section section :
                List.of(
                        new Section.Start(1, ram, none),
                        new Section.Part(1, ram, none),
                        new Section.End(1, ram, none))) {
            out.write(section);
            out.write(new SectionFooter(1));
        }
        out.write(new EndOfStream());
    }

    private Path stream(RamImage image, RamFormat format, List<Path> channels, String machine)
            throws IOException {
        Path file = folder.resolve("out.mig");
        List<FileChannel> open = new ArrayList<>();
        try {
            for (Path path : channels) {
                open.add(create(path));
            }
            FileChannel main = create(file);
            open.add(main);
            WireWriter out = WireWriter.to(main);
            try (RamRewriter rewriter =
                    new RamRewriter(out, image, format, PAGE, open.subList(0, channels.size()))) {
                write(rewriter, machine);
            }
            out.flush();
        } finally {
            for (FileChannel channel : open) {
                channel.close();
            }
        }
        return file;
    }

    private static FileChannel create(Path path) throws IOException {
        return FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    @ParameterizedTest
    @EnumSource(RamFormat.class)
    void memoryOfAProgramIsWrittenInEveryFormat(RamFormat format) throws IOException {
        RamBlock block = new RamBlock("my.ram", 1 << 20);
        List<Path> channels = format.multifd() ? List.of(folder.resolve("out.ch1")) : List.of();
        Path file;
        try (RamImage image = image(block)) {
            file = stream(image, format, channels, "none");
        }

        try (RamImage again = RamImage.temporary(folder);
                WireReader in = WireReader.open(file, ReadLimits.DEFAULT)) {
            RamReader.Result result =
                    RamReader.read(
                            in,
                            new BuiltInHandlers(new RamContext()),
                            Expectations.NONE,
                            again,
                            format.multifd()
                                    ? MultifdChannels.open(channels, ReadLimits.DEFAULT)
                                    : null);
            byte[] text = new byte[HELLO.length];
            again.read(block, 0x3000, text, 0, text.length);

            assertThat(text).isEqualTo(HELLO);
            assertThat(result.coverage(again).complete()).isTrue();
        }
    }

    @Test
    void everyPageOfAProgramsBlockIsCounted() throws IOException {
        RamBlock block = new RamBlock("my.ram", 1 << 20);
        try (RamImage image = image(block)) {
            List<Long> visited = new ArrayList<>();
            PageCensus census = new PageCensus(image, PAGE);
            census.kinds((_, offset, _) -> visited.add(offset));

            assertThat(visited).hasSize(256);
            assertThat(census.count(folder))
                    .containsExactly(new PageCensus.Count(block, 256, 255, 1, 0));
            assertThat(image.nextMissing(block, 0)).isEmpty();
        }
    }

    /// A shared block, which a stream does not contain, becomes part of the image when a program
    /// writes to it.
    @Test
    void whatIsWrittenToASharedBlockIsNotLost() throws IOException {
        try (RamImage image = RamImage.temporary(folder);
                WireReader in = WireReader.of(Corpus.file("v-ignshared-100.mig").bytes())) {
            RamReader.read(
                    in, new BuiltInHandlers(new RamContext()), Expectations.NONE, image, null);
            RamBlock shared = image.block("ram0");
            assertThat(shared).isNotNull();
            assertThat(image.carried(shared)).isFalse();
            assertThat(image.nextMissing(shared, 5)).hasValue(5);
            assertThat(image.nextPresent(shared, 5)).isEmpty();

            image.zero(shared, 0, shared.length());
            image.write(shared, 0x3000, HELLO, 0, HELLO.length);

            assertThat(image.carried(shared)).isTrue();
            assertThat(image.nextMissing(shared, 0)).isEmpty();
        }
    }

    @Test
    void pagesThatDidNotComeAreNotWrittenAsZeros() throws IOException {
        try (RamImage image = RamImage.temporary(folder);
                WireReader in = WireReader.of(Corpus.file("v-multifd-dest-100.mig").bytes())) {
            RamReader.read(
                    in, new BuiltInHandlers(new RamContext()), Expectations.NONE, image, null);

            assertThatThrownBy(() -> stream(image, RamFormat.PLAIN, List.of(), "none"))
                    .isInstanceOf(UnsupportedException.class)
                    .hasMessageContaining("is not in the image");

            for (RamBlock block : image.blocks()) {
                image.zero(block, 0, block.length());
            }
            assertThat(stream(image, RamFormat.PLAIN, List.of(), "none")).exists();
        }
    }

    @Test
    void aClosedImageIsUnusable() throws IOException {
        RamBlock block = new RamBlock("my.ram", 1 << 20);
        RamImage image = image(block);

        image.close();
        image.close();

        assertThatThrownBy(() -> image.read(block, 0, new byte[1], 0, 1))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> image.write(block, 0, new byte[1], 0, 1))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> image.nextData(block, 0))
                .isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(image::flush).isInstanceOf(IllegalStateException.class);
        assertThat(folder).isEmptyDirectory();
    }

    /// Interoperability: a machine with only RAM, whose memory is written by this program.
    @Test
    void qemuLoadsTheMemoryOfAProgram() throws IOException {
        QemuMachine bare = QemuMachine.bare(1);
        RamBlock block = new RamBlock("ram", 1 << 20);
        Path file;
        try (RamImage image = image(block)) {
            file = stream(image, RamFormat.PLAIN, List.of(), "none");
        }
        assertThat(Files.size(file)).isLessThan(1 << 14);

        try (Qemu qemu = bare.startIncoming()) {
            qemu.load(file);

            assertThat(qemu.memory(0x3000, HELLO.length)).isEqualTo(HELLO);
        }
    }
}
