// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamFormat;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamRewriter;
import org.vmstate.stream.Body;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.FileHeader;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamElement;
import org.vmstate.wire.WireWriter;

/// Streams with some memory in every format, which several tests corrupt.
public final class MemoryStreams {
    private MemoryStreams() {}

    /// The main stream, then the channels.
    ///
    /// @param pageSize the target's page size, which the configuration contains
    /// @param written the number of pages that are written, of 1.5 times as many in two blocks
    /// @param channels the number of channels of a multifd format
    public static List<byte[]> of(
            RamFormat format, int pageSize, int written, int channels, Path scratch)
            throws IOException {
        ByteArrayOutputStream main = new ByteArrayOutputStream();
        List<ByteArrayOutputStream> files = new ArrayList<>();
        List<WritableByteChannel> sinks = new ArrayList<>();
        for (int i = 0; format.multifd() && i < channels; i++) {
            files.add(new ByteArrayOutputStream());
            sinks.add(Channels.newChannel(files.getLast()));
        }
        try (RamImage image = RamImage.temporary(scratch)) {
            fill(image, pageSize, written);
            WireWriter out = WireWriter.to(Channels.newChannel(main));
            try (RamRewriter rewriter = new RamRewriter(out, image, format, pageSize, sinks)) {
                for (StreamElement element : elements(pageSize)) {
                    rewriter.write(element);
                }
            }
            out.flush();
        }
        List<byte[]> parts = new ArrayList<>(List.of(main.toByteArray()));
        files.forEach(file -> parts.add(file.toByteArray()));
        return parts;
    }

    private static void fill(RamImage image, int pageSize, int written) throws IOException {
        RamBlock ram = new RamBlock("pc.ram", (long) (written + written / 4) * pageSize);
        RamBlock rom = new RamBlock("pc.rom", (long) (written / 4) * pageSize);
        Random random = new Random(7);
        image.declare(List.of(ram, rom));
        byte[] page = new byte[pageSize];
        int inRom = written / 6;
        for (int i = 0; i < written; i++) {
            Arrays.fill(page, (byte) 0);
            for (int j = 0; j < (i % 3 == 0 ? pageSize : 20); j++) {
                page[random.nextInt(pageSize)] = (byte) random.nextInt();
            }
            boolean first = i < written - inRom;
            long at = first ? i + i / 4 : i - (written - inRom);
            image.write(first ? ram : rom, at * pageSize, page, 0, pageSize);
        }
    }

    private static List<StreamElement> elements(int pageSize) {
        SectionIdentity identity = new SectionIdentity("ram", 0, 4);
        Body none = Body.of(new byte[0]);
        return List.of(
                new FileHeader(),
                new Configuration(
                        "pc-i440fx-10.0",
                        List.of(
                                new Configuration.Subsection.TargetPageBits(
                                        1, Integer.numberOfTrailingZeros(pageSize)))),
                new Section.Start(2, identity, none),
                new SectionFooter(2),
                new Section.Part(2, identity, none),
                new SectionFooter(2),
                new Section.End(2, identity, none),
                new SectionFooter(2),
                new EndOfStream());
    }
}
