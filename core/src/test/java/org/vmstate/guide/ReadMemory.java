// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.vmstate.container.StreamFile;
import org.vmstate.dump.PhysicalMemory;
import org.vmstate.dump.SavedGuest;
import org.vmstate.inspect.Requirements;
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
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.Progress;
import org.vmstate.wire.WireWriter;

/// The examples of the guide to guest memory.
final class ReadMemory {
    private ReadMemory() {}

    static byte[] bootSector(Path file) throws IOException {
        byte[] bytes = new byte[512];
        try (SavedGuest guest = SavedGuest.open(file)) {
            guest.memory().read(0x7c00, bytes);
        }
        return bytes;
    }

    static List<PhysicalMemory.Span> holes(SavedGuest guest) {
        List<PhysicalMemory.Span> holes = new ArrayList<>();
        PhysicalMemory memory = guest.memory();
        long end = memory.ranges().getLast().end();
        for (long at = 0; at < end; ) {
            PhysicalMemory.Span span = memory.span(at);
            if (span.presence() != PhysicalMemory.Presence.PRESENT) {
                holes.add(span);
            }
            at = span.end();
        }
        return holes;
    }

    static SavedGuest withMemoryElsewhere(Path stream, Path shared) throws IOException {
        return SavedGuest.loader()
                .memory("ram0", shared) // the file of a shared memory backend
                .place("ram0", 0x100000000L) // its guest-physical address
                .open(stream);
    }

    static void core(Path stream, Path target) throws IOException {
        try (SavedGuest guest = SavedGuest.open(stream)) {
            guest.core().writeTo(target);
        }
    }

    static boolean coreWithinASecond(Path stream, Path target) throws IOException {
        long end = System.nanoTime() + 1_000_000_000L;
        Progress listener =
                step -> {
                    if (System.nanoTime() > end) {
                        Thread.currentThread().interrupt();
                    }
                };
        try (SavedGuest guest = SavedGuest.loader().progress(listener).open(stream)) {
            guest.core().progress(listener).writeTo(target);
            return true;
        } catch (CancelledException e) {
            Thread.interrupted(); // this thread continues
            return false;
        }
    }

    static Requirements expectedBy(Path stream) throws IOException {
        try (StreamFile file = StreamFile.open(stream, StreamFile.Options.DEFAULT)) {
            return Requirements.read(file.reader());
        }
    }

    static byte[] streamOf(byte[] memory, Path folder) throws IOException {
        RamBlock block = new RamBlock("ram", memory.length);
        WireWriter out = WireWriter.toMemory();
        try (RamImage image = RamImage.temporary(folder)) {
            image.declare(List.of(block));
            image.write(block, 0, memory, 0, memory.length);
            try (RamRewriter stream =
                    new RamRewriter(out, image, RamFormat.PLAIN, 4096, List.of())) {
                SectionIdentity ram = new SectionIdentity("ram", 0, 4);
                Body body = Body.of(new byte[0]); // replaced by the rewriter
                stream.write(new FileHeader());
                stream.write(new Configuration("none", List.of()));
                stream.write(new Section.Start(1, ram, body));
                stream.write(new SectionFooter(1));
                stream.write(new Section.Part(1, ram, body));
                stream.write(new SectionFooter(1));
                stream.write(new Section.End(1, ram, body));
                stream.write(new SectionFooter(1));
                stream.write(new EndOfStream());
            }
        }
        return out.toByteArray();
    }
}
