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

/// The requirements of a stream on its destination, as far as the stream contains them.
///
/// A destination that does not meet one of these refuses the stream, or waits forever. Requirements
/// that are not in a stream are not included: options of the machine that add devices without
/// state, the CPU model, the number of channels of a multifd migration. The values that a device
/// compares with its own (`_equal` fields) are in the state of that device.
///
/// Immutable, and valid after the stream has been closed. Created by [SavedMachine#requirements()]
/// and [#read(WireReader)]; compared by identity.
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

    Requirements(SavedMachine machine, SavedMachine.MemoryEvidence memory) {
        boolean whole =
                machine.ended() && machine.failure().isEmpty() && machine.skippedBytes() == 0;
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

    /// The place of a block's memory.
    public enum Memory {
        /// Pages of it are in the stream.
        STREAM,
        /// Its pages, except zero pages, are in further channels of the stream.
        CHANNELS,
        /// None of its pages are in the stream: it is shared with `x-ignore-shared`, in descriptors
        /// that are passed on (CPR), or in a file of the program that wrote the stream.
        ELSEWHERE,
        /// Unknown, because the stream was not read completely.
        UNKNOWN
    }

    /// A block of RAM that the destination must have.
    public record Block(RamBlock block, Memory memory) {}

    /// Reads a stream to its end and returns its requirements; `in` is at the first byte of the
    /// stream.
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

    /// The migration capabilities in the stream, which both sides must have enabled.
    public List<String> capabilities() {
        return configuration.map(Configuration::capabilities).orElse(List.of());
    }

    /// The size of the target's pages; empty if no element that was read contains it.
    public Optional<PageSize> pageSize() {
        return pageSize;
    }

    /// The blocks of RAM that the destination must have, by name and length.
    public List<Block> blocks() {
        return blocks;
    }

    /// The sections with state, in the order of the stream. The destination must have devices with
    /// their id strings and instance ids that can load their versions. RAM and other iterative
    /// devices are included.
    public List<SectionIdentity> devices() {
        return devices;
    }

    /// Whether marks in the stream show that pages are on further channels. A stream of QEMU before
    /// 8.1 has no such marks, even if there are channels.
    public boolean channels() {
        return channels;
    }

    /// Whether the source requires a return path from the destination.
    public boolean returnPath() {
        return returnPath;
    }

    /// Whether the source prepared for postcopy, for which the destination must have enabled
    /// `postcopy-ram`.
    public boolean postcopy() {
        return postcopy;
    }

    /// The devices whose state contains file descriptors, which can only be sent over a Unix
    /// socket. Devices without a description are not examined.
    public List<String> descriptors() {
        return descriptors;
    }

    /// Whether the stream ends with a description of its devices.
    public boolean described() {
        return described;
    }

    /// Whether sections end with footers (`send-section-footer`).
    public Footers footers() {
        return footers;
    }

    /// Whether the stream was read completely, element by element; if not, there may be further
    /// requirements.
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
