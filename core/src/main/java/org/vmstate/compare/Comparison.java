// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.ram.MultifdChannels;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.stream.Expectations;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Two streams that were compared, with their memory.
///
/// ```java
/// try (Comparison comparison = Comparison.of(before, after, DiffRules.DEFAULT, scratch)) {
///     if (!comparison.diff().same()) { … }
/// }
/// ```
///
/// Both streams are read at the same time, each once and in a thread of its own. Pages in full,
/// zero pages and pages of `mapped-ram` are compared where they are in the files, with an index of
/// 8 bytes per page. A stream with other encodings, with channels, or with pages that postcopy
/// discards is read a second time, into an image in temporary files.
///
/// Not safe for use by several threads. Closing it deletes temporary files; it does not close the
/// streams, which must be open until then.
public final class Comparison implements AutoCloseable {
    private final SavedMachine before;
    private final SavedMachine after;
    private final List<RamImage> images;
    private final PageSource memoryBefore;
    private final PageSource memoryAfter;
    private final MachineDiff diff;

    /// A stream to be compared.
    ///
    /// @param name the name in the path of errors, such as that of the file
    /// @param stream the stream, at its first byte; a stream that is not mapped is copied to memory
    ///   or, if it is large, to a temporary file
    /// @param channels the files of the channels of a multifd migration
    public record Source(String name, WireReader stream, List<Path> channels) {
        /// Copies the list.
        public Source {
            Objects.requireNonNull(name);
            Objects.requireNonNull(stream);
            channels = List.copyOf(channels);
        }

        /// Creates a source without channels.
        public Source(String name, WireReader stream) {
            this(name, stream, List.of());
        }
    }

    private Comparison(
            SavedMachine before,
            SavedMachine after,
            PageSource memoryBefore,
            PageSource memoryAfter,
            MachineDiff diff,
            List<RamImage> images) {
        this.before = before;
        this.after = after;
        this.memoryBefore = memoryBefore;
        this.memoryAfter = memoryAfter;
        this.diff = diff;
        this.images = images;
    }

    /// Compares two streams.
    ///
    /// @param scratch the folder for temporary files
    /// @throws VMStateException if a stream cannot be read to its end; the path begins with the
    ///   name of the source
    public static Comparison of(Source before, Source after, DiffRules rules, Path scratch)
            throws IOException {
        List<RamImage> images = new ArrayList<>();
        try {
            return compare(before, after, rules, scratch, images);
        } catch (IOException | RuntimeException e) {
            close(images);
            throw e;
        } catch (InternalError e) {
            close(images);
            throw MappedFile.fault(e);
        }
    }

    private static Comparison compare(
            Source first, Source second, DiffRules rules, Path scratch, List<RamImage> images)
            throws IOException {
        WireReader in = first.stream().retained();
        WireReader other = second.stream().retained();
        long start = in.position();
        long otherStart = other.position();
        PageWalk walk = new PageWalk(in, !first.channels().isEmpty());
        PageWalk otherWalk = new PageWalk(other, !second.channels().isEmpty());
        StreamPages[] pages = walkBoth(walk, otherWalk);
        SavedMachine before = machine(walk, first);
        SavedMachine after = machine(otherWalk, second);
        PageSource memory = memory(walk, first, in, start, pages[0], scratch, images);
        PageSource otherMemory =
                memory(otherWalk, second, other, otherStart, pages[1], scratch, images);
        MachineComparison states =
                new MachineComparison(before, after, rules, walk.digests(), otherWalk.digests());
        states.compare();
        MemoryDiff memoryDiff = MemoryComparison.compare(memory, otherMemory, rules);
        return new Comparison(
                before, after, memory, otherMemory, states.result(Optional.of(memoryDiff)), images);
    }

    private static StreamPages[] walkBoth(PageWalk before, PageWalk after) throws IOException {
        Thread first = Thread.ofPlatform().daemon().name("vmstate-before").start(before);
        Thread second = Thread.ofPlatform().daemon().name("vmstate-after").start(after);
        try {
            return MemoryComparison.index(before, after);
        } finally {
            first.interrupt();
            second.interrupt();
            join(first);
            join(second);
        }
    }

    /// Waits for the end of a thread, even if this one is interrupted.
    private static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static SavedMachine machine(PageWalk walk, Source source) throws IOException {
        try {
            return walk.machine();
        } catch (VMStateException e) {
            throw e.within(source.name());
        }
    }

    private static PageSource memory(
            PageWalk walk,
            Source source,
            WireReader in,
            long start,
            StreamPages pages,
            Path scratch,
            List<RamImage> images)
            throws IOException {
        try {
            if (!walk.encoded()) {
                return pages.withMapped(in, walk.reader().ram());
            }
            in.seek(start);
            RamImage image = RamImage.temporary(scratch);
            images.add(image);
            RamReader reader =
                    RamReader.of(new BuiltInHandlers(new RamContext()), Expectations.NONE);
            if (!source.channels().isEmpty()) {
                reader.channels(MultifdChannels.open(source.channels(), in.limits()));
            }
            RamReader.Result result = reader.read(in, image);
            return new ImagePages(image, result.pageSize().bytes());
        } catch (VMStateException e) {
            throw e.within(source.name());
        }
    }

    /// The differences.
    public MachineDiff diff() {
        return diff;
    }

    /// One of the machines.
    public SavedMachine machine(Side side) {
        return side == Side.BEFORE ? before : after;
    }

    /// Copies bytes of the memory of one machine.
    ///
    /// @param block the name of the block
    /// @param offset the offset of the first byte in the block
    /// @return the bytes; empty if a page of them is not in the stream
    /// @throws IllegalArgumentException if the machine has no such block
    /// @throws IndexOutOfBoundsException if the range is outside of the block
    public Optional<byte[]> bytes(Side side, String block, long offset, int count)
            throws IOException {
        PageSource memory = side == Side.BEFORE ? memoryBefore : memoryAfter;
        int number = 0;
        while (number < memory.blocks().size()
                && !memory.blocks().get(number).name().equals(block)) {
            number++;
        }
        if (number == memory.blocks().size()) {
            throw new IllegalArgumentException("no block " + block);
        }
        RamBlock of = memory.blocks().get(number);
        Objects.checkFromIndexSize(offset, count, of.length());
        byte[] bytes = new byte[count];
        int size = memory.pageSize();
        for (int done = 0; done < count; ) {
            long at = offset + done;
            int step = (int) Math.min(count - done, size - at % size);
            int content = memory.content(number, at - at % size);
            if (content == PageSource.MISSING) {
                return Optional.empty();
            } else if (content == PageSource.DATA) {
                MemorySegment.copy(
                        memory.memory(),
                        memory.locate(number, at),
                        MemorySegment.ofArray(bytes),
                        done,
                        step);
            } else {
                java.util.Arrays.fill(bytes, done, done + step, (byte) content);
            }
            done += step;
        }
        return Optional.of(bytes);
    }

    @Override
    public void close() throws IOException {
        close(images);
    }

    private static void close(List<RamImage> images) throws IOException {
        for (RamImage image : images) {
            image.close();
        }
    }
}
