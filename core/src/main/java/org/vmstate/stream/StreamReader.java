// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Reads the elements of a stream one after the other.
///
/// The whole stream is checked as far as the container goes: header, order, section ids, footers,
/// that nothing stands behind the end but a description, and nothing behind that. Bodies are
/// delimited, not understood. An error leaves everything yielded before it valid.
///
/// From a pipe, bodies with a walker are passed over; when the first body comes up whose end only a
/// description or a search can tell, the rest of the pipe is retained ([WireReader#retained()]).
public final class StreamReader {
    private final BodyWalker.Lookup walkers;
    private final Expectations expectations;
    private final boolean overview;
    private final Map<Long, Open> sections = new HashMap<>();

    private WireReader in;
    private Phase phase = Phase.HEADER;
    private Footers footers = Footers.UNKNOWN;
    private StreamContext context = StreamContext.EMPTY;
    private @Nullable SectionPairing<ExpectedSection> expected;
    private @Nullable Section awaitingFooter;
    private long passedOver;
    private boolean jumped;

    private enum Phase {
        HEADER,
        CONFIGURATION,
        ELEMENTS,
        ENDED,
        DONE
    }

    private enum Footers {
        UNKNOWN,
        USED,
        ABSENT
    }

    /// A device whose sections have begun, and the walker of its bodies.
    private record Open(SectionIdentity identity, @Nullable BodyWalker walker, boolean iterative) {}

    /// Where a run of elements ends: a stream by its end-of-stream byte, a package by its length.
    private record Extent(OptionalLong packageEnd) {
        static final Extent STREAM = new Extent(OptionalLong.empty());
    }

    private StreamReader(
            WireReader in, BodyWalker.Lookup walkers, Expectations expectations, boolean overview) {
        this.in = in;
        this.walkers = walkers;
        this.expectations = expectations;
        this.overview = overview;
    }

    /// A reader of every element.
    public static StreamReader of(
            WireReader in, BodyWalker.Lookup walkers, Expectations expectations) {
        return new StreamReader(in, walkers, expectations, false);
    }

    /// A reader that leaves out the iterations of RAM and of other iterative devices where it can
    /// find the devices behind them from the end of the source: the time it takes does not depend
    /// on how large the guest is. [#passedOver()] says how much it left out.
    public static StreamReader overview(
            WireReader in, BodyWalker.Lookup walkers, Expectations expectations) {
        return new StreamReader(in, walkers, expectations, true);
    }

    /// What the elements so far said that others depend on.
    public StreamContext context() {
        return context;
    }

    /// How many bytes an overview has left out.
    public long passedOver() {
        return passedOver;
    }

    /// Whether sections end in footers: empty until the first section has been read.
    public Optional<Boolean> usesFooters() {
        return footers == Footers.UNKNOWN ? Optional.empty() : Optional.of(footers == Footers.USED);
    }

    /// The next element, or null at the end of the stream.
    public @Nullable StreamElement next() throws IOException {
        if (phase == Phase.DONE) {
            return null;
        }
        if (phase == Phase.HEADER) {
            phase = Phase.CONFIGURATION;
            return readHeader();
        }
        if (phase == Phase.ENDED) {
            return readDescription();
        }
        StreamElement element = readElement(Extent.STREAM);
        context = context.after(element);
        phase = element instanceof EndOfStream ? Phase.ENDED : Phase.ELEMENTS;
        return element;
    }

    private FileHeader readHeader() throws IOException {
        long offset = in.position();
        int magic = in.int32();
        if (magic != Tags.MAGIC) {
            throw new CorruptException(
                    "no migration stream: it begins with " + hex(magic) + ", not QEVM", offset);
        }
        int version = in.int32();
        if (version == Tags.OLD_VERSION) {
            throw new UnsupportedException(
                    "stream format version 2, which no longer loads anywhere", offset + 4);
        }
        if (version != Tags.VERSION) {
            throw new UnsupportedException(
                    "stream format version " + Integer.toUnsignedString(version), offset + 4);
        }
        return new FileHeader(offset);
    }

    private StreamElement readElement(Extent extent) throws IOException {
        long offset = in.position();
        int tag = in.peek(0);
        if (tag < 0) {
            throw new TruncatedException("the input ends without an end of stream", offset);
        }
        Section closed = awaitingFooter;
        awaitingFooter = null;
        if (tag == Tags.SECTION_FOOTER && closed != null && footers != Footers.ABSENT) {
            return readFooter(offset, closed);
        }
        if (closed != null) {
            settleNoFooter(closed, offset);
        }
        in.skip(1);
        return switch (tag) {
            case Tags.END_OF_STREAM -> new EndOfStream(offset);
            case Tags.SECTION_START -> readWhole(offset, true, extent);
            case Tags.SECTION_FULL -> readWhole(offset, false, extent);
            case Tags.SECTION_PART, Tags.SECTION_END -> readPiece(offset, tag, extent);
            case Tags.CONFIGURATION -> readConfiguration(offset);
            case Tags.COMMAND -> readCommand(offset, extent);
            default ->
                    throw new CorruptException("no element begins with byte " + hex(tag), offset);
        };
    }

    private SectionFooter readFooter(long offset, Section closed) throws IOException {
        in.skip(1);
        long id = in.u32();
        if (id != closed.sectionId()) {
            throw new CorruptException(
                            "a footer of section " + id + " behind section " + closed.sectionId(),
                            offset)
                    .within(closed.identity().label());
        }
        footers = Footers.USED;
        return new SectionFooter(offset, id);
    }

    private void settleNoFooter(Section closed, long offset) throws VMStateException {
        if (footers == Footers.USED) {
            throw new CorruptException("no footer behind section " + closed.sectionId(), offset)
                    .within(closed.identity().label());
        }
        footers = Footers.ABSENT;
    }

    private Configuration readConfiguration(long offset) throws IOException {
        if (phase != Phase.CONFIGURATION) {
            throw new CorruptException(
                    "a configuration that is not right behind the header", offset);
        }
        try {
            return Configuration.read(in, offset);
        } catch (VMStateException e) {
            throw e.within("configuration");
        }
    }

    private Section readWhole(long offset, boolean iterative, Extent extent) throws IOException {
        long id = in.u32();
        SectionIdentity identity = new SectionIdentity(in.str8(), in.u32(), in.u32());
        if (sections.containsKey(id)) {
            throw new CorruptException("section id " + id + " is used twice", offset)
                    .within(identity.label());
        }
        in.limits().checkSections(sections.size() + 1, offset);
        Open open = new Open(identity, walkers.find(identity), iterative);
        sections.put(id, open);
        try {
            long start = in.position();
            BodyEnd end = passBody(id, open, extent);
            Body body = bodySince(start);
            return closing(
                    iterative
                            ? new Section.Start(offset, id, identity, body, end)
                            : new Section.Full(offset, id, identity, body, end));
        } catch (VMStateException e) {
            throw e.within(identity.label());
        }
    }

    private StreamElement readPiece(long offset, int tag, Extent extent) throws IOException {
        long id = in.u32();
        Open open = sections.get(id);
        if (open == null || !open.iterative()) {
            throw new CorruptException(
                    "a piece of section " + id + ", which was not started", offset);
        }
        if (overview && !jumped && extent.packageEnd().isEmpty() && in.seekable()) {
            jumped = true;
            OptionalLong devices = devicesBehindIterations(offset);
            if (devices.isPresent()) {
                passedOver = devices.getAsLong() - offset;
                in.seek(devices.getAsLong());
                return readElement(extent);
            }
        }
        try {
            long start = in.position();
            BodyEnd end = passBody(id, open, extent);
            Body body = bodySince(start);
            return closing(
                    tag == Tags.SECTION_PART
                            ? new Section.Part(offset, id, open.identity(), body, end)
                            : new Section.End(offset, id, open.identity(), body, end));
        } catch (VMStateException e) {
            throw e.within(open.identity().label());
        }
    }

    private Section closing(Section section) {
        awaitingFooter = section;
        return section;
    }

    private Body bodySince(long start) throws IOException {
        long length = in.position() - start;
        return in.seekable()
                ? new Body.Present(start, in.view(start, length))
                : new Body.PassedOver(start, length);
    }

    private BodyEnd passBody(long id, Open open, Extent extent) throws IOException {
        if (open.walker() != null) {
            open.walker().walk(in, open.identity(), context);
            return BodyEnd.WALKED;
        }
        if (!in.seekable()) {
            in = in.retained();
        }
        long start = in.position();
        Resynchronizer sync = resynchronizer(start, extent);
        Optional<ExpectedSection> described =
                open.iterative() ? Optional.empty() : expected().take(open.identity());
        long end = described.map(ExpectedSection::bodyLength).orElse(Long.MAX_VALUE);
        if (end <= in.remaining().orElseThrow()) {
            if ((footers != Footers.ABSENT && sync.footerAt(end, id))
                    || (footers != Footers.USED && sync.elementAt(end))) {
                in.seek(start + end);
                return BodyEnd.DESCRIBED;
            }
        }
        return search(sync, start, id, described.isPresent());
    }

    private BodyEnd search(Resynchronizer sync, long start, long id, boolean described)
            throws IOException {
        BodyEnd found = BodyEnd.FOUND_BY_FOOTER;
        OptionalLong end = OptionalLong.empty();
        if (footers != Footers.ABSENT) {
            end = sync.findFooter(id, true);
            end = end.isPresent() ? end : sync.findFooter(id, false);
        }
        if (end.isEmpty() && footers != Footers.USED) {
            found = BodyEnd.FOUND_BY_HEADER;
            end = sync.findElement();
        }
        if (end.isEmpty()) {
            throw new TruncatedException(
                    "the end of the body of section " + id + " is not in the input", start);
        }
        in.seek(start + end.getAsLong());
        return described ? BodyEnd.RESYNCHRONIZED : found;
    }

    /// A judge of offsets that count from `start`.
    private Resynchronizer resynchronizer(long start, Extent extent) throws IOException {
        long left = in.remaining().orElseThrow();
        long end = extent.packageEnd().isPresent() ? extent.packageEnd().getAsLong() - start : left;
        if (end < 0 || end > left) {
            throw new CorruptException("the package ends before its elements", start);
        }
        return new Resynchronizer(
                in.view(start, left), end, extent.packageEnd().isPresent(), sections::containsKey);
    }

    private SectionPairing<ExpectedSection> expected() throws IOException {
        if (expected == null) {
            long here = in.position();
            expected =
                    new SectionPairing<>(
                            expectations.sections(in),
                            ExpectedSection::idString,
                            ExpectedSection::instanceId);
            in.seek(here);
        }
        return expected;
    }

    /// Where the devices behind the iterations begin, if the end of the stream tells it for all
    /// that are still expected.
    private OptionalLong devicesBehindIterations(long offset) throws IOException {
        long here = in.position();
        List<ExpectedSection> left = expected().left();
        in.seek(offset);
        Optional<Description> description = DescriptionLocator.find(in);
        in.seek(here);
        if (left.isEmpty() || description.isEmpty()) {
            return OptionalLong.empty();
        }
        long size = in.remaining().orElseThrow() + here - offset;
        long end = description.get().offset() - 1 - offset;
        TrailingSections.Run run =
                TrailingSections.find(in.view(offset, size), end, left, footers == Footers.USED);
        return run.count() == left.size()
                ? OptionalLong.of(offset + run.start())
                : OptionalLong.empty();
    }

    private Command readCommand(long offset, Extent extent) throws IOException {
        CommandCodec.Head head = CommandCodec.readHead(in, offset);
        if (head.code() != 7) {
            return CommandCodec.read(in, head);
        }
        if (extent.packageEnd().isPresent()) {
            throw new CorruptException("a packaged command inside a packaged command", offset);
        }
        CommandCodec.requireLength(head, 4);
        long length = in.u32();
        if (!in.seekable()) {
            in = in.retained();
        }
        in.require(length);
        try {
            return new Command.Packaged(offset, readPackage(length));
        } catch (VMStateException e) {
            throw e.within("packaged");
        }
    }

    private List<StreamElement> readPackage(long length) throws IOException {
        long end = in.position() + length;
        Extent extent = new Extent(OptionalLong.of(end));
        List<StreamElement> elements = new ArrayList<>();
        while (in.position() < end) {
            StreamElement element = readElement(extent);
            if (element instanceof EndOfStream || element instanceof Configuration) {
                throw new CorruptException(
                        "an element that cannot be in a package", element.offset());
            }
            context = context.after(element);
            elements.add(element);
            in.limits().checkCommands(elements.size(), "a package", element.offset());
        }
        if (in.position() > end) {
            throw new CorruptException("the package ends inside its last element", end);
        }
        if (awaitingFooter != null) {
            settleNoFooter(awaitingFooter, end);
            awaitingFooter = null;
        }
        return elements;
    }

    private @Nullable StreamElement readDescription() throws IOException {
        phase = Phase.DONE;
        long offset = in.position();
        int tag = in.peek(0);
        if (tag < 0) {
            return null;
        }
        if (tag != Tags.DESCRIPTION) {
            throw new CorruptException(
                    "something other than a description behind the end of stream", offset);
        }
        in.skip(1);
        long length = in.u32();
        if (length > in.limits().maxDescriptionBytes()) {
            throw new LimitExceededException("a description of " + length + " bytes", offset);
        }
        long start = in.position();
        in.require(length);
        Body body;
        if (in.seekable()) {
            in.skip(length);
            body = bodySince(start);
        } else {
            body =
                    new Body.Present(
                            start, java.lang.foreign.MemorySegment.ofArray(in.bytes((int) length)));
        }
        if (!in.atEnd()) {
            throw new CorruptException("bytes behind the description", in.position());
        }
        return new Description(offset, body);
    }

    private static String hex(int value) {
        return "0x" + Integer.toHexString(value);
    }
}
