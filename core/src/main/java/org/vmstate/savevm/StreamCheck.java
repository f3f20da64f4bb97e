// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.vmstate.ram.GuestMemoryLoader;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.Description;
import org.vmstate.stream.ExpectedSection;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamReader;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Printable;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.WireReader;

/// Reads a stream, finds the device of each section, and checks all that can be checked without
/// changing a device. The memory and iterative devices are also only checked, or, in a live
/// migration, loaded at once.
final class StreamCheck {
    private final SaveStateRegistry registry;
    private final MachineIdentity machine;
    private final ReadLimits limits;
    private final StreamReader stream;
    private final List<Piece> pieces = new ArrayList<>();

    /// What loads the bodies of the memory and of iterative devices at once; null if they are only
    /// checked.
    private final @Nullable MachineLoad inPlace;

    private @Nullable GuestMemoryLoader memory;

    /// A section and the device it belongs to.
    ///
    /// @param context what the stream said before the section
    record Piece(SaveStateEntry entry, Section section, StreamContext context) {}

    StreamCheck(
            WireReader in,
            SaveStateRegistry registry,
            MachineIdentity machine,
            @Nullable MachineLoad inPlace) {
        this.registry = registry;
        this.machine = machine;
        this.limits = in.limits();
        this.inPlace = inPlace;
        this.stream =
                StreamReader.of(in, this::handler, description -> expected(description, limits));
    }

    /// Reads a whole stream; returns its sections in their order.
    List<Piece> check() throws IOException {
        for (StreamElement e = next(); e != null; e = next()) {
            if (e instanceof Command command) {
                command(command, stream.origin().offset());
            }
        }
        return pieces;
    }

    /// Reads the next element; returns null at the end of the stream. A command is not checked.
    @Nullable StreamElement next() throws IOException {
        StreamElement e = stream.next();
        if (e != null) {
            long offset = stream.origin().offset();
            switch (e) {
                case Configuration configuration -> machine.check(configuration, offset);
                case Section section -> section(section, stream.context(), offset);
                case Command.Packaged(List<StreamElement> elements) when inPlace != null ->
                        packaged(elements);
                default -> {}
            }
        }
        return e;
    }

    private void packaged(List<StreamElement> elements) throws IOException {
        for (int i = 0; i < elements.size(); i++) {
            if (elements.get(i) instanceof Section section) {
                section(section, stream.context(), stream.origin().inside().get(i).offset());
            }
        }
    }

    /// The offset of the last element.
    long offset() {
        return stream.origin().offset();
    }

    /// The sections that were read, in their order, except those that were loaded at once.
    List<Piece> pieces() {
        return pieces;
    }

    private void section(Section section, StreamContext context, long offset) throws IOException {
        SaveStateEntry entry = entry(section.identity(), offset);
        if (section instanceof Section.Full full) {
            if (!(entry.subject() instanceof Subject.Whole whole)) {
                throw new RefusedException("a whole section of an iterative device", offset)
                        .within(section.identity().label());
            }
            whole.verify(full, limits);
        } else if (entry.subject() instanceof Subject.Whole) {
            throw new RefusedException("a piece of a device that is saved whole", offset)
                    .within(section.identity().label());
        } else if (inPlace != null) {
            return;
        }
        pieces.add(new Piece(entry, section, context));
    }

    private SaveStateEntry entry(SectionIdentity identity, long offset) throws RefusedException {
        return registry.find(identity.idString(), identity.instanceId())
                .orElseThrow(
                        () ->
                                new RefusedException(
                                        "Unknown section or instance %s %d%s"
                                                .formatted(
                                                        Printable.quoted(identity.idString()),
                                                        identity.instanceId(),
                                                        similar(identity)),
                                        offset));
    }

    /// Returns the registered devices with similar names, for a message.
    private String similar(SectionIdentity identity) {
        Set<String> names = new TreeSet<>();
        for (SaveStateEntry entry : registry.entries()) {
            if (Names.similar(entry.idString(), identity.idString())) {
                names.add(entry.label());
            }
        }
        return names.isEmpty() ? "" : "; registered: " + String.join(", ", names);
    }

    private @Nullable SectionHandler handler(SectionIdentity identity, boolean iterative) {
        SaveStateEntry entry =
                registry.find(identity.idString(), identity.instanceId()).orElse(null);
        if (entry == null) {
            // To find the end of its body could take all that the source sends.
            return inPlace == null ? null : (body, section, _) -> entry(section, body.position());
        }
        MachineLoad load = inPlace;
        if (!iterative || entry.subject() instanceof Subject.Whole) {
            return null;
        }
        return load != null
                ? (body, section, context) -> load.body(entry, body, section, context)
                : verifier(entry.subject());
    }

    private @Nullable SectionHandler verifier(Subject subject) {
        return switch (subject) {
            case Subject.Iterative(IterativeDevice device) ->
                    (body, section, _) -> {
                        checkVersion(device, section, body.position());
                        device.verify(body, (int) section.versionId());
                    };
            case Subject.Memory(var guest) ->
                    (body, section, context) -> {
                        GuestMemoryLoader loader = memory;
                        if (loader == null) {
                            loader = new GuestMemoryLoader(guest, machine.pageSize());
                            memory = loader;
                        }
                        loader.verify(body, section, context);
                    };
            case Subject.Whole _ -> null;
        };
    }

    static void checkVersion(IterativeDevice device, SectionIdentity section, long offset)
            throws VersionTooNewException {
        if (section.versionId() > device.versionId()) {
            throw new VersionTooNewException(section.versionId(), 0, device.versionId(), offset);
        }
    }

    private static void command(Command command, long offset) throws VMStateException {
        switch (command) {
            case Command.OpenReturnPath _, Command.Ping _, Command.SwitchoverStart _ -> {}
            case Command.PostcopyAdvise _ -> {}
            default ->
                    throw new UnsupportedException(
                            "a stream with the command " + command.label(), offset);
        }
    }

    /// The whole sections by the stream's description; none if it cannot be read, since a load does
    /// not depend on it.
    static List<ExpectedSection> expected(@Nullable Description description, ReadLimits limits)
            throws IOException {
        if (description == null) {
            return List.of();
        }
        try {
            return VmDescription.parse(
                            description.json().memory(), description.json().offset(), limits)
                    .devices()
                    .stream()
                    .map(d -> new ExpectedSection(d.name(), d.instanceId(), d.bodySize()))
                    .toList();
        } catch (CorruptException e) {
            return List.of();
        }
    }
}
