// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmstate.inspect.LocatedCommand;
import org.vmstate.inspect.Requirements;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.stream.Command;
import org.vmstate.stream.Footers;

/// Compares what is not part of a device: the configuration section, footers, commands, the size of
/// pages.
final class ConfigurationCheck {
    /// The first machine types with a configuration section and footers.
    private static final QemuVersion SECTIONS_SINCE = new QemuVersion(2, 4);

    private final SavedMachine source;
    private final Requirements requirements;
    private final Destination destination;
    private final VersionBounds version;
    private final MigrationCheck.Reasons reasons;
    private final @Nullable SavedMachine reference;

    ConfigurationCheck(
            SavedMachine source,
            Destination destination,
            VersionBounds version,
            MigrationCheck.Reasons reasons) {
        this.source = source;
        this.requirements = source.requirements();
        this.destination = destination;
        this.version = version;
        this.reasons = reasons;
        this.reference = destination.reference().orElse(null);
    }

    void check() {
        machineType();
        capabilities();
        uuid();
        footers();
        pageSize();
        for (LocatedCommand command : source.commands()) {
            command(command);
        }
    }

    /// The destination's machine type, if it is known.
    private Optional<String> localType() {
        Optional<String> ofDump = destination.descriptions().map(MachineDescriptions::machineType);
        return ofDump.isPresent() || reference == null
                ? ofDump
                : reference.requirements().machineType();
    }

    private void machineType() {
        Optional<String> received = requirements.machineType();
        Optional<String> local = localType();
        boolean expected =
                reference != null
                        ? reference.configuration().isPresent()
                        : local.flatMap(QemuVersion::ofMachineType)
                                .map(v -> v.compareTo(SECTIONS_SINCE) >= 0)
                                .orElse(true);
        if (received.isEmpty()) {
            if (reference != null && expected) {
                reasons.add(
                        Reason.refuses(
                                        Reason.Kind.CONFIGURATION,
                                        "",
                                        "the stream has no configuration section, but the"
                                                + " destination expects one")
                                .words(
                                        "Configuration section missing",
                                        "Configuration section missing")
                                .remedy(
                                        "Start the destination with -global"
                                                + " migration.send-configuration=off."));
            } else if (expected && local.isPresent()) {
                reasons.add(
                        Reason.condition(
                                        Reason.Kind.CONFIGURATION,
                                        "",
                                        "the stream has no configuration section, as with"
                                                + " send-configuration=off")
                                .remedy(
                                        "The destination needs -global"
                                                + " migration.send-configuration=off, too."));
            }
            return;
        }
        if (!expected) {
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.CONFIGURATION,
                                    "",
                                    "the stream has a configuration section, but the destination"
                                            + " expects none")
                            .words("Unknown savevm section type 7", "Unknown section type 7")
                            .remedy("Use the machine type of the source at the destination."));
        }
        if (local.isPresent()) {
            compareTypes(received.get(), local.get());
        } else {
            KnownMachines.check(received.get(), version, reasons);
        }
    }

    /// A destination compares only as many characters as it received.
    private void compareTypes(String received, String local) {
        if (!local.startsWith(received)) {
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.MACHINE_TYPE,
                                    received,
                                    "the destination's machine type is " + local)
                            .words(
                                    "Machine type received is '%s' and local is '%s'"
                                            .formatted(received, local))
                            .remedy(
                                    "Start the destination with -M "
                                            + received
                                            + ", if its QEMU has this type, or rename it in the"
                                            + " stream (vmstate set --machine-type)."));
        } else if (!local.equals(received)) {
            reasons.add(
                    Reason.note(
                            Reason.Kind.MACHINE_TYPE,
                            received,
                            "the destination's machine type is "
                                    + local
                                    + ", which begins with this name"));
        }
    }

    private void capabilities() {
        Set<String> sent = new HashSet<>(requirements.capabilities());
        for (String capability : requirements.capabilities()) {
            QemuVersion since = KnownCommands.capabilitySince(capability);
            if (since == null) {
                reasons.add(
                        Reason.note(
                                Reason.Kind.CAPABILITY,
                                capability,
                                "the stream contains this capability, which destinations do not"
                                        + " compare"));
            } else if (version.isBelow(since)) {
                reasons.add(
                        Reason.refuses(
                                        Reason.Kind.CAPABILITY,
                                        capability,
                                        "this capability came with QEMU "
                                                + since
                                                + ", but the destination is "
                                                + version.text())
                                .words("Received unknown capability " + capability)
                                .remedy(
                                        "Write the stream again without the capability (vmstate"
                                                + " convert)."));
            } else if (reference == null
                    || !reference.requirements().capabilities().contains(capability)) {
                reasons.add(
                        Reason.condition(
                                        Reason.Kind.CAPABILITY,
                                        capability,
                                        "the source used this capability")
                                .words(
                                        "Capability "
                                                + capability
                                                + " is off, but received capability is on")
                                .remedy(
                                        "Turn it on at the destination before loading"
                                                + " (migrate_set_capability "
                                                + capability
                                                + " on)."));
            }
        }
        if (reference != null && source.configuration().isPresent()) {
            for (String capability : reference.requirements().capabilities()) {
                if (!sent.contains(capability)
                        && KnownCommands.capabilitySince(capability) != null) {
                    reasons.add(
                            Reason.refuses(
                                            Reason.Kind.CAPABILITY,
                                            capability,
                                            "the destination uses this capability, the source did"
                                                    + " not")
                                    .words(
                                            "Capability "
                                                    + capability
                                                    + " is on, but received capability is off")
                                    .remedy("Turn it off at the destination."));
                }
            }
        }
    }

    private void uuid() {
        Optional<UUID> received = requirements.uuid();
        Optional<UUID> local =
                reference == null ? Optional.empty() : reference.requirements().uuid();
        if (received.isEmpty()) {
            return;
        }
        if (local.isPresent() && !local.equals(received)) {
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.UUID,
                                    received.get().toString(),
                                    "the destination's UUID is " + local.get())
                            .words(
                                    "UUID received is %s and local is %s"
                                            .formatted(received.get(), local.get()))
                            .remedy("Start the destination with -uuid " + received.get() + "."));
        } else if (local.isEmpty()) {
            reasons.add(
                    Reason.condition(
                                    Reason.Kind.UUID,
                                    received.get().toString(),
                                    "a destination with validate-uuid must have this UUID")
                            .remedy("Start the destination with -uuid " + received.get() + "."));
        }
    }

    private void footers() {
        Footers sent = source.footers();
        if (reference == null || sent == Footers.UNKNOWN) {
            boolean old =
                    localType()
                            .flatMap(QemuVersion::ofMachineType)
                            .map(v -> v.compareTo(SECTIONS_SINCE) < 0)
                            .orElse(false);
            if (sent == Footers.ABSENT && !old) {
                reasons.add(
                        Reason.condition(
                                        Reason.Kind.FOOTERS,
                                        "",
                                        "sections end without footers, as with"
                                                + " send-section-footer=off")
                                .remedy(
                                        "The destination needs -global"
                                                + " migration.send-section-footer=off, too."));
            }
            return;
        }
        Footers expected = reference.footers();
        if (sent == Footers.ABSENT && expected == Footers.USED) {
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.FOOTERS,
                                    "",
                                    "sections end without footers, but the destination expects"
                                            + " them")
                            .words("Missing section footer for " + firstSection())
                            .remedy(
                                    "Start the destination with -global"
                                            + " migration.send-section-footer=off."));
        } else if (sent == Footers.USED && expected == Footers.ABSENT) {
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.FOOTERS,
                                    "",
                                    "sections end with footers, but the destination expects none")
                            .words("Unknown savevm section type 126", "Unknown section type 126")
                            .remedy(
                                    "Start the destination without"
                                            + " migration.send-section-footer=off."));
        }
    }

    private String firstSection() {
        return source.devices().isEmpty() ? "" : source.devices().getFirst().identity().idString();
    }

    private void pageSize() {
        if (reference == null
                || reference.pageSize().isEmpty()
                || source.pageSize().isEmpty()
                || source.pageSize().equals(reference.pageSize())) {
            return;
        }
        int sent = source.pageSize().get();
        int local = reference.pageSize().get();
        boolean stated =
                source.configuration().isPresent()
                        && source.configuration().get().targetPageBits().isPresent();
        long at =
                source.devices().stream()
                        .filter(d -> d.identity().idString().equals("ram"))
                        .mapToLong(d -> d.offset())
                        .findFirst()
                        .orElse(0);
        reasons.add(
                Reason.refuses(
                                Reason.Kind.PAGE_SIZE,
                                "ram",
                                "pages of "
                                        + sent
                                        + " bytes, but the destination's pages have "
                                        + local)
                        .words(
                                stated
                                        ? "Received TARGET_PAGE_BITS is %d but local is %d"
                                                .formatted(log(sent), log(local))
                                        : "Unknown combination of migration flags: 0x…")
                        .remedy(
                                "Use a QEMU whose target has the same page size; a stream cannot be"
                                        + " converted to another.")
                        .at(stated ? 0 : at));
    }

    private static int log(int size) {
        return Integer.numberOfTrailingZeros(size);
    }

    private void command(LocatedCommand located) {
        Command command = located.command();
        long at = located.origin().offset();
        QemuVersion since = KnownCommands.since(command.code());
        if (since != null && version.isBelow(since)) {
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.COMMAND,
                                    command.label(),
                                    "this command came with QEMU "
                                            + since
                                            + ", but the destination is "
                                            + version.text())
                            .words(
                                    "MIG_CMD 0x%x unknown (len 0x%x)"
                                            .formatted(
                                                    command.code(), KnownCommands.length(command)))
                            .remedy(
                                    "Use a machine type of the destination's version at the source,"
                                            + " or remove the command from the stream (vmstate set"
                                            + " --drop-command).")
                            .at(at));
        } else if (command instanceof Command.PostcopyAdvise advise
                && (reference == null
                        || reference.commands().stream()
                                .noneMatch(c -> c.command() instanceof Command.PostcopyAdvise))) {
            boolean pages = advise.pageSizes().isPresent();
            reasons.add(
                    Reason.condition(
                                    Reason.Kind.CAPABILITY,
                                    pages ? "postcopy-ram" : "dirty-bitmaps",
                                    "the source used this capability")
                            .words("RAM postcopy is disabled but have 16 byte advise")
                            .remedy("Turn it on at the destination before loading.")
                            .at(at));
        } else if (command instanceof Command.Packaged packaged) {
            List<org.vmstate.stream.StreamElement> inside = packaged.elements();
            for (int i = 0; i < inside.size(); i++) {
                if (inside.get(i) instanceof Command nested) {
                    command(new LocatedCommand(nested, located.origin().inside().get(i)));
                }
            }
        }
    }
}
