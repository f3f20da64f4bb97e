// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmstate.fuzz.Sample;
import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Target;
import org.vmstate.fuzz.targets.Oracle.Outcome;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.inspect.MachineReader;
import org.vmstate.ram.PageSize;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamFormat;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.ram.RamRewriter;
import org.vmstate.stream.BodyEnd;
import org.vmstate.stream.Command;
import org.vmstate.stream.Expectations;
import org.vmstate.stream.Origin;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;
import org.vmstate.testing.MemoryStreams;
import org.vmstate.testing.SampleStreams;
import org.vmstate.testing.StreamBytes;
import org.vmstate.testing.TrickleChannel;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Loads the memory of streams, in every encoding. The pages must be the same if the stream arrives
/// piece by piece, and after they were written in another encoding.
final class RamTarget implements Target {
    @Override
    public String name() {
        return "ram";
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (RamFormat format : RamFormat.values()) {
            if (!format.multifd()) {
                int pageSize = Math.max(format.minPageSize(), RamStructure.PAGE_BYTES);
                seeds.add(MemoryStreams.of(format, pageSize, 8, 0, Memory.SCRATCH).getFirst());
            }
        }
        seeds.add(MemoryStreams.of(RamFormat.PLAIN, 4096, 4, 0, Memory.SCRATCH).getFirst());
        seeds.add(SampleStreams.everyElement());
        seeds.add(encodings());
        return seeds;
    }

    /// Returns a stream with a record of each kind, built by hand; the page size follows from the
    /// records.
    private static byte[] encodings() {
        byte[] page = new byte[RamStructure.PAGE_BYTES];
        for (int i = 0; i < page.length; i++) {
            page[i] = (byte) (i / 3);
        }
        return StreamBytes.stream()
                .start(2, "ram", 0, 4)
                .u64(0x2000 | 0x04)
                .str8("pc.ram")
                .u64(0x1800)
                .str8("pc.bios")
                .u64(0x800)
                .u64(0x10)
                .footer(2)
                .part(2)
                .u64(0x08)
                .str8("pc.ram")
                .bytes(page)
                .u64(0x400 | 0x28)
                .bytes(page)
                .u64(0x800 | 0x22)
                .u8(0)
                .u64(0xc00 | 0x02)
                .str8("pc.ram")
                .u8(9)
                .u64(0x40)
                .str8("pc.ram")
                .u8(1)
                .u16(5)
                .hex("0a03414243")
                .u64(0x02)
                .str8("pc.bios")
                .u8(0)
                .u64(0x200)
                .u64(0x10)
                .footer(2)
                .command(
                        6,
                        new StreamBytes()
                                .u8(0)
                                .str8("pc.ram")
                                .u8(0)
                                .u64(0x400)
                                .u64(0x400)
                                .toByteArray())
                .end(2)
                .u64(0x10)
                .footer(2)
                .endOfStream()
                .description("{\"page_size\": 1024, \"devices\": []}")
                .toByteArray();
    }

    @Override
    public Structure structure(byte[] input) {
        return StreamStructure.of(input);
    }

    @Override
    public Cost cost() {
        return new Cost(16 << 20, 600, 4_000_000, 4_000);
    }

    @Override
    public void run(byte[] input, Sample sample) throws IOException {
        Outcome<Memory> once = Outcome.of(input.length, () -> Memory.load(memory(input), null));
        if (sample.takes(3)) {
            once.sameAs(piecemeal(input), "from a pipe");
        }
        if (once.result() != null && sample.takes(4)) {
            rewrite(input, once.result());
        }
    }

    private static Outcome<Memory> piecemeal(byte[] input) throws IOException {
        return Outcome.of(
                input.length,
                () ->
                        Memory.load(
                                WireReader.of(
                                                new TrickleChannel(input, 1 + input.length % 61),
                                                Oracle.LIMITS)
                                        .retained(),
                                null));
    }

    private static WireReader memory(byte[] input) {
        return WireReader.of(input, 0, Oracle.LIMITS);
    }

    /// Writes the memory in another encoding, which may be refused, and loads it again.
    private static void rewrite(byte[] input, Memory expected) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        boolean guessed = false;
        List<String> sections = new ArrayList<>();
        RamFormat[] formats = {RamFormat.PLAIN, RamFormat.XBZRLE, RamFormat.MAPPED_RAM};
        RamFormat format = formats[input.length / 4 % formats.length];
        try (RamImage image = RamImage.temporary(Memory.SCRATCH)) {
            RamReader.Result loaded =
                    RamReader.read(
                            memory(input),
                            new BuiltInHandlers(new RamContext()),
                            Expectations.NONE,
                            image,
                            null);
            PageSize pageSize = loaded.pageSize();
            if (!loaded.coverage(image).complete() || pageSize.bytes() < format.minPageSize()) {
                return;
            }
            WireWriter out = WireWriter.to(Channels.newChannel(bytes));
            try (RamRewriter rewriter =
                    new RamRewriter(out, image, format, pageSize.bytes(), List.of())) {
                MachineReader elements = MachineReader.of(memory(input));
                for (StreamElement e = elements.next(); e != null; e = elements.next()) {
                    if (e instanceof Command.Packaged(List<StreamElement> packaged)) {
                        packaged.forEach(inner -> add(inner, sections));
                        guessed |=
                                elements.origin().inside().stream()
                                        .anyMatch(RamTarget::hasGuessedEnd);
                    } else {
                        add(e, sections);
                    }
                    rewriter.write(e);
                }
            }
            out.flush();
        } catch (VMStateException e) {
            Oracle.refused(e, input.length);
            return;
        }
        if (guessed && !sections(bytes.toByteArray()).equals(sections)) {
            return; // only the end of the package determined the end of a body
        }
        Memory again = Memory.load(memory(bytes.toByteArray()), null);
        Oracle.same(contents(again), contents(expected), "memory as " + format);
    }

    /// Whether the end of a body is uncertain, because its section has no footer and no
    /// description.
    private static boolean hasGuessedEnd(Origin section) {
        return section.bodyEnd().equals(Optional.of(BodyEnd.FOUND_BY_HEADER));
    }

    private static List<String> sections(byte[] stream) throws IOException {
        List<String> sections = new ArrayList<>();
        try {
            MachineReader elements = MachineReader.of(memory(stream));
            for (StreamElement e = elements.next(); e != null; e = elements.next()) {
                add(e, sections);
            }
        } catch (VMStateException e) {
            sections.add(e.toString());
        }
        return sections;
    }

    private static void add(StreamElement element, List<String> sections) {
        if (element instanceof Section.Full full) {
            sections.add(full.identity().label() + " " + full.body().length());
        }
    }

    private static List<String> contents(Memory memory) {
        return memory.blocks().stream().map(b -> b.replaceFirst("RamBlock.*] ", "")).toList();
    }
}
