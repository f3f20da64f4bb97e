// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.vmstate.stream.Body;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.Expectations;
import org.vmstate.stream.FileHeader;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamElement;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Streams with wrong bytes at any offset give either memory or a declared exception.
class HostileRamTest {
    private static final int MUTATIONS = 400;

    @TempDir Path folder;

    private List<byte[]> stream(RamFormat format) throws IOException {
        ByteArrayOutputStream main = new ByteArrayOutputStream();
        ByteArrayOutputStream channel = new ByteArrayOutputStream();
        RamBlock ram = new RamBlock("pc.ram", 256 << 10);
        RamBlock rom = new RamBlock("pc.rom", 16 << 10);
        Random random = new Random(7);
        SectionIdentity identity = new SectionIdentity("ram", 0, 4);
        Body none = Body.of(new byte[0]);
        try (RamImage image = RamImage.temporary(folder)) {
            image.declare(List.of(ram, rom));
            image.carry(ram);
            image.carry(rom);
            byte[] page = new byte[4096];
            for (int i = 0; i < 24; i++) {
                Arrays.fill(page, (byte) 0);
                for (int j = 0; j < (i % 3 == 0 ? 4096 : 20); j++) {
                    page[random.nextInt(page.length)] = (byte) random.nextInt();
                }
                image.write(i < 20 ? ram : rom, (i < 20 ? i * 3L : i - 20) << 12, page, 0, 4096);
            }
            WireWriter out = WireWriter.to(Channels.newChannel(main));
            try (RamRewriter rewriter =
                    new RamRewriter(
                            out,
                            image,
                            format,
                            4096,
                            format.multifd() ? List.of(Channels.newChannel(channel)) : List.of())) {
                for (StreamElement e :
                        List.of(
                                new FileHeader(),
                                new Configuration("pc-i440fx-10.0", List.of()),
                                new Section.Start(2, identity, none),
                                new SectionFooter(2),
                                new Section.Part(2, identity, none),
                                new SectionFooter(2),
                                new Section.End(2, identity, none),
                                new SectionFooter(2),
                                new EndOfStream())) {
                    rewriter.write(e);
                }
            }
            out.flush();
        }
        return List.of(main.toByteArray(), channel.toByteArray());
    }

    private void load(byte[] main, byte[] channel) throws IOException {
        Path file = folder.resolve("channel");
        MultifdChannels channels = null;
        if (channel.length > 0) {
            Files.write(file, channel);
            channels = MultifdChannels.open(List.of(file), ReadLimits.DEFAULT);
        }
        try (RamImage image = RamImage.temporary(folder)) {
            RamReader.read(WireReader.of(main), (_, _) -> null, Expectations.NONE, image, channels);
        }
    }

    @ParameterizedTest
    @EnumSource(RamFormat.class)
    void wrongBytesAreRefusedOrHarmless(RamFormat format) throws IOException {
        List<byte[]> good = stream(format);
        load(good.get(0), good.get(1));
        Random random = new Random(17);
        int refused = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] main = good.get(0);
            byte[] channel = good.get(1);
            if (channel.length > 0 && random.nextInt(4) != 0) {
                channel = mutated(channel, random);
            } else {
                main = mutated(main, random);
            }
            try {
                load(main, channel);
            } catch (VMStateException e) {
                assertThat(e.getMessage()).isNotBlank();
                refused++;
            }
        }
        assertThat(refused).isPositive();
        assertThat(folder.toFile().list()).allMatch(name -> name.equals("channel"));
    }

    private static byte[] mutated(byte[] good, Random random) {
        byte[] bad = good.clone();
        int near = random.nextBoolean() ? Math.min(600, bad.length) : bad.length;
        switch (random.nextInt(4)) {
            case 0 -> {
                return Arrays.copyOf(good, random.nextInt(near));
            }
            case 1 -> bad[random.nextInt(near)] ^= (byte) (1 << random.nextInt(8));
            case 2 -> bad[random.nextInt(near)] = (byte) random.nextInt();
            default ->
                    Arrays.fill(bad, near - random.nextInt(Math.min(9, near)), near, (byte) 0xff);
        }
        return bad;
    }
}
