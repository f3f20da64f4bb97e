// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.internal.format.CapabilityNames;
import org.vmstate.internal.format.CommandCode;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Reads a stream element by element, from its first byte to its end.
///
/// A section whose device has a [SectionHandler] is returned when the last byte of its body has
/// been read, without waiting for the next byte. The body of any other section is delimited by a
/// description or by its footer; the bytes of a pipe are kept until then, within
/// [org.vmstate.wire.ReadLimits]. Reading ends with the stream, not with the source: bytes after
/// the end are not part of the stream ([#bytesAfterEnd()]).
///
/// Throws [VMStateException], with the offset and the device, for invalid bytes; the elements
/// before them remain valid.
///
/// Not thread-safe, and for one stream only. It does not close the source; bodies are valid while
/// the source is open.
///
/// QEMU: `qemu_loadvm_state_main`.
public final class StreamReader {
    /// Sources larger than this are not read completely for an overview if their end contains the
    /// same information.
    private static final long MAX_WALKED_BYTES = 256 << 20;

    private final SectionHandler.Lookup handlers;
    private final boolean overview;
    private final Map<Long, Iterative> iterative = new HashMap<>();
    private final BodyDelimiter bodies;

    private WireReader in;
    private Phase phase = Phase.HEADER;
    private Footers footers = Footers.UNKNOWN;
    private StreamContext context = StreamContext.EMPTY;
    private Origin origin = Origin.at(0);
    private @Nullable Section awaitingFooter;
    private long sections;
    private long skippedBytes;
    private boolean jumped;
    private long end = -1;
    private boolean endUncertain;

    private enum Phase {
        HEADER,
        CONFIGURATION,
        ELEMENTS,
        ENDED,
        DONE
    }

    /// An iterative device and the handler of its bodies.
    private record Iterative(SectionIdentity identity, @Nullable SectionHandler handler) {}

    /// Determines where a sequence of elements ends: a stream by its end-of-stream byte, a package
    /// by its length.
    private record Scope(OptionalLong packageEnd) {
        static final Scope STREAM = new Scope(OptionalLong.empty());
    }

    private StreamReader(
            WireReader in,
            SectionHandler.Lookup handlers,
            Expectations expectations,
            boolean overview) {
        this.in = in;
        this.handlers = handlers;
        this.overview = overview;
        this.bodies = new BodyDelimiter(expectations, iterative::containsKey);
    }

    /// Returns a reader of all elements.
    public static StreamReader of(
            WireReader in, SectionHandler.Lookup handlers, Expectations expectations) {
        return new StreamReader(in, handlers, expectations, false);
    }

    /// Returns a reader that skips the iterations of RAM and of other iterative devices if the
    /// source is large or remote and the devices after them can be located from its end, so that
    /// the time does not depend on the size of the guest. [#skippedBytes()] returns the number of
    /// skipped bytes. If it is not 0, the devices were located from the end, and may not belong to
    /// the stream at the beginning of the source.
    public static StreamReader overview(
            WireReader in, SectionHandler.Lookup handlers, Expectations expectations) {
        return overview(in, handlers, expectations, MAX_WALKED_BYTES);
    }

    /// @param walked the size up to which a source that is not remote is read completely
    static StreamReader overview(
            WireReader in, SectionHandler.Lookup handlers, Expectations expectations, long walked) {
        boolean large =
                in.remaining().isPresent() && (in.remote() || in.remaining().getAsLong() > walked);
        return new StreamReader(in, handlers, expectations, large);
    }

    /// The information from the elements read so far that later elements depend on.
    public StreamContext context() {
        return context;
    }

    /// The place that the last element returned by [#next()] was read from.
    public Origin origin() {
        return origin;
    }

    /// The number of bytes that an overview has skipped.
    public long skippedBytes() {
        return skippedBytes;
    }

    /// Whether sections end with footers, if known.
    public Footers footers() {
        return footers;
    }

    /// The absolute offset of the end of the stream; empty until the stream has been read to its
    /// end.
    public OptionalLong end() {
        return end < 0 ? OptionalLong.empty() : OptionalLong.of(end);
    }

    /// The number of bytes in the source after the end of the stream; empty before the end has been
    /// reached and if the size of the source is unknown.
    public OptionalLong bytesAfterEnd() {
        return end < 0 ? OptionalLong.empty() : in.remaining();
    }

    /// Whether the end byte may be ordinary data, because neither a description nor zeros follow
    /// it. The stream may be damaged and this reader out of step.
    public boolean endUncertain() {
        return endUncertain;
    }

    /// The next element, or null at the end of the stream.
    public @Nullable StreamElement next() throws IOException {
        try {
            return nextElement();
        } catch (VMStateException e) {
            if (in.mapped()) {
                MappedFile.throwIfShorter(in.view(in.position(), 0));
            }
            throw e;
        } catch (InternalError e) {
            throw MappedFile.fault(e);
        }
    }

    private @Nullable StreamElement nextElement() throws IOException {
        return switch (phase) {
            case HEADER -> readHeader();
            case CONFIGURATION, ELEMENTS -> {
                StreamElement element = readElement(Scope.STREAM);
                context = context.after(element);
                phase = element instanceof EndOfStream ? Phase.ENDED : Phase.ELEMENTS;
                yield element;
            }
            case ENDED -> readDescription();
            case DONE -> null;
        };
    }

    private FileHeader readHeader() throws IOException {
        long offset = in.position();
        phase = Phase.CONFIGURATION;
        origin = Origin.at(offset);
        int magic = in.int32();
        if (magic != StreamTags.MAGIC) {
            throw new CorruptException(
                    "not a migration stream: it begins with " + hex(magic) + ", not QEVM", offset);
        }
        int version = in.int32();
        if (version == StreamTags.OLD_VERSION) {
            throw new UnsupportedException(
                    "stream format version 2, which no longer loads anywhere", offset + 4);
        }
        if (version != StreamTags.VERSION) {
            throw new UnsupportedException(
                    "stream format version " + Integer.toUnsignedString(version), offset + 4);
        }
        return new FileHeader();
    }

    private StreamElement readElement(Scope scope) throws IOException {
        long offset = in.position();
        int tag = in.peek(0);
        if (tag < 0) {
            throw new TruncatedException("the input ends without an end of stream", offset);
        }
        origin = Origin.at(offset);
        Section closed = awaitingFooter;
        awaitingFooter = null;
        if (tag == StreamTags.SECTION_FOOTER && closed != null && footers != Footers.ABSENT) {
            return readFooter(offset, closed);
        }
        if (closed != null) {
            settleNoFooter(closed, offset);
        }
        in.skip(1);
        return switch (tag) {
            case StreamTags.END_OF_STREAM -> new EndOfStream();
            case StreamTags.SECTION_START -> readWhole(offset, true, scope);
            case StreamTags.SECTION_FULL -> readWhole(offset, false, scope);
            case StreamTags.SECTION_PART, StreamTags.SECTION_END -> readPiece(offset, tag, scope);
            case StreamTags.CONFIGURATION -> readConfiguration(offset);
            case StreamTags.COMMAND -> readCommand(offset, scope);
            default ->
                    throw new CorruptException("no element begins with byte " + hex(tag), offset);
        };
    }

    private SectionFooter readFooter(long offset, Section closed) throws IOException {
        in.skip(1);
        long id = in.u32();
        if (id != closed.sectionId()) {
            throw new CorruptException(
                            "a footer of section " + id + " after section " + closed.sectionId(),
                            offset)
                    .within(closed.identity().label());
        }
        footers = Footers.USED;
        return new SectionFooter(id);
    }

    private void settleNoFooter(Section closed, long offset) throws VMStateException {
        if (footers == Footers.USED) {
            throw new CorruptException("no footer after section " + closed.sectionId(), offset)
                    .within(closed.identity().label());
        }
        footers = Footers.ABSENT;
    }

    private Configuration readConfiguration(long offset) throws IOException {
        if (phase != Phase.CONFIGURATION) {
            throw new CorruptException(
                    "a configuration that does not directly follow the header", offset);
        }
        try {
            return Configuration.read(in);
        } catch (VMStateException e) {
            throw e.within("configuration");
        }
    }

    private Section readWhole(long offset, boolean isIterative, Scope scope) throws IOException {
        long id = in.u32();
        SectionIdentity identity = new SectionIdentity(in.str8(), in.u32(), in.u32());
        in.limits().checkSections(++sections, offset);
        bodies.saw(id);
        SectionHandler handler = handlers.find(identity, isIterative);
        if (isIterative) {
            iterative.put(id, new Iterative(identity, handler));
        }
        try {
            long start = in.position();
            BodyEnd bodyEnd = passBody(id, identity, handler, isIterative, scope);
            Body body = bodySince(start, bodyEnd);
            return read(
                    offset,
                    isIterative
                            ? new Section.Start(id, identity, body)
                            : new Section.Full(id, identity, body),
                    bodyEnd);
        } catch (VMStateException e) {
            throw e.within(identity.label());
        }
    }

    private StreamElement readPiece(long offset, int tag, Scope scope) throws IOException {
        long id = in.u32();
        Iterative device = iterative.get(id);
        if (device == null) {
            throw new CorruptException(
                    "a piece of section " + id + ", which was not started", offset);
        }
        if (overview && !jumped && scope.packageEnd().isEmpty() && footersOrNone()) {
            jumped = true;
            OptionalLong devices = devicesBehindIterations(offset);
            if (devices.isPresent()) {
                skippedBytes = devices.getAsLong() - offset;
                in.seek(devices.getAsLong());
                return readElement(scope);
            }
        }
        try {
            long start = in.position();
            BodyEnd bodyEnd = passBody(id, device.identity(), device.handler(), true, scope);
            Body body = bodySince(start, bodyEnd);
            return read(
                    offset,
                    tag == StreamTags.SECTION_PART
                            ? new Section.Part(id, device.identity(), body)
                            : new Section.End(id, device.identity(), body),
                    bodyEnd);
        } catch (VMStateException e) {
            throw e.within(device.identity().label());
        }
    }

    private boolean footersOrNone() {
        return footers != Footers.UNKNOWN
                && !context.capabilities().contains(CapabilityNames.MAPPED_RAM);
    }

    private Section read(long offset, Section section, BodyEnd bodyEnd) {
        awaitingFooter = section;
        origin = new Origin(offset, Optional.of(bodyEnd), List.of());
        return section;
    }

    private Body bodySince(long start, BodyEnd bodyEnd) throws IOException {
        long length = in.position() - start;
        if (!in.mapped() && bodyEnd == BodyEnd.WALKED) {
            return new Body.Consumed(start, length);
        }
        Body body = new Body.Present(start, in.view(start, length));
        in.release();
        return body;
    }

    private BodyEnd passBody(
            long id,
            SectionIdentity identity,
            @Nullable SectionHandler handler,
            boolean isIterative,
            Scope scope)
            throws IOException {
        if (handler != null) {
            if (!isIterative) {
                bodies.passed(identity);
            }
            handler.consume(in, identity, context);
            return BodyEnd.WALKED;
        }
        in = in.keeping();
        List<Long> endings = isIterative ? List.of() : handlers.endings(identity);
        return bodies.pass(in, id, identity, isIterative, endings, footers, scope.packageEnd());
    }

    /// Returns the offset of the devices after the iterations, if all that are still expected can
    /// be located from the end of the source.
    private OptionalLong devicesBehindIterations(long offset) throws IOException {
        List<ExpectedSection> left = bodies.left(in);
        Optional<Description> description = bodies.descriptionAtEnd(in);
        if (left.isEmpty() || description.isEmpty() || bodies.disagrees()) {
            return OptionalLong.empty();
        }
        try (Ahead bytes = new Ahead(in)) {
            return new TrailingSections(bytes, footers == Footers.USED)
                    .find(
                            offset,
                            BodyDelimiter.endOfStream(description.get()),
                            left,
                            iterative::containsKey);
        }
    }

    private Command readCommand(long offset, Scope scope) throws IOException {
        CommandCodec.Header head = CommandCodec.readHead(in, offset);
        if (head.code() != CommandCode.PACKAGED.number()) {
            return CommandCodec.read(in, head);
        }
        if (scope.packageEnd().isPresent()) {
            throw new CorruptException("a packaged command inside a packaged command", offset);
        }
        CommandCodec.requireLength(head, 4);
        long length = in.u32();
        in.require(length);
        try {
            List<Origin> origins = new ArrayList<>();
            List<StreamElement> elements = readPackage(length, origins);
            origin = new Origin(offset, Optional.empty(), origins);
            return new Command.Packaged(elements);
        } catch (VMStateException e) {
            throw e.within("packaged");
        }
    }

    private List<StreamElement> readPackage(long length, List<Origin> origins) throws IOException {
        long packageEnd = in.position() + length;
        Scope scope = new Scope(OptionalLong.of(packageEnd));
        List<StreamElement> elements = new ArrayList<>();
        while (in.position() < packageEnd) {
            StreamElement element = readElement(scope);
            if (element instanceof EndOfStream || element instanceof Configuration) {
                throw new CorruptException(
                        "an element that cannot be in a package", origin.offset());
            }
            context = context.after(element);
            elements.add(element);
            origins.add(origin);
            in.limits().checkCommands(elements.size(), "a package", origin.offset());
        }
        if (in.position() > packageEnd) {
            throw new CorruptException("the package ends inside its last element", packageEnd);
        }
        if (awaitingFooter != null) {
            settleNoFooter(awaitingFooter, packageEnd);
            awaitingFooter = null;
        }
        return elements;
    }

    /// Reads the description; null if none follows.
    private @Nullable StreamElement readDescription() throws IOException {
        phase = Phase.DONE;
        long offset = in.position();
        int tag = in.peek(0);
        int text = tag == StreamTags.DESCRIPTION ? in.peek(StreamTags.DESCRIPTION_HEAD_BYTES) : -1;
        if (tag != StreamTags.DESCRIPTION || (text >= 0 && text != '{')) {
            end = offset;
            endUncertain = !nothingFollows();
            return null;
        }
        origin = Origin.at(offset);
        in.skip(1);
        long length = in.u32();
        in.limits().checkDescription(length, offset);
        long start = in.position();
        in.require(length);
        MemorySegment json;
        if (in.mapped()) {
            json = in.view(start, length);
            in.skip(length);
        } else {
            json = MemorySegment.ofArray(in.bytes((int) length));
        }
        end = in.position();
        return new Description(new Body.Present(start, json));
    }

    /// Whether the input ends here or continues with zeros.
    private boolean nothingFollows() throws IOException {
        for (int i = 0; i < Long.BYTES; i++) {
            int next = in.peek(i);
            if (next != 0) {
                return next < 0;
            }
        }
        return true;
    }

    private static String hex(int value) {
        return "0x" + Integer.toHexString(value);
    }
}
