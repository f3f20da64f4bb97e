// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.CapabilityNames;
import org.vmstate.ram.RamFormat;
import org.vmstate.stream.Configuration;
import org.vmstate.wire.Printable;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;

/// The properties of a machine that a stream's configuration states.
///
/// @param machineType the name that is saved
/// @param oldMachineTypes further names under which streams are loaded
/// @param pageSize the size of the target's pages in bytes
/// @param sendsPageBits whether the page size is saved: the target has several sizes
record MachineIdentity(
        String machineType,
        Set<String> oldMachineTypes,
        int pageSize,
        boolean sendsPageBits,
        @Nullable UUID uuid) {

    MachineIdentity {
        oldMachineTypes = Set.copyOf(oldMachineTypes);
    }

    /// Returns the contents of the configuration section.
    ConfigurationState configuration(RamFormat ramFormat) {
        return new ConfigurationState(
                machineType,
                sendsPageBits ? Integer.numberOfTrailingZeros(pageSize) : null,
                ramFormat == RamFormat.MAPPED_RAM ? List.of(CapabilityNames.MAPPED_RAM) : List.of(),
                uuid);
    }

    /// Throws if a stream with this configuration belongs to another machine.
    void check(Configuration configuration, long offset) throws VMStateException {
        try {
            String received = configuration.machineType();
            if (!received.equals(machineType) && !oldMachineTypes.contains(received)) {
                throw new RefusedException(
                        "Machine type received is '%s' and local is '%s'"
                                .formatted(Printable.text(received), machineType),
                        offset);
            }
            for (Configuration.Subsection subsection : configuration.subsections()) {
                check(subsection, offset);
            }
        } catch (VMStateException e) {
            throw e.within("configuration");
        }
    }

    private void check(Configuration.Subsection subsection, long offset) throws VMStateException {
        switch (subsection) {
            case Configuration.Subsection.TargetPageBits(_, int bits) -> {
                int local = Integer.numberOfTrailingZeros(pageSize);
                if (bits != local) {
                    throw new RefusedException(
                            "Received TARGET_PAGE_BITS is %d but local is %d"
                                    .formatted(bits, local),
                            offset);
                }
            }
            case Configuration.Subsection.Capabilities(_, List<String> names) -> {
                for (String name : names) {
                    switch (name) {
                        case CapabilityNames.MAPPED_RAM -> {}
                        case CapabilityNames.IGNORE_SHARED ->
                                throw new UnsupportedException(
                                        "memory that is shared and not in the stream (x-ignore-shared)",
                                        offset);
                        default ->
                                throw new RefusedException(
                                        "Received unknown capability " + Printable.text(name),
                                        offset);
                    }
                }
            }
            case Configuration.Subsection.MachineUuid(_, UUID received) -> {
                if (uuid != null && !uuid.equals(received)) {
                    throw new RefusedException(
                            "UUID received is %s and local is %s".formatted(received, uuid),
                            offset);
                }
            }
        }
    }
}
