// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.ram.PageSize;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamRecordVisitor;
import org.vmstate.stream.Body;
import org.vmstate.stream.Description;
import org.vmstate.stream.ExpectedSection;
import org.vmstate.stream.Footers;
import org.vmstate.stream.Origin;
import org.vmstate.stream.StreamContext;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamReader;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.Progress;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Reads the elements of a machine's stream. It delimits bodies with all the knowledge of this
/// library: the structure of iterative devices, and the stream's own description or that of another
/// stream of the same machine.
///
/// If the description cannot be read, the elements before it can still be read: their bodies are
/// delimited by footers, and the error is thrown when reading reaches the description.
///
/// Not thread-safe, and for one stream only. It does not close the stream, which must be open while
/// it reads.
public final class MachineReader {
    private final WireReader in;
    private final ReadLimits limits;
    private final RamContext ram = new RamContext();
    private final StreamReader elements;
    private final boolean substituted;
    private @Nullable VmDescription description;
    private @Nullable Parsed parsed;
    private RamRecordVisitor visitor = RamRecordVisitor.NONE;

    /// The description that was parsed last, and the position of its text in the stream.
    private record Parsed(long offset, long length, VmDescription description) {}

    private MachineReader(WireReader in, @Nullable VmDescription substitute, boolean overview)
            throws VMStateException {
        this.in = in;
        this.limits = in.limits();
        this.substituted = substitute != null;
        if (substitute != null) {
            adopt(substitute, VMStateException.NO_OFFSET);
        }
        BuiltInHandlers handlers = new BuiltInHandlers(ram, records -> visitor.record(records));
        this.elements =
                overview
                        ? StreamReader.overview(in, handlers, this::expected)
                        : StreamReader.of(in, handlers, this::expected);
    }

    /// Returns a reader of all elements of a stream; `in` is at the first byte of the stream.
    public static MachineReader of(WireReader in) throws VMStateException {
        return new MachineReader(in, null, false);
    }

    /// Returns a reader of all elements.
    ///
    /// @param substitute a description to use instead of the stream's own
    public static MachineReader of(WireReader in, VmDescription substitute)
            throws VMStateException {
        return new MachineReader(in, substitute, false);
    }

    /// Returns a reader that skips the iterations of RAM if the source is large and the devices
    /// after them can be located from its end; see [StreamReader#overview].
    public static MachineReader overview(WireReader in) throws VMStateException {
        return new MachineReader(in, null, true);
    }

    /// Returns the same reader as [#overview(WireReader)], with another description.
    ///
    /// @param substitute a description to use instead of the stream's own
    public static MachineReader overview(WireReader in, VmDescription substitute)
            throws VMStateException {
        return new MachineReader(in, substitute, true);
    }

    /// Sets the listener that is called in the phase [Progress.Phase#MACHINE] while elements are
    /// read, also within long sections.
    public MachineReader progress(Progress listener) {
        in.progress(Progress.Phase.MACHINE, listener);
        return this;
    }

    /// Sets the visitor that receives the records of `ram` while elements are read.
    public MachineReader ramRecords(RamRecordVisitor receiver) {
        visitor = Objects.requireNonNull(receiver);
        return this;
    }

    /// Records which pages of memory are in the stream, for [SavedMachine#missingPages()].
    public MachineReader recordPages() {
        ram.recordPages();
        return this;
    }

    /// The limits on what is read.
    ReadLimits limits() {
        return limits;
    }

    /// The next element, or null at the end.
    public @Nullable StreamElement next() throws IOException {
        StreamElement element = elements.next();
        if (element instanceof Description last && !substituted) {
            adopt(parse(last), elements.origin().offset());
        }
        return element;
    }

    /// The place that the last element returned by [#next()] was read from.
    public Origin origin() {
        return elements.origin();
    }

    /// The description in use: the substitute, or the stream's own once it has been read.
    public Optional<VmDescription> description() {
        return Optional.ofNullable(description);
    }

    /// Whether the description in use is not the stream's own.
    public boolean substituted() {
        return substituted;
    }

    /// The RAM blocks declared in the sections read so far.
    public RamContext ram() {
        return ram;
    }

    /// The information from the elements read so far that later elements depend on.
    public StreamContext context() {
        return elements.context();
    }

    /// Whether sections end with footers, if known.
    public Footers footers() {
        return elements.footers();
    }

    /// The number of bytes that an overview has skipped.
    public long skippedBytes() {
        return elements.skippedBytes();
    }

    /// The absolute offset of the end of the stream; see [StreamReader#end()].
    public OptionalLong end() {
        return elements.end();
    }

    /// The number of bytes in the source after the end of the stream; see
    /// [StreamReader#bytesAfterEnd()].
    public OptionalLong bytesAfterEnd() {
        return elements.bytesAfterEnd();
    }

    /// Whether the apparent end may not be the end; see [StreamReader#endUncertain()].
    public boolean endUncertain() {
        return elements.endUncertain();
    }

    private List<ExpectedSection> expected(@Nullable Description found) throws VMStateException {
        VmDescription known = description;
        if (known == null && found != null) {
            known = parse(found);
        }
        return known == null
                ? List.of()
                : known.devices().stream()
                        .map(d -> new ExpectedSection(d.name(), d.instanceId(), d.bodySize()))
                        .toList();
    }

    /// Parses a description, unless it was parsed already: the description that was looked up ahead
    /// is usually the stream's own.
    private VmDescription parse(Description element) throws VMStateException {
        Body json = element.json();
        Parsed last = parsed;
        if (last != null && last.offset() == json.offset() && last.length() == json.length()) {
            return last.description();
        }
        try {
            VmDescription result = VmDescription.parse(json.memory(), json.offset(), limits);
            parsed = new Parsed(json.offset(), json.length(), result);
            return result;
        } catch (VMStateException e) {
            throw e.within("vmdescription");
        }
    }

    private void adopt(VmDescription adopted, long offset) throws VMStateException {
        description = adopted;
        ram.learnPageSize(PageSize.Source.DESCRIPTION, adopted.pageSize(), offset);
    }
}
