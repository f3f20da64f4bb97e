// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.ram.PageSize;
import org.vmstate.ram.RamContext;
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

/// Reads the elements of a machine's stream, with all that this library knows about where bodies
/// end: the structure of iterative devices, and the stream's own description or another one of the
/// same machine.
///
/// A description that cannot be read does not keep the elements before it from being read: bodies
/// are then found by their footers, and the error comes when the description's turn has come.
///
/// Not safe for use by several threads, and for one stream only. It does not close the stream,
/// which must be open while it reads.
public final class MachineReader {
    private final WireReader in;
    private final ReadLimits limits;
    private final RamContext ram = new RamContext();
    private final StreamReader elements;
    private final boolean substituted;
    private @Nullable VmDescription description;
    private @Nullable Parsed parsed;

    /// The description that was parsed last, and where its text stands in the stream.
    private record Parsed(long offset, long length, VmDescription description) {}

    private MachineReader(WireReader in, @Nullable VmDescription substitute, boolean overview)
            throws VMStateException {
        this.in = in;
        this.limits = in.limits();
        this.substituted = substitute != null;
        if (substitute != null) {
            adopt(substitute, VMStateException.NO_OFFSET);
        }
        BuiltInHandlers handlers = new BuiltInHandlers(ram);
        this.elements =
                overview
                        ? StreamReader.overview(in, handlers, this::expected)
                        : StreamReader.of(in, handlers, this::expected);
    }

    /// A reader of every element of the stream at whose first byte `in` stands.
    public static MachineReader of(WireReader in) throws VMStateException {
        return new MachineReader(in, null, false);
    }

    /// A reader of every element.
    ///
    /// @param substitute a description to take in place of the stream's own
    public static MachineReader of(WireReader in, VmDescription substitute)
            throws VMStateException {
        return new MachineReader(in, substitute, false);
    }

    /// A reader that leaves out the iterations of RAM where the source is large and its end tells
    /// where the devices behind them are; see [StreamReader#overview].
    public static MachineReader overview(WireReader in) throws VMStateException {
        return new MachineReader(in, null, true);
    }

    /// The same as [#overview(WireReader)].
    ///
    /// @param substitute a description to take in place of the stream's own
    public static MachineReader overview(WireReader in, VmDescription substitute)
            throws VMStateException {
        return new MachineReader(in, substitute, true);
    }

    /// Has `listener` called in the phase [Progress.Phase#MACHINE] while elements are read, inside
    /// of long sections too.
    public MachineReader progress(Progress listener) {
        in.progress(Progress.Phase.MACHINE, listener);
        return this;
    }

    /// The limits that the stream has to keep.
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

    /// Where the element was read from that [#next()] returned last.
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

    /// The RAM blocks that the sections so far declared.
    public RamContext ram() {
        return ram;
    }

    /// What the elements so far said that others depend on.
    public StreamContext context() {
        return elements.context();
    }

    /// Whether sections end in footers, as far as is known.
    public Footers footers() {
        return elements.footers();
    }

    /// How many bytes an overview has left out.
    public long passedOver() {
        return elements.passedOver();
    }

    /// The absolute offset behind the stream; see [StreamReader#end()].
    public OptionalLong end() {
        return elements.end();
    }

    /// How many bytes the source has behind the stream's end; see [StreamReader#bytesBehindEnd()].
    public OptionalLong bytesBehindEnd() {
        return elements.bytesBehindEnd();
    }

    /// Whether what was taken for the end may be none; see [StreamReader#endUncertain()].
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

    /// Parses a description, once: the one that was looked up ahead is usually the stream's own.
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
