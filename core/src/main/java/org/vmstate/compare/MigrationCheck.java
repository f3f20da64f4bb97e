// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.wire.VMStateException;

/// Predicts whether a destination loads a source, with each reason why not.
///
/// A destination loads a stream in its order and stops at the first error; the result has all
/// differences, in this order. What a destination does not check (missing sections, pages that
/// never came) is a note. `docs/format/checks.md` lists the checks of QEMU.
public final class MigrationCheck {
    private MigrationCheck() {}

    /// Checks a stream. Its source must be open, and so must be that of a reference.
    public static CheckResult check(SavedMachine source, Destination destination) {
        return check(source, destination, new Reasons());
    }

    /// Checks the stream in a save image of libvirt, and its domain's XML.
    ///
    /// Throws `CorruptException` if the text is not a domain's XML.
    ///
    /// @param domainXml the domain's XML in the image
    public static CheckResult check(SavedMachine source, String domainXml, Destination destination)
            throws VMStateException {
        Reasons reasons = new Reasons();
        if (destination.libvirt().isPresent()) {
            destination.libvirt().get().check(domainXml, reasons);
        }
        return check(source, destination, reasons);
    }

    private static CheckResult check(
            SavedMachine source, Destination destination, Reasons reasons) {
        Objects.requireNonNull(source);
        VersionBounds version = VersionBounds.of(destination);
        new ConfigurationCheck(source, destination, version, reasons).check();
        new MemoryCheck(source, destination, version, reasons).check();
        new DeviceCheck(source, destination, version, reasons).check();
        source.failure()
                .ifPresent(
                        e ->
                                reasons.add(
                                        Reason.refuses(Reason.Kind.MALFORMED, e.path(), e.detail())
                                                .remedy(
                                                        "Examine the stream alone; the file may be"
                                                                + " damaged or cut off.")
                                                .at(e.offset())));
        return new CheckResult(reasons.inOrder());
    }

    /// Checks whether a program with the second descriptions can load what one with the first
    /// wrote, whatever devices the machine has and in whatever state they are.
    public static CheckResult check(MachineDescriptions source, MachineDescriptions destination) {
        return DescriptionCheck.check(source, destination);
    }

    /// The reasons found so far.
    static final class Reasons {
        private final List<Reason> found = new ArrayList<>();

        void add(Reason.Builder reason) {
            found.add(reason.build());
        }

        /// The reasons in the order of the stream; those without an offset come first.
        List<Reason> inOrder() {
            List<Reason> sorted = new ArrayList<>(found);
            sorted.sort(Comparator.comparingLong(r -> r.offset().orElse(0)));
            return sorted;
        }
    }
}
