// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.vmstate.ram.PageSize;
import org.vmstate.ram.RamBlock;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.Finding;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionPairing;
import org.vmstate.stream.StreamElement;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// What a stream says of a machine: its configuration, its devices, the commands in between, its
/// RAM's blocks.
///
/// Made from as much of a stream as could be read; [#failure()] says what ended it before its time.
/// The sections of an iterative device are counted, not kept, and the number of commands is limited
/// ([ReadLimits#maxCommands()]), so the size of this depends on the number of devices, not on how
/// long the migration took.
public final class SavedMachine {
    private final MachineReader source;
    private final SequencedMap<Long, Device> devices = new LinkedHashMap<>();
    private final List<Command> commands = new ArrayList<>();
    private @Nullable Configuration configuration;
    private @Nullable VMStateException failure;
    private boolean ended;

    private SavedMachine(MachineReader source) {
        this.source = source;
    }

    /// Reads elements to the end, or to the first that cannot be read.
    public static SavedMachine read(MachineReader source) throws IOException {
        SavedMachine machine = new SavedMachine(source);
        try {
            for (StreamElement e = source.next(); e != null; e = source.next()) {
                machine.add(e);
            }
        } catch (VMStateException e) {
            machine.failure = e;
        }
        machine.pairDescriptions();
        return machine;
    }

    /// The configuration section, absent in old streams.
    public Optional<Configuration> configuration() {
        return Optional.ofNullable(configuration);
    }

    /// The devices in the order of their first sections.
    public Collection<Device> devices() {
        return devices.sequencedValues();
    }

    /// The commands, in order; a packaged one stands for its own elements, which are among the rest
    /// as well.
    public List<Command> commands() {
        return List.copyOf(commands);
    }

    /// The blocks of RAM that the stream declares.
    public Collection<RamBlock> ramBlocks() {
        return source.ram().blocks();
    }

    /// The size of the target's pages in bytes, empty if the stream does not tell.
    public Optional<Integer> pageSize() {
        return source.ram().pageSize().map(PageSize::bytes);
    }

    /// The description of the devices: the stream's own or its substitute.
    public Optional<VmDescription> description() {
        return source.description();
    }

    /// Whether the description in use is not the stream's own.
    public boolean substituted() {
        return source.substituted();
    }

    /// Whether sections end in footers: empty if there is none to tell.
    public Optional<Boolean> usesFooters() {
        return source.usesFooters();
    }

    /// How many bytes of iterations were left out because only an overview was asked for.
    public long passedOver() {
        return source.passedOver();
    }

    /// Whether the end-of-stream byte was reached.
    public boolean ended() {
        return ended;
    }

    /// What kept the rest of the stream from being read.
    public Optional<VMStateException> failure() {
        return Optional.ofNullable(failure);
    }

    /// The state of a device as a tree of values; empty if nothing describes it.
    ///
    /// The tree looks at the bytes of the stream, so it is valid as long as the stream's source is
    /// open.
    public Optional<DecodedSection> decode(Device.Whole device) {
        return device.description()
                .map(
                        description ->
                                source.decoder()
                                        .decode(
                                                device.section().body().memory(),
                                                device.section().body().offset(),
                                                description));
    }

    /// What is wrong with a decoded device: where its bytes and its description disagree.
    public static List<Finding> findings(Device.Whole device, DecodedSection decoded) {
        List<Finding> findings = new ArrayList<>();
        long described = device.description().map(DeviceDescription::bodySize).orElse(0L);
        if (device.disagrees()) {
            findings.add(
                    new Finding(
                            device.identity().label(),
                            "the stream's description is wrong about this section: it describes "
                                    + described
                                    + " bytes, but the footer comes after "
                                    + device.bytes(),
                            device.section().body().offset()));
        }
        findings.addAll(decoded.findings());
        return findings;
    }

    /// Takes an element in.
    ///
    /// Without a `switch` over types: its call site is linked when it is first reached, and this
    /// takes a tenth of the time in which a small stream is shown.
    private void add(StreamElement element) throws VMStateException {
        if (element instanceof Configuration c) {
            configuration = c;
        } else if (element instanceof Section section) {
            add(section);
        } else if (element instanceof Command command) {
            source.limits().checkCommands(commands.size() + 1L, "a stream", command.offset());
            commands.add(command);
            if (command instanceof Command.Packaged packaged) {
                for (StreamElement inner : packaged.elements()) {
                    add(inner);
                }
            }
        } else if (element instanceof EndOfStream) {
            ended = true;
        }
    }

    private void add(Section section) {
        long id = section.sectionId();
        if (section instanceof Section.Full full) {
            devices.put(id, new Device.Whole(full, Optional.empty()));
        } else if (section instanceof Section.Start start) {
            devices.put(id, new Device.Iterative(start, 0, start.body().length(), false));
        } else {
            devices.computeIfPresent(id, (_, d) -> ((Device.Iterative) d).with(section));
        }
    }

    /// Gives each full section the description of its device, those of one name and instance in
    /// order.
    private void pairDescriptions() {
        if (source.description().isEmpty()) {
            return;
        }
        SectionPairing<DeviceDescription> descriptions =
                new SectionPairing<>(
                        source.description().get().devices(),
                        DeviceDescription::name,
                        DeviceDescription::instanceId);
        devices.replaceAll(
                (_, device) ->
                        device instanceof Device.Whole(Section.Full section, _)
                                ? new Device.Whole(section, descriptions.take(section.identity()))
                                : device);
    }
}
