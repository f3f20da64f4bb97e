// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.internal.format.SectionNames;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.ram.RamContext;
import org.vmstate.stream.Body;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.ExpectedSection;
import org.vmstate.stream.FileHeader;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamReader;
import org.vmstate.stream.StreamTransform;
import org.vmstate.stream.StreamWriter;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Progress;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The main channel of a relay that changes the devices.
///
/// Sections of iterative devices are copied as they are received. What comes after them is held
/// back until the end of the stream, and written with the changes. Nothing is sent before the first
/// section, so that a migration that cannot be changed is refused before it has begun.
final class RelayedStream {
    /// The silence after which a stream without a description is taken for complete.
    private static final Duration QUIET = Duration.ofSeconds(2);

    private static final int PIECE_HEAD_BYTES = 1 + Integer.BYTES;

    private final RelayOptions options;
    private final @Nullable VmDescription description;
    private final LiveInput input;
    private final WireWriter out;
    private final StreamWriter writer;
    private final BuiltInHandlers handlers =
            new BuiltInHandlers(new RamContext(), r -> r.skipRun());
    private final List<StreamElement> beginning = new ArrayList<>();
    private final List<StreamElement> held = new ArrayList<>();
    private final Set<SectionIdentity> started = new HashSet<>();
    private final Set<Long> active = new HashSet<>();
    private final StreamReader elements;
    private boolean begun;

    /// Whether a command has come after the first section: the source is about to stop the guest.
    private boolean switching;

    private volatile boolean returnPath;
    private boolean packaged;

    RelayedStream(RelayOptions options, LiveInput input, WireWriter out) throws IOException {
        this.options = options;
        this.description = options.description().orElse(null);
        this.input = input;
        this.out = out;
        this.writer = new StreamWriter(out);
        WireReader bytes = WireReader.of(input, options.limits());
        bytes.progress(Progress.Phase.MEMORY, options.progress());
        List<ExpectedSection> expected =
                description == null
                        ? List.of()
                        : description.devices().stream()
                                .map(
                                        d ->
                                                new ExpectedSection(
                                                        d.name(), d.instanceId(), d.bodySize()))
                                .toList();
        this.elements = StreamReader.of(bytes, this::handler, _ -> expected);
    }

    /// Whether the source has opened the return path.
    boolean returnPath() {
        return returnPath;
    }

    /// Relays the stream to its end.
    void relay() throws IOException {
        boolean more = true;
        while (more) {
            StreamElement element = elements.next();
            if (element == null) {
                break;
            }
            element(element);
            more = !(packaged && element instanceof EndOfStream); // postcopy has no description
        }
        if (!held.isEmpty()) {
            change(held);
        }
        out.flush();
    }

    private void element(StreamElement element) throws IOException {
        if (element instanceof Command command) {
            command(command);
            switching |= begun;
        }
        if (element instanceof FileHeader || element instanceof Configuration) {
            beginning.add(element);
        }
        switch (element) {
            case Command.Packaged _ -> {
                packaged = true;
                change(List.of(element));
            }
            case Section section when section.body() instanceof Body.Consumed -> {
                if (!held.isEmpty()) {
                    throw unsupported("a device that is sent before the memory");
                }
                begun = true;
                follow(section);
            }
            case Section section when !active.isEmpty() && !(section instanceof Section.Full) ->
                    throw unsupported("the iterative device " + name(section));
            case Section _ -> held.add(element);
            case EndOfStream _ when !packaged -> held.add(element);
            default -> {
                if (held.isEmpty()) {
                    writer.write(element);
                } else {
                    held.add(element);
                }
            }
        }
        if (begun && held.isEmpty()) {
            out.flush();
        }
    }

    private static String name(Section section) {
        return section.identity().label();
    }

    /// Follows which iterative devices are being sent.
    private void follow(Section section) {
        if (section instanceof Section.Start) {
            active.add(section.sectionId());
        } else if (section instanceof Section.End) {
            active.remove(section.sectionId());
            if (section.identity().idString().equals(SectionNames.RAM) && !packaged) {
                input.endsWithSilence(QUIET, () -> input.endsLikeAStream(elements.footers()));
            }
        }
    }

    private void command(Command command) throws UnsupportedException {
        switch (command) {
            case Command.OpenReturnPath _ -> returnPath = true;
            case Command.PostcopyAdvise advise when advise.pageSizes().isPresent() -> {
                if (description == null) {
                    throw unsupported(
                            "a source with postcopy-ram, whose stream has no description if it"
                                    + " switches to postcopy,");
                }
            }
            case Command.EnableColo _ -> throw unsupported("COLO");
            case Command.PostcopyResume _, Command.ReceiveBitmap _ ->
                    throw unsupported("the continuation of a broken postcopy migration");
            default -> {}
        }
    }

    private UnsupportedException unsupported(String what) {
        return new UnsupportedException(
                what
                        + " cannot be changed on its way"
                        + (description == null ? " without a description of the machine" : ""),
                elements.origin().offset());
    }

    private @Nullable SectionHandler handler(SectionIdentity identity, boolean iterative) {
        SectionHandler found = iterative ? handlers.find(identity, true) : early(identity);
        if (found == null) {
            return null;
        }
        return (in, device, context) -> {
            int nameBytes = device.idString().getBytes(StandardCharsets.UTF_8).length;
            boolean first = started.add(device);
            input.copy(
                    in.position() - (first ? StreamTags.headerBytes(nameBytes) : PIECE_HEAD_BYTES),
                    in);
            found.consume(in, device, context);
            input.copied();
        };
    }

    /// The handler of a whole device that is sent while the memory is, and that is relayed as it
    /// is; null if the device is held back.
    private @Nullable SectionHandler early(SectionIdentity identity) {
        if (active.isEmpty() || switching) {
            return null;
        }
        Optional<DeviceDescription> known =
                description == null
                        ? Optional.empty()
                        : description.devices().stream()
                                .filter(
                                        d ->
                                                d.name().equals(identity.idString())
                                                        && d.instanceId() == identity.instanceId())
                                .findFirst();
        return (in, device, context) -> {
            if (known.isEmpty()) {
                throw unsupported(
                        "the device " + device.label() + ", which is sent before the memory,");
            }
            in.skip(known.get().bodySize());
        };
    }

    /// Writes elements with devices, changed.
    private void change(List<StreamElement> devices) throws IOException {
        byte[] copy = machine(devices);
        SavedMachine machine = SavedMachine.read(reader(copy));
        if (machine.failure().isPresent()) {
            throw machine.failure().get();
        }
        StreamTransform transform = options.changes().orElseThrow().of(machine);
        out.flush();
        write(transform.atStart());
        MachineReader again = reader(copy);
        boolean ends = devices.stream().anyMatch(EndOfStream.class::isInstance);
        for (StreamElement element = again.next(); element != null; element = again.next()) {
            List<StreamElement> changed = transform.apply(element);
            boolean sent = element instanceof FileHeader || element instanceof Configuration;
            if (!sent && (ends || !(element instanceof EndOfStream))) {
                write(changed);
            }
        }
        write(transform.atEnd());
        held.clear();
        out.flush();
    }

    private void write(List<StreamElement> changed) throws IOException {
        for (StreamElement element : changed) {
            writer.write(element);
        }
    }

    private MachineReader reader(byte[] copy) throws IOException {
        WireReader in = WireReader.of(copy);
        return description == null ? MachineReader.of(in) : MachineReader.of(in, description);
    }

    /// A stream of the devices alone.
    private byte[] machine(List<StreamElement> devices) throws IOException {
        WireWriter memory = WireWriter.toMemory();
        StreamWriter copy = new StreamWriter(memory);
        copy.write(beginning);
        copy.write(devices);
        if (devices.stream().noneMatch(EndOfStream.class::isInstance)) {
            if (!packaged) {
                throw new CorruptException("the stream has no end", elements.origin().offset());
            }
            copy.write(new EndOfStream());
        }
        return memory.toByteArray();
    }
}
