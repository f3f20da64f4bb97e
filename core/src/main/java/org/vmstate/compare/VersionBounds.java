// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import org.jspecify.annotations.Nullable;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.stream.Command;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.JsonStyle;
import org.vmstate.vmdesc.StructDescription;
import org.vmstate.vmdesc.VmDescription;

/// The range that a destination's version of QEMU is in.
///
/// If the caller does not give the version, what the destination wrote limits it: the style of its
/// description, and the properties that a dump has.
///
/// @param atLeast the lowest possible version
/// @param below the lowest version above all possible ones
record VersionBounds(@Nullable QemuVersion atLeast, @Nullable QemuVersion below) {
    static VersionBounds of(Destination destination) {
        if (destination.version().isPresent()) {
            QemuVersion version = destination.version().get();
            return new VersionBounds(
                    version, new QemuVersion(version.major(), version.minor() + 1));
        }
        VersionBounds bounds = new VersionBounds(null, null);
        if (destination.descriptions().isPresent()) {
            MachineDescriptions dump = destination.descriptions().get();
            // QEMU 7.2 does not write numbers of elements, 10.0 does.
            bounds =
                    dump.hasCounts()
                            ? bounds.from(new QemuVersion(7, 3))
                            : bounds.to(new QemuVersion(10, 0));
            QemuVersion machine = QemuVersion.ofMachineType(dump.machineType()).orElse(null);
            bounds = machine == null ? bounds : bounds.from(machine);
        }
        if (destination.reference().isPresent()) {
            bounds = bounds.with(destination.reference().get());
        }
        return bounds;
    }

    private VersionBounds with(SavedMachine reference) {
        VersionBounds bounds = this;
        if (reference.commands().stream()
                .anyMatch(c -> c.command() instanceof Command.SwitchoverStart)) {
            bounds = bounds.from(new QemuVersion(10, 0));
        }
        if (reference.description().isEmpty() || reference.substituted()) {
            return bounds;
        }
        VmDescription description = reference.description().get();
        if (description.style() == JsonStyle.SPACED) {
            return bounds.to(new QemuVersion(6, 0));
        }
        bounds = bounds.from(new QemuVersion(6, 0));
        // The description of the configuration came in a version between 7.2 and 10.0.
        if (reference.configuration().isPresent()) {
            bounds =
                    description.configuration().isPresent()
                            ? bounds.from(new QemuVersion(7, 3))
                            : bounds.to(new QemuVersion(10, 0));
        }
        boolean marked = description.devices().stream().anyMatch(d -> hasMarkers(d.body()));
        return marked ? bounds.from(new QemuVersion(11, 1)) : bounds;
    }

    private static boolean hasMarkers(StructDescription body) {
        for (FieldDescription field : body.fields()) {
            if (field.isPointerMarker()
                    || (field.struct().isPresent() && hasMarkers(field.struct().get()))) {
                return true;
            }
        }
        return body.subsections().stream().anyMatch(VersionBounds::hasMarkers);
    }

    private VersionBounds from(QemuVersion version) {
        return new VersionBounds(
                atLeast == null || version.compareTo(atLeast) > 0 ? version : atLeast, below);
    }

    private VersionBounds to(QemuVersion version) {
        return new VersionBounds(
                atLeast, below == null || version.compareTo(below) < 0 ? version : below);
    }

    /// Whether the version is certainly this one or a newer one.
    boolean isAtLeast(QemuVersion version) {
        return atLeast != null && atLeast.compareTo(version) >= 0;
    }

    /// Whether the version is certainly older than this one.
    boolean isBelow(QemuVersion version) {
        return below != null && below.compareTo(version) <= 0;
    }

    /// The range in words, such as `QEMU 7.2` or `a QEMU older than 10.0`.
    String text() {
        if (atLeast != null
                && below != null
                && atLeast.major() == below.major()
                && below.minor() == atLeast.minor() + 1) {
            return "QEMU " + atLeast;
        }
        if (below != null) {
            return "a QEMU older than " + below;
        }
        return atLeast == null ? "the destination" : "QEMU " + atLeast + " or newer";
    }
}
