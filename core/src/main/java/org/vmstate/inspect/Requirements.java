// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.ram.PageSize;
import org.vmstate.ram.RamBlock;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.Footers;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.StructDescription;
import org.vmstate.wire.WireReader;

/// What a stream expects of its destination, as far as the stream itself says it.
///
/// A destination that lacks one of these refuses the stream, or waits for what never comes. What no
/// stream says is not here: the machine's options that add devices without state, the CPU model,
/// the number of a multifd migration's channels. The values that a device compares with its own
/// (`_equal` fields) are in the state of that device.
///
/// Immutable, and valid whether or not the stream is still open. [SavedMachine#requirements()] and
/// [#read(WireReader)] make it; compared by identity.
public final class Requirements {
    private final Optional<Configuration> configuration;
    private final Optional<PageSize> pageSize;
    private final List<Block> blocks;
    private final List<SectionIdentity> devices;
    private final boolean channels;
    private final boolean returnPath;
    private final boolean postcopy;
    private final List<String> descriptors;
    private final boolean described;
    private final Footers footers;
    private final boolean complete;

    Requirements(SavedMachine machine, SavedMachine.Memory memory) {
        boolean whole = machine.ended() && machine.failure().isEmpty() && machine.passedOver() == 0;
        List<Command> commands = machine.commands().stream().map(LocatedCommand::command).toList();
        this.configuration = machine.configuration();
        this.pageSize = memory.pageSize();
        this.blocks =
                machine.ramBlocks().stream()
                        .map(block -> new Block(block, memory.of(block, whole)))
                        .toList();
        this.devices = machine.devices().stream().map(Device::identity).toList();
        this.channels = memory.channels();
        this.returnPath = commands.stream().anyMatch(Command.OpenReturnPath.class::isInstance);
        this.postcopy = commands.stream().anyMatch(Command.PostcopyAdvise.class::isInstance);
        this.descriptors = descriptors(machine);
        this.described = machine.description().isPresent() && !machine.substituted();
        this.footers = machine.footers();
        this.complete = whole;
    }

    /// Where the memory of a block is.
    public enum Memory {
        /// Pages of it are in the stream.
        STREAM,
        /// The stream has further channels, which have its pages other than zero pages.
        CHANNELS,
        /// No page of it is in the stream: it is shared under `x-ignore-shared`, in descriptors
        /// that are passed on (CPR), or in a file of the program that wrote the stream.
        ELSEWHERE,
        /// Not all of the stream was read, so it is not known.
        UNKNOWN
    }

    /// A block of RAM that the destination must have.
    public record Block(RamBlock block, Memory memory) {}

    /// What the stream expects at whose first byte `in` stands; reads it to its end.
    public static Requirements read(WireReader in) throws IOException {
        return SavedMachine.read(MachineReader.of(in)).requirements();
    }

    /// The machine's type, such as `pc-i440fx-7.2`; absent in streams without a configuration.
    public Optional<String> machineType() {
        return configuration.map(Configuration::machineType);
    }

    /// The machine's UUID, which a destination with `validate-uuid` compares.
    public Optional<UUID> uuid() {
        return configuration.flatMap(Requirements::uuid);
    }

    /// The migration capabilities that both sides must have turned on, of those that streams name.
    public List<String> capabilities() {
        return configuration.map(Configuration::capabilities).orElse(List.of());
    }

    /// The size of the target's pages; empty if nothing that was read states it.
    public Optional<PageSize> pageSize() {
        return pageSize;
    }

    /// The blocks of RAM that the destination must have, by name and length.
    public List<Block> blocks() {
        return blocks;
    }

    /// The sections with state that the destination must know by id string and instance id, and
    /// load at their version, in the order of the stream. RAM and other iterative devices are among
    /// them.
    public List<SectionIdentity> devices() {
        return devices;
    }

    /// Whether pages are on further channels, as marks in the stream show. A stream of QEMU before
    /// 8.1 has no such marks, whether or not there are channels.
    public boolean channels() {
        return channels;
    }

    /// Whether the source asks the destination for answers.
    public boolean returnPath() {
        return returnPath;
    }

    /// Whether the source prepared a change to postcopy, for which the destination must have turned
    /// on `postcopy-ram`.
    public boolean postcopy() {
        return postcopy;
    }

    /// The devices whose state holds file descriptors, which only a Unix socket carries. Devices
    /// that nothing describes are not examined.
    public List<String> descriptors() {
        return descriptors;
    }

    /// Whether the stream ends in a description of its devices.
    public boolean described() {
        return described;
    }

    /// Whether sections end in footers (`send-section-footer`).
    public Footers footers() {
        return footers;
    }

    /// Whether the stream was read to its end, element by element; if not, the destination may need
    /// more than is said here.
    public boolean complete() {
        return complete;
    }

    private static Optional<UUID> uuid(Configuration configuration) {
        return configuration.subsections().stream()
                .filter(Configuration.Subsection.MachineUuid.class::isInstance)
                .map(s -> ((Configuration.Subsection.MachineUuid) s).uuid())
                .findFirst();
    }

    private static List<String> descriptors(SavedMachine machine) {
        List<String> names = new ArrayList<>();
        for (Device device : machine.devices()) {
            if (device.whole()
                    .flatMap(Device.Whole::description)
                    .map(DeviceDescription::body)
                    .filter(Requirements::holdsDescriptor)
                    .isPresent()) {
                names.add(device.identity().label());
            }
        }
        return names;
    }

    private static boolean holdsDescriptor(StructDescription body) {
        return body.fields().stream().anyMatch(Requirements::holdsDescriptor)
                || body.subsections().stream().anyMatch(Requirements::holdsDescriptor);
    }

    private static boolean holdsDescriptor(FieldDescription field) {
        return field.type().equals(TypeNames.DESCRIPTOR)
                || field.struct().filter(Requirements::holdsDescriptor).isPresent()
                || field.elements().stream().anyMatch(Requirements::holdsDescriptor);
    }
}
