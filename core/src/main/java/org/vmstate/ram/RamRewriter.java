// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.CapabilityNames;
import org.vmstate.internal.format.SectionNames;
import org.vmstate.internal.progress.Tally;
import org.vmstate.stream.Body;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamWriter;
import org.vmstate.wire.Printable;
import org.vmstate.wire.Progress;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// Writes a stream's elements, with the memory of an image in a given format.
///
/// All pages are written at the place of the first ones, before the devices. The result is an
/// ordinary precopy stream: devices in a postcopy package are written as separate sections, and
/// commands that require an answer of the destination are left out, because nothing answers to a
/// recording.
///
/// Pages that are missing in the image are an [UnsupportedException]; [RamImage#zero] adds zeros.
///
/// Not safe for use by several threads. Not reusable: create one per stream. Closing it releases
/// the compressors; it does not flush or close `out`, the channels or the image.
public final class RamRewriter implements AutoCloseable {

    /// The first machine version with a flush mark in the stream at which the channels are
    /// synchronized. Before it they are synchronized at the end of each section.
    private static final int FLUSH_MARKS_SINCE = 801;

    private static final Body NOTHING = Body.of(new byte[0]);

    private final WireWriter out;
    private final StreamWriter stream;
    private final RamImage image;
    private final RamFormat format;
    private final int pageSize;
    private final List<? extends WritableByteChannel> channelFiles;
    private @Nullable RamBodyWriter bodies;
    private @Nullable MultifdWriter channels;
    private Progress progress = Progress.NONE;
    private UUID machine = new UUID(0, 0);
    private boolean guestAddresses;
    private boolean flushMarks = true;
    private boolean configured;
    private boolean written;
    private boolean dropFooter;

    /// Creates a rewriter to `out`. The caller flushes `out`.
    ///
    /// @param channelFiles the outputs for the channels, at least one, if the format is a multifd
    ///   format; else empty
    /// @throws IllegalArgumentException if the channels or the page size do not fit the format
    public RamRewriter(
            WireWriter out,
            RamImage image,
            RamFormat format,
            int pageSize,
            List<? extends WritableByteChannel> channelFiles) {
        if (format.multifd() == channelFiles.isEmpty()) {
            throw new IllegalArgumentException(channelFiles.size() + " channels for " + format);
        }
        if (pageSize < format.minPageSize()) {
            throw new IllegalArgumentException(format + " with pages of " + pageSize + " bytes");
        }
        this.out = out;
        this.stream = new StreamWriter(out);
        this.image = image;
        this.format = format;
        this.pageSize = pageSize;
        this.channelFiles = List.copyOf(channelFiles);
    }

    /// Sets a listener for the phase [Progress.Phase#OUTPUT], while memory is written; to be called
    /// before the first element.
    public RamRewriter progress(Progress listener) {
        progress = Objects.requireNonNull(listener);
        return this;
    }

    /// Writes an element, changed where necessary.
    public void write(StreamElement element) throws IOException {
        switch (element) {
            case Configuration configuration -> stream.write(configured(configuration));
            case Section section when section.identity().idString().equals(SectionNames.RAM) ->
                    ram(section);
            case SectionFooter footer -> {
                if (!dropFooter) {
                    stream.write(footer);
                }
            }
            case Command command -> command(command);
            case EndOfStream end -> {
                if (bodies != null && !written) {
                    throw new UnsupportedException(
                            "memory with a start and no other part, which has no place for pages",
                            VMStateException.NO_OFFSET);
                }
                stream.write(end);
            }
            default -> stream.write(element);
        }
        dropFooter = dropFooter && element instanceof Section;
    }

    @Override
    public void close() {
        if (channels != null) {
            channels.close();
        }
    }

    private void command(Command command) throws IOException {
        switch (command) {
            case Command.Packaged packaged -> {
                for (StreamElement inner : packaged.elements()) {
                    write(inner);
                }
            }
            case Command.SwitchoverStart start -> stream.write(start);
            case Command.EnableColo _ ->
                    throw new UnsupportedException("a COLO stream", VMStateException.NO_OFFSET);
            case Command.PostcopyResume _ ->
                    throw new UnsupportedException(
                            "a postcopy stream that was cut and resumed",
                            VMStateException.NO_OFFSET);
            case Command.OpenReturnPath _,
                    Command.Ping _,
                    Command.PostcopyAdvise _,
                    Command.PostcopyListen _,
                    Command.PostcopyRun _,
                    Command.RamDiscard _,
                    Command.ReceiveBitmap _ -> {}
        }
    }

    private Configuration configured(Configuration configuration) throws UnsupportedException {
        configured = true;
        flushMarks =
                MachineVersion.of(configuration.machineType()).orElse(FLUSH_MARKS_SINCE)
                        >= FLUSH_MARKS_SINCE;
        List<String> names = new ArrayList<>(configuration.capabilities());
        if (names.contains(CapabilityNames.IGNORE_SHARED) && !leavesOutShared()) {
            names.remove(CapabilityNames.IGNORE_SHARED);
        }
        guestAddresses = names.contains(CapabilityNames.IGNORE_SHARED);
        names.remove(CapabilityNames.MAPPED_RAM);
        if (format == RamFormat.MAPPED_RAM) {
            names.add(CapabilityNames.MAPPED_RAM);
        }
        List<Configuration.Subsection> subsections = new ArrayList<>();
        for (Configuration.Subsection subsection : configuration.subsections()) {
            if (subsection instanceof Configuration.Subsection.MachineUuid identity) {
                machine = identity.uuid();
            }
            if (!(subsection instanceof Configuration.Subsection.Capabilities)) {
                subsections.add(subsection);
            }
        }
        if (!names.isEmpty()) {
            boolean bits =
                    !subsections.isEmpty()
                            && subsections.getFirst()
                                    instanceof Configuration.Subsection.TargetPageBits;
            subsections.add(bits ? 1 : 0, new Configuration.Subsection.Capabilities(1, names));
        }
        return new Configuration(configuration.machineType(), subsections);
    }

    /// Whether the memory of shared blocks is left out, as in the original stream; not if the
    /// caller replaced it.
    private boolean leavesOutShared() throws UnsupportedException {
        boolean replaced = image.blocks().stream().anyMatch(image::replaced);
        boolean all = image.blocks().stream().allMatch(image::carried);
        if (replaced && !all) {
            throw new UnsupportedException(
                    "some shared blocks with and some without memory, which no destination takes",
                    VMStateException.NO_OFFSET);
        }
        return !replaced;
    }

    private void ram(Section section) throws IOException {
        if (section instanceof Section.Full) {
            throw new UnsupportedException(
                    "memory in a section that is not sent in parts", VMStateException.NO_OFFSET);
        }
        if (section instanceof Section.Start) {
            if (bodies != null) {
                throw new UnsupportedException(
                        "memory that starts a second time", VMStateException.NO_OFFSET);
            }
            if (format == RamFormat.MAPPED_RAM && !configured) {
                throw new UnsupportedException(
                        "mapped-ram in a stream without a configuration section, which would have to state it",
                        VMStateException.NO_OFFSET);
            }
            stream.write(section.withBody(NOTHING));
            start();
        } else if (!written) {
            stream.write(section.withBody(NOTHING));
            pages();
            written = true;
        } else if (section instanceof Section.End) {
            stream.write(section.withBody(NOTHING));
            last();
        } else {
            dropFooter = true;
            return;
        }
        dropFooter = false;
    }

    /// Throws if pages are missing.
    private void requireAllPages() throws UnsupportedException {
        for (RamBlock block : image.blocks()) {
            if (image.carried(block)) {
                OptionalLong missing = image.nextMissing(block, 0);
                if (missing.isPresent()) {
                    throw new UnsupportedException(
                            "page 0x"
                                    + Long.toHexString(missing.getAsLong())
                                    + " of block "
                                    + Printable.quoted(block.name())
                                    + " is not in the image",
                            VMStateException.NO_OFFSET);
                }
            }
        }
    }

    private void start() throws IOException {
        requireAllPages();
        long passes = format == RamFormat.XBZRLE ? 2 : 1;
        Tally tally =
                new Tally(
                        progress,
                        Progress.Phase.OUTPUT,
                        OptionalLong.of(passes * RamBodyWriter.carriedBytes(image)));
        RamBodyWriter writer =
                new RamBodyWriter(out, image, image::carried, pageSize, guestAddresses, tally);
        bodies = writer;
        if (format == RamFormat.MAPPED_RAM) {
            writer.mappedBlockList();
        } else {
            writer.blockList();
        }
        if (format.multifd()) {
            channels = new MultifdWriter(channelFiles, format, pageSize, machine);
        }
        end(writer);
    }

    private void pages() throws IOException {
        RamBodyWriter writer = begun();
        switch (format) {
            case PLAIN -> writer.plainPages();
            case XBZRLE -> {
                writer.pagesBeforeDeltas();
                writer.deltas();
            }
            case ZLIB -> writer.zlibPages();
            case MAPPED_RAM -> {}
            case MULTIFD, MULTIFD_ZLIB, MULTIFD_ZSTD -> multifdPages(writer);
        }
        end(writer);
    }

    private void multifdPages(RamBodyWriter writer) throws IOException {
        MultifdWriter packets = channels;
        if (packets == null) {
            throw new IllegalStateException("no channels");
        }
        writer.eachPage(
                (block, offset, bytes, at, zero) -> {
                    if (zero) {
                        writer.zeroPage(block, offset);
                    } else {
                        packets.page(block, offset, bytes, at);
                    }
                });
    }

    private void last() throws IOException {
        end(begun());
    }

    private void end(RamBodyWriter writer) throws IOException {
        if (channels != null) {
            channels.sync();
            if (flushMarks) {
                writer.multifdFlush();
            }
        }
        writer.end();
        if (channels != null) {
            out.flush(); // a destination's channels wait until it has read this
        }
    }

    private RamBodyWriter begun() {
        if (bodies == null) {
            throw new IllegalStateException("a piece of ram before its start");
        }
        return bodies;
    }
}
