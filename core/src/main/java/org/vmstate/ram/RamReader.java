// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.internal.format.SectionNames;
import org.vmstate.internal.progress.Tally;
import org.vmstate.stream.Body;
import org.vmstate.stream.Command;
import org.vmstate.stream.Description;
import org.vmstate.stream.Expectations;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamReader;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.Progress;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Reads a stream, with its channels where it has any, and loads the guest's memory into an image.
///
/// Reads on behind the last page, to the description at the end of the stream, since that states
/// the page size, and to the devices that make pages superfluous. What is malformed behind the end
/// of `ram` is not an error here. Discards of postcopy are obeyed.
///
/// Not safe for use by several threads, and for one stream only. It closes nothing but the
/// channels.
public final class RamReader {
    /// The page size of most targets.
    private static final int USUAL_PAGE_BYTES = 4096;

    private final SectionHandler.Lookup handlers;
    private final Expectations expectations;
    private final RamContext context = new RamContext();
    private @Nullable MultifdChannels channels;
    private final Map<String, Path> memory = new LinkedHashMap<>();
    private Progress progress = Progress.NONE;

    private RamReader(SectionHandler.Lookup handlers, Expectations expectations) {
        this.handlers = handlers;
        this.expectations = expectations;
    }

    /// What was read beside the memory itself.
    ///
    /// @param pageSize the size of the target's pages, and whether it is a guess
    /// @param evidence what shows that memory is missing, apart from the pages that did not come
    public record Result(
            RamStatistics statistics, PageSize pageSize, List<MissingMemory> evidence) {
        /// Evidence that does not change.
        public Result {
            evidence = List.copyOf(evidence);
        }

        /// How much of the memory there is in the image that was loaded.
        public RamCoverage coverage(RamImage image) {
            return coverage(image, block -> true);
        }

        /// How much of the memory of some blocks there is in the image that was loaded.
        ///
        /// @param wanted the blocks that count
        public RamCoverage coverage(RamImage image, Predicate<? super RamBlock> wanted) {
            return RamCoverage.of(image, wanted, pageSize.bytes(), evidence);
        }
    }

    /// A reader of one stream.
    ///
    /// @param handlers for the other devices that are sent in pieces
    /// @param expectations where the devices end that are sent whole
    public static RamReader of(SectionHandler.Lookup handlers, Expectations expectations) {
        return new RamReader(handlers, expectations);
    }

    /// Loads all memory into an image without blocks.
    ///
    /// @param in at the stream's first byte
    /// @param channels the further channels of a multifd migration, or null; closed when this
    ///   returns
    public static Result read(
            WireReader in,
            SectionHandler.Lookup handlers,
            Expectations expectations,
            RamImage image,
            @Nullable MultifdChannels channels)
            throws IOException {
        RamReader reader = of(handlers, expectations);
        reader.channels = channels;
        return reader.read(in, image);
    }

    /// Takes the further channels of a multifd migration, which are closed when the stream has been
    /// read.
    public RamReader channels(MultifdChannels given) {
        channels = given;
        return this;
    }

    /// States the page size, for a stream that does not.
    ///
    /// @throws IllegalArgumentException if no target has such pages
    public RamReader pageSize(int bytes) {
        context.targetPageSize(bytes);
        return this;
    }

    /// Has `listener` called in the phase [Progress.Phase#MEMORY], with the bytes consumed of the
    /// stream and of all channels, added up.
    public RamReader progress(Progress listener) {
        progress = Objects.requireNonNull(listener);
        return this;
    }

    /// Takes the memory of a block from a file of raw bytes, as a shared memory file or a dump has
    /// it, whatever the stream has of the block. If the stream has no memory at all, the files make
    /// the guest's blocks.
    ///
    /// Reading throws a [BlockMismatchException] if the stream has memory, but no such block, or
    /// one of another length.
    public RamReader memory(String block, Path file) {
        memory.put(Objects.requireNonNull(block), Objects.requireNonNull(file));
        return this;
    }

    /// Loads all memory into an image without blocks; once only.
    ///
    /// @param in at the stream's first byte
    /// @throws BlockMismatchException if a file of [#memory] does not fit the stream's blocks
    public Result read(WireReader in, RamImage image) throws IOException {
        Map<String, MemoryFile> files = new LinkedHashMap<>();
        try {
            for (Map.Entry<String, Path> file : memory.entrySet()) {
                files.put(file.getKey(), MemoryFile.open(file.getValue()));
            }
            Result result = load(in, image);
            replace(files, image);
            return result;
        } catch (ClosedByInterruptException e) {
            throw CancelledException.of(e);
        } catch (InternalError e) {
            throw MappedFile.fault(e);
        } finally {
            try {
                if (channels != null) {
                    channels.close();
                }
            } finally {
                for (MemoryFile file : files.values()) {
                    file.channel().close();
                }
            }
        }
    }

    /// A file with the memory of a block.
    ///
    /// @param size the number of bytes when it was opened
    private record MemoryFile(Path path, FileChannel channel, long size) {
        static MemoryFile open(Path path) throws IOException {
            FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
            try {
                return new MemoryFile(path, channel, channel.size());
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        }

        void throwIfShorter() throws IOException {
            if (channel.isOpen() && channel.size() < size) {
                throw MappedFile.becameShorter(path);
            }
        }
    }

    private void replace(Map<String, MemoryFile> files, RamImage image) throws IOException {
        if (image.blocks().isEmpty() && !files.isEmpty()) {
            List<RamBlock> blocks = new ArrayList<>();
            for (Map.Entry<String, MemoryFile> file : files.entrySet()) {
                blocks.add(new RamBlock(file.getKey(), file.getValue().size()));
            }
            image.declare(blocks);
        }
        for (Map.Entry<String, MemoryFile> entry : files.entrySet()) {
            String name = entry.getKey();
            MemoryFile file = entry.getValue();
            RamBlock block = image.block(name);
            if (block == null) {
                throw new BlockMismatchException(
                        "no block "
                                + Printable.quoted(name)
                                + " in the stream; there are "
                                + image.blocks().stream()
                                        .map(b -> Printable.quoted(b.name()))
                                        .collect(Collectors.joining(", ")));
            }
            if (file.size() != block.length()) {
                throw new BlockMismatchException(
                        file.path()
                                + " has "
                                + file.size()
                                + " bytes, but block "
                                + Printable.quoted(name)
                                + " has "
                                + block.length());
            }
            file.throwIfShorter();
            try {
                image.replace(block, file.channel());
            } catch (IOException | BlockMismatchException e) {
                file.throwIfShorter();
                throw e;
            }
        }
    }

    private Result load(WireReader in, RamImage image) throws IOException {
        long start = in.position();
        try (RamLoader loader =
                new RamLoader(
                        context,
                        image,
                        channels,
                        start,
                        new Tally(progress, Progress.Phase.MEMORY, total(in)))) {
            SectionHandler ram = (body, identity, stream) -> load(body, identity, stream, loader);
            StreamReader stream =
                    StreamReader.of(
                            in,
                            (identity, iterative) ->
                                    iterative && identity.idString().equals(SectionNames.RAM)
                                            ? ram
                                            : handlers.find(identity, iterative),
                            expectations);
            SparseMemory sparse = new SparseMemory();
            boolean complete = false;
            for (StreamElement e = next(stream, false); e != null; e = next(stream, complete)) {
                sparse.see(e);
                if (e instanceof Command.RamDiscard discard) {
                    discard(discard, stream.origin().offset(), loader);
                } else if (e instanceof Description description) {
                    describe(description, stream.origin().offset(), in);
                }
                complete |=
                        e instanceof Section.End end
                                && end.identity().idString().equals(SectionNames.RAM);
            }
            loader.finish(in.position());
            PageSize pageSize = pageSize(image);
            image.pageSize(pageSize.bytes());
            sparse.excuse(image);
            return new Result(loader.statistics(), pageSize, loader.missing());
        }
    }

    /// How many bytes the stream and its channels have, if that is known.
    private OptionalLong total(WireReader in) {
        if (in.remaining().isEmpty()) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(
                in.remaining().getAsLong() + (channels == null ? 0 : channels.bytes()));
    }

    /// The next element; behind the memory, what cannot be read is as good as the end.
    private static @Nullable StreamElement next(StreamReader stream, boolean complete)
            throws IOException {
        try {
            return stream.next();
        } catch (VMStateException e) {
            if (complete) {
                return null;
            }
            throw e;
        }
    }

    private static void discard(Command.RamDiscard discard, long offset, RamLoader loader)
            throws IOException {
        for (Command.RamDiscard.Range range : discard.ranges()) {
            loader.discard(discard.block(), range.start(), range.length(), offset);
        }
    }

    private void describe(Description description, long offset, WireReader in) throws IOException {
        Body json = description.json();
        int stated;
        try {
            stated = VmDescription.parse(json.memory(), json.offset(), in.limits()).pageSize();
        } catch (VMStateException e) {
            return; // what is wrong with a description is told by those who need all of it
        }
        context.learnPageSize(PageSize.Source.DESCRIPTION, stated, offset);
    }

    /// The page size; where nothing states it, the largest up to 4096 that agrees with the offsets
    /// of all pages, or a larger one with which they fill all blocks.
    private PageSize pageSize(RamImage image) {
        if (context.pageSize().isPresent()) {
            return context.pageSize().get();
        }
        int largest = context.largestPageSize();
        boolean fills = context.sawDistance();
        for (RamBlock block : image.blocks()) {
            ArrivalMap arrivals = image.arrivals(block);
            for (long at = 0; fills && at < block.length(); at += largest) {
                fills = arrivals.begins(at);
            }
        }
        return new PageSize(
                fills ? largest : Math.min(largest, USUAL_PAGE_BYTES), PageSize.Source.ASSUMED);
    }

    private static void load(
            WireReader in, SectionIdentity identity, StreamContext stream, RamLoader loader)
            throws IOException {
        loader.context().begin(identity, stream, in.position());
        loader.body(in);
    }
}
