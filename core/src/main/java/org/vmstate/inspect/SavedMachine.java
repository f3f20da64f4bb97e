// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.MappedFile;
import org.vmstate.ram.PageSize;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamContext;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.Finding;
import org.vmstate.state.SectionDecoder;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.Footers;
import org.vmstate.stream.Origin;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionPairing;
import org.vmstate.stream.StreamElement;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// The contents of a machine's stream: its configuration, its devices, the commands between them,
/// and its RAM blocks.
///
/// It contains as much of the stream as could be read; [#failure()] returns the error, if any, that
/// ended reading early. The sections of an iterative device are counted but not kept, and the
/// number of commands is limited ([ReadLimits#maxCommands()]), so the size of this object depends
/// on the number of devices and not on the duration of the migration.
///
/// Immutable and thread-safe. Its bodies refer to the bytes of the source and are valid only while
/// the source is open. If the source is a file, using a body, or [#decode], after that throws
/// [IllegalStateException].
public final class SavedMachine {
    private final ReadLimits limits;
    private final List<Device> devices;
    private final List<LocatedCommand> commands;
    private final List<RamBlock> ramBlocks;
    private final Optional<Configuration> configuration;
    private final MemoryEvidence memory;
    private final List<RamContext.MissingPages> missingPages;
    private final Optional<VmDescription> description;
    private final boolean substituted;
    private final Footers footers;
    private final long skippedBytes;
    private final boolean ended;
    private final boolean endUncertain;
    private final long end;
    private final OptionalLong bytesAfterEnd;
    private final Optional<VMStateException> failure;

    /// The information from the sections of `ram`.
    ///
    /// @param sent the names of the blocks that have pages in the stream
    /// @param channels whether marks show that pages are on further channels
    /// @param compressed whether pages are compressed one by one
    record MemoryEvidence(
            Optional<PageSize> pageSize, Set<String> sent, boolean channels, boolean compressed) {
        static MemoryEvidence of(RamContext ram) {
            return new MemoryEvidence(
                    ram.pageSize(), Set.copyOf(ram.sent()), ram.channels(), ram.compressed());
        }

        Requirements.Memory of(RamBlock block, boolean complete) {
            if (channels) {
                return Requirements.Memory.CHANNELS;
            } else if (sent.contains(block.name())) {
                return Requirements.Memory.STREAM;
            }
            return complete ? Requirements.Memory.ELSEWHERE : Requirements.Memory.UNKNOWN;
        }
    }

    private SavedMachine(MachineReader source, Gathering gathered) {
        limits = source.limits();
        description = source.description();
        devices = gathered.devices(description);
        commands = List.copyOf(gathered.commands);
        ramBlocks = List.copyOf(source.ram().blocks());
        configuration = Optional.ofNullable(gathered.configuration);
        memory = MemoryEvidence.of(source.ram());
        missingPages = List.copyOf(source.ram().missing());
        substituted = source.substituted();
        footers = source.footers();
        skippedBytes = source.skippedBytes();
        ended = gathered.ended;
        endUncertain = source.endUncertain();
        end = source.end().orElse(VMStateException.NO_OFFSET);
        bytesAfterEnd = source.bytesAfterEnd();
        failure = Optional.ofNullable(gathered.failure);
    }

    /// Reads elements to the end of the stream, or to the first element that cannot be read.
    /// [MachineReader#progress] sets a listener that is called during this.
    public static SavedMachine read(MachineReader source) throws IOException {
        Gathering gathered = new Gathering(source.limits());
        try {
            for (StreamElement e = source.next(); e != null; e = source.next()) {
                gathered.add(e, source.origin());
            }
        } catch (VMStateException e) {
            gathered.failure = e;
        } catch (InternalError e) {
            throw MappedFile.fault(e);
        }
        return new SavedMachine(source, gathered);
    }

    /// The limits used for reading.
    ReadLimits limits() {
        return limits;
    }

    /// The configuration section; empty for old streams.
    public Optional<Configuration> configuration() {
        return configuration;
    }

    /// The devices in the order of their first sections.
    public List<Device> devices() {
        return devices;
    }

    /// The commands, in order. The elements of a packaged command are also included among the other
    /// elements.
    public List<LocatedCommand> commands() {
        return commands;
    }

    /// The blocks of RAM that the stream declares.
    public Collection<RamBlock> ramBlocks() {
        return ramBlocks;
    }

    /// The size of the target's pages in bytes; empty if the stream does not contain it.
    public Optional<Integer> pageSize() {
        return memory.pageSize().map(PageSize::bytes);
    }

    /// The pages that are not in the stream in any encoding, of the blocks of which some are, if
    /// [MachineReader#recordPages()] was called; otherwise empty. Pages that are on further
    /// channels are included.
    public List<RamContext.MissingPages> missingPages() {
        return missingPages;
    }

    /// Whether pages are compressed one by one, which QEMU reads up to version 9.0.
    public boolean hasCompressedPages() {
        return memory.compressed();
    }

    /// The requirements of the stream on its destination.
    public Requirements requirements() {
        return new Requirements(this, memory);
    }

    /// The description of the devices: the stream's own or its substitute.
    public Optional<VmDescription> description() {
        return description;
    }

    /// Whether the description in use is not the stream's own.
    public boolean substituted() {
        return substituted;
    }

    /// Whether sections end with footers; unknown if there are no sections.
    public Footers footers() {
        return footers;
    }

    /// The number of bytes of iterations that an overview skipped. If this is not 0, the devices
    /// after them were located from the end of the source, and may not belong to the stream at its
    /// beginning.
    public long skippedBytes() {
        return skippedBytes;
    }

    /// Whether the end-of-stream byte was reached.
    public boolean ended() {
        return ended;
    }

    /// The number of bytes in the source after the end of the stream; empty if the end was not
    /// reached or the size of the source is unknown.
    public OptionalLong bytesAfterEnd() {
        return bytesAfterEnd;
    }

    /// The error that prevented the rest of the stream from being read.
    public Optional<VMStateException> failure() {
        return failure;
    }

    /// Returns the state in a full section as a tree of values; empty if the section has no
    /// description.
    ///
    /// The tree refers to the bytes of the stream and is valid only while the stream's source is
    /// open.
    public Optional<DecodedSection> decode(Device.Whole device) {
        return device.description()
                .map(
                        d ->
                                new SectionDecoder(limits)
                                        .decode(
                                                device.section().body().memory(),
                                                device.section().body().offset(),
                                                d));
    }

    /// Returns the findings about the stream as a whole, without those about its devices.
    public List<Finding> findings() {
        return endUncertain
                ? List.of(
                        new Finding(
                                "end of stream",
                                "uncertain: no description follows, but "
                                        + (bytesAfterEnd.isPresent()
                                                ? bytesAfterEnd.getAsLong() + " bytes of "
                                                : "")
                                        + "something else",
                                end))
                : List.of();
    }

    /// Returns the findings about a decoded device: the differences between its bytes and its
    /// description.
    public static List<Finding> findings(Device.Whole device, DecodedSection decoded) {
        List<Finding> findings = new ArrayList<>();
        if (device.disagrees()) {
            findings.add(
                    new Finding(
                            device.section().identity().label(),
                            "the stream's description is wrong about this section: it describes "
                                    + device.description().orElseThrow().bodySize()
                                    + " bytes, but the footer comes after "
                                    + device.section().body().length(),
                            device.section().body().offset()));
        }
        findings.addAll(decoded.findings());
        return findings;
    }

    /// Collects the elements of a stream.
    private static final class Gathering {
        private final ReadLimits limits;
        private final List<Device> devices = new ArrayList<>();
        private final List<LocatedCommand> commands = new ArrayList<>();

        /// Maps a section id to the list index of the iterative device that was started last with
        /// it.
        private final Map<Long, Integer> started = new HashMap<>();

        /// Maps an id string and instance id to the list indices of the iterative devices that have
        /// no full section yet.
        private final Map<List<Object>, Deque<Integer>> incomplete = new HashMap<>();

        private @Nullable Configuration configuration;
        private @Nullable VMStateException failure;
        private boolean ended;

        Gathering(ReadLimits limits) {
            this.limits = limits;
        }

        /// Adds an element.
        ///
        /// Does not use a `switch` over types: linking its call site would take a tenth of the time
        /// to show a small stream.
        void add(StreamElement element, Origin origin) throws VMStateException {
            if (element instanceof Configuration c) {
                configuration = c;
            } else if (element instanceof Section section) {
                add(section, origin);
            } else if (element instanceof Command command) {
                limits.checkCommands(commands.size() + 1L, "a stream", origin.offset());
                commands.add(new LocatedCommand(command, origin));
                if (command instanceof Command.Packaged packaged) {
                    for (int i = 0; i < packaged.elements().size(); i++) {
                        add(packaged.elements().get(i), origin.inside().get(i));
                    }
                }
            } else if (element instanceof EndOfStream) {
                ended = true;
            }
        }

        private void add(Section section, Origin origin) {
            if (section instanceof Section.Full full) {
                Device.Whole whole = new Device.Whole(full, origin, Optional.empty());
                Integer at = withoutWhole(full);
                if (at == null) {
                    devices.add(Device.of(whole));
                } else {
                    devices.set(at, new Device(devices.get(at).iterative(), Optional.of(whole)));
                }
            } else if (section instanceof Section.Start start) {
                started.put(section.sectionId(), devices.size());
                incomplete
                        .computeIfAbsent(key(section), _ -> new ArrayDeque<>())
                        .add(devices.size());
                devices.add(
                        Device.of(
                                new Device.Iterative(
                                        start, origin, 0, start.body().length(), false)));
            } else {
                Integer at = started.get(section.sectionId());
                if (at != null) {
                    Device device = devices.get(at);
                    devices.set(
                            at,
                            new Device(
                                    device.iterative().map(i -> i.with(section)), device.whole()));
                }
            }
        }

        /// Returns the list index of the iterative device that a full section completes; null if
        /// there is none.
        private @Nullable Integer withoutWhole(Section.Full full) {
            Deque<Integer> places = incomplete.get(key(full));
            return places == null ? null : places.pollFirst();
        }

        private static List<Object> key(Section section) {
            return List.of(section.identity().idString(), section.identity().instanceId());
        }

        /// Returns the devices, with the description of each full section. Devices with the same
        /// name and instance are matched in order.
        List<Device> devices(Optional<VmDescription> description) {
            if (description.isEmpty()) {
                return List.copyOf(devices);
            }
            SectionPairing<DeviceDescription> descriptions =
                    new SectionPairing<>(
                            description.get().devices(),
                            DeviceDescription::name,
                            DeviceDescription::instanceId);
            List<Device> described = new ArrayList<>(devices.size());
            for (Device device : devices) {
                if (device.whole().isEmpty()) {
                    described.add(device);
                } else {
                    Device.Whole whole = device.whole().get();
                    described.add(
                            new Device(
                                    device.iterative(),
                                    Optional.of(
                                            new Device.Whole(
                                                    whole.section(),
                                                    whole.origin(),
                                                    descriptions.take(
                                                            whole.section().identity())))));
                }
            }
            return List.copyOf(described);
        }
    }
}
