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

/// Reads a stream, and its multifd channels if it has any, and loads the guest's memory into an
/// image.
///
/// Continues after the last page to the description at the end of the stream, which states the page
/// size, and to the devices because of which pages may be left out. Malformed input after the end
/// of `ram` is not an error here. Ranges that postcopy discards are discarded.
///
/// Not safe for use by several threads. Not reusable: create one per stream. Closes the channels,
/// but not the stream.
public final class RamReader {
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

    /// The result of reading, except the memory itself.
    ///
    /// @param pageSize the size of the target's pages and its source
    /// @param evidence evidence of missing memory other than missing pages
    public record Result(
            RamStatistics statistics, PageSize pageSize, List<MissingMemory> evidence) {
        /// Copies the list.
        public Result {
            evidence = List.copyOf(evidence);
        }

        /// The coverage of the blocks of the image that was loaded.
        public RamCoverage coverage(RamImage image) {
            return coverage(image, block -> true);
        }

        /// The coverage of some blocks of the image that was loaded.
        ///
        /// @param wanted selects the blocks
        public RamCoverage coverage(RamImage image, Predicate<? super RamBlock> wanted) {
            return RamCoverage.of(image, wanted, pageSize.bytes(), evidence);
        }
    }

    /// Creates a reader of one stream.
    ///
    /// @param handlers the handlers of other devices that are sent in several parts
    /// @param expectations determine where the bodies of full sections end
    public static RamReader of(SectionHandler.Lookup handlers, Expectations expectations) {
        return new RamReader(handlers, expectations);
    }

    /// Loads all memory of a stream into an image without blocks.
    ///
    /// @param in the input, at the stream's first byte
    /// @param channels the channels of a multifd migration, or null; closed when this returns
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

    /// Sets the channels of a multifd migration. They are closed after the stream was read.
    public RamReader channels(MultifdChannels given) {
        channels = given;
        return this;
    }

    /// Sets the page size, for a stream that does not state it.
    ///
    /// @throws IllegalArgumentException if no target has this page size
    public RamReader pageSize(int bytes) {
        context.targetPageSize(bytes);
        return this;
    }

    /// Sets a listener for the phase [Progress.Phase#MEMORY]. It receives the number of bytes
    /// consumed of the stream and of all channels.
    public RamReader progress(Progress listener) {
        progress = Objects.requireNonNull(listener);
        return this;
    }

    /// Takes the memory of a block from a raw file, such as a shared memory file or a dump, and
    /// ignores the block's pages in the stream. If the stream has no memory at all, these files
    /// define the guest's blocks. Reading throws a [BlockMismatchException] if the stream has
    /// memory, but no block of this name or one of another length. one of another length.
    public RamReader memory(String block, Path file) {
        memory.put(Objects.requireNonNull(block), Objects.requireNonNull(file));
        return this;
    }

    /// Loads all memory of the stream into an image without blocks.
    ///
    /// @param in the input, at the stream's first byte
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
                sparse.examine(e);
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
            sparse.markOmitted(image);
            return new Result(loader.statistics(), pageSize, loader.missing());
        }
    }

    /// The size in bytes of the stream and its channels, if known.
    private OptionalLong total(WireReader in) {
        if (in.remaining().isEmpty()) {
            return OptionalLong.empty();
        }
        return OptionalLong.of(
                in.remaining().getAsLong() + (channels == null ? 0 : channels.bytes()));
    }

    /// Reads the next element. After all memory was received, an error counts as the end of the
    /// stream.
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
            return; // an error in the description does not concern the memory
        }
        context.learnPageSize(PageSize.Source.DESCRIPTION, stated, offset);
    }

    /// The page size. If the stream does not state it: the largest one that agrees with the offsets
    /// of all pages, if pages of this size fill all blocks; else at most 4096.
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
                fills ? largest : Math.min(largest, PageSize.USUAL_BYTES), PageSize.Source.ASSUMED);
    }

    private static void load(
            WireReader in, SectionIdentity identity, StreamContext stream, RamLoader loader)
            throws IOException {
        loader.context().begin(identity, stream, in.position());
        loader.body(in);
    }
}
