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
/// Immutable, and valid whether or not the stream is still open.
///
/// @param machineType the machine's type, such as `pc-i440fx-7.2`; absent in streams without a
///   configuration
/// @param uuid the machine's UUID, which a destination with `validate-uuid` compares
/// @param capabilities the migration capabilities that both sides must have turned on, of those
///   that streams name
/// @param pageSize the size of the target's pages; empty if nothing that was read states it
/// @param blocks the blocks of RAM that the destination must have, by name and length
/// @param devices the sections with state that the destination must know by id string and instance
///   id, and load at their version, in the order of the stream; those of RAM and of other iterative
///   devices among them
/// @param channels whether pages are on further channels, as marks in the stream show; without such
///   marks there can be channels all the same (QEMU before 8.1)
/// @param returnPath whether the source asks the destination for answers
/// @param postcopy whether the source prepared a change to postcopy, for which the destination must
///   have turned on `postcopy-ram`
/// @param descriptors the devices whose state holds file descriptors, which only a Unix socket
///   carries; as far as they are described
/// @param described whether the stream ends in a description of its devices
/// @param footers whether sections end in footers (`send-section-footer`)
/// @param complete whether the stream was read to its end, element by element; if not, more may be
///   expected than is said here
public record Requirements(
        Optional<String> machineType,
        Optional<UUID> uuid,
        List<String> capabilities,
        Optional<PageSize> pageSize,
        List<Block> blocks,
        List<SectionIdentity> devices,
        boolean channels,
        boolean returnPath,
        boolean postcopy,
        List<String> descriptors,
        boolean described,
        Footers footers,
        boolean complete) {
    /// Lists that do not change.
    public Requirements {
        capabilities = List.copyOf(capabilities);
        blocks = List.copyOf(blocks);
        devices = List.copyOf(devices);
        descriptors = List.copyOf(descriptors);
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

    static Requirements of(SavedMachine machine, SavedMachine.Memory memory) {
        boolean complete =
                machine.ended() && machine.failure().isEmpty() && machine.passedOver() == 0;
        Optional<Configuration> configuration = machine.configuration();
        List<Command> commands = machine.commands().stream().map(LocatedCommand::command).toList();
        List<Block> blocks = new ArrayList<>();
        for (RamBlock block : machine.ramBlocks()) {
            blocks.add(new Block(block, memory.of(block, complete)));
        }
        return new Requirements(
                configuration.map(Configuration::machineType),
                configuration.flatMap(Requirements::uuid),
                configuration.map(Configuration::capabilities).orElse(List.of()),
                memory.pageSize(),
                blocks,
                machine.devices().stream().map(Device::identity).toList(),
                memory.channels(),
                commands.stream().anyMatch(Command.OpenReturnPath.class::isInstance),
                commands.stream().anyMatch(Command.PostcopyAdvise.class::isInstance),
                descriptors(machine),
                machine.description().isPresent() && !machine.substituted(),
                machine.footers(),
                complete);
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
