// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vmstate.compare.Reason.Kind;

/// The messages of QEMU and libvirt about failed migrations, in the wording of QEMU 5.2 to 11.1.
///
/// The more specific ones come first.
final class KnownMessages {
    private static final List<Kind> BODY =
            List.of(
                    Kind.FIELDS,
                    Kind.SUBSECTION,
                    Kind.MALFORMED,
                    Kind.VERSION_TOO_NEW,
                    Kind.VERSION_TOO_OLD);
    private static final List<Kind> HOOK =
            List.of(
                    Kind.CPU_REGISTERS,
                    Kind.CPU_MODEL,
                    Kind.VALUE,
                    Kind.VIRTQUEUE_SIZE,
                    Kind.PCI_CONFIGURATION,
                    Kind.SUBSECTION,
                    Kind.FIELDS,
                    Kind.VERSION_TOO_OLD,
                    Kind.VERSION_TOO_NEW,
                    Kind.RAM_BLOCK,
                    Kind.RAM_LENGTH);

    /// A message.
    ///
    /// @param pattern its text; the group `on` is the name of a device, block or other thing
    /// @param unquoted its text without quotes around names, which a shell removes; null if it has
    ///   none
    /// @param kinds the kinds of reasons that it stands for
    record Message(
            Pattern pattern,
            @Nullable Pattern unquoted,
            Set<Kind> kinds,
            String meaning,
            String cause,
            String remedy) {
        static Message of(
                String pattern, List<Kind> kinds, String meaning, String cause, String remedy) {
            return new Message(
                    Pattern.compile(pattern, Pattern.MULTILINE),
                    withoutQuotes(pattern),
                    kinds.isEmpty() ? Set.of() : EnumSet.copyOf(kinds),
                    meaning,
                    cause,
                    remedy);
        }

        /// The match in a text, or null.
        @Nullable Matcher in(String text) {
            Matcher matcher = pattern.matcher(text);
            if (matcher.find()) {
                return matcher;
            }
            Matcher other = unquoted == null ? null : unquoted.matcher(text);
            return other != null && other.find() ? other : null;
        }
    }

    private static final Pattern NAMED =
            Pattern.compile("(['\"])(\\(\\?<\\w+>)\\[\\^['\"]]\\*\\)\\1");
    private static final Pattern UNNAMED = Pattern.compile("(['\"])\\[\\^['\"]]\\*\\1");

    /// A pattern that matches the text without quotes around names; null if it has none.
    private static @Nullable Pattern withoutQuotes(String pattern) {
        String named = NAMED.matcher(pattern).replaceAll("$2\\\\S+?)(?=[,:.]?(?:\\\\s|\\$))");
        String bare = UNNAMED.matcher(named).replaceAll("\\\\S+");
        return bare.equals(pattern) ? null : Pattern.compile(bare, Pattern.MULTILINE);
    }

    /// A message in a line.
    record Found(String text, Optional<String> subject, Message message) {
        Explanation explanation(List<Reason> places) {
            return new Explanation(
                    text, message.meaning(), message.cause(), message.remedy(), subject, places);
        }

        /// Whether a reason may have caused the message.
        boolean belongs(Reason reason) {
            return message.kinds().contains(reason.kind())
                    && (subject.isEmpty()
                            || reason.subject().isEmpty()
                            || reason.subject().startsWith(subject.get())
                            || subject.get().equals("ram"));
        }
    }

    private static final String SAME_COMMAND_LINE =
            "Start the destination with the machine type, devices, addresses and properties of the"
                    + " source, hot-plugged devices included.";
    private static final String CHECK =
            "vmstate check STREAM with a stream or dump of the destination names the field.";
    private static final String NOT_DAMAGED =
            "Make sure that the file is complete and begins with a stream (vmstate show).";

    private static final Message DEVICE =
            Message.of(
                    "error while loading state for instance 0x[0-9a-f]+ of device '(?<on>[^']*)'",
                    HOOK,
                    "The destination failed in this device's state; the line before or the rest of"
                            + " this one may say why.",
                    "A value that does not fit the destination's device, an unknown subsection, or"
                            + " memory that differs (ram).",
                    CHECK);

    private KnownMessages() {}

    /// Finds the most specific message in lines of a log.
    static Optional<Found> find(String lines) {
        Optional<String> context = Optional.ofNullable(DEVICE.in(lines)).map(m -> m.group("on"));
        for (Message message : MESSAGES) {
            Matcher matcher = message.in(lines);
            if (matcher != null) {
                return Optional.of(
                        new Found(matcher.group(), subject(matcher).or(() -> context), message));
            }
        }
        return Optional.empty();
    }

    private static Optional<String> subject(Matcher matcher) {
        return matcher.namedGroups().containsKey("on")
                ? Optional.ofNullable(matcher.group("on"))
                : Optional.empty();
    }

    private static final List<Message> MESSAGES =
            List.of(
                    Message.of(
                            "Not a migration stream(, magic: \\w+ != \\w+)?",
                            List.of(),
                            "The first four bytes are not QEVM.",
                            "The file begins with something else: the header of a save image of"
                                    + " libvirt, a compressed stream, the QEVM of another offset.",
                            NOT_DAMAGED + " vmstate convert writes the stream alone."),
                    Message.of(
                            "SaveVM v2 format is obsolete",
                            List.of(),
                            "The stream has version 2 of the format, which QEMU dropped long ago.",
                            "It was written by a QEMU before 0.10.",
                            "No QEMU of today loads it."),
                    Message.of(
                            "Unsupported migration stream version(, file version \\d+ != \\d+)?",
                            List.of(),
                            "The second number of the stream is not 3.",
                            "The file is damaged, or not a stream.",
                            NOT_DAMAGED),
                    Message.of(
                            "Configuration section missing(, \\w+ != \\w+)?",
                            List.of(Kind.CONFIGURATION),
                            "The destination expects the name of the machine type at the start of"
                                    + " the stream.",
                            "The source's machine type is 2.3 or older, or it was started with"
                                    + " send-configuration=off.",
                            "Start the destination with -global"
                                    + " migration.send-configuration=off."),
                    Message.of(
                            "Unknown (savevm )?section type 7\\b",
                            List.of(Kind.CONFIGURATION),
                            "The stream has a configuration section where the destination expects"
                                    + " none.",
                            "The destination's machine type is 2.3 or older, or it was started with"
                                    + " send-configuration=off.",
                            "Use the machine type of the source."),
                    Message.of(
                            "Unknown (savevm )?section type 126\\b",
                            List.of(Kind.FOOTERS),
                            "The stream has a footer after a section, which the destination does"
                                    + " not expect.",
                            "The destination's machine type is 2.3 or older, or it was started with"
                                    + " send-section-footer=off.",
                            "Use the machine type of the source."),
                    Message.of(
                            "Unknown (savevm )?section type \\d+",
                            List.of(Kind.MALFORMED, Kind.FIELDS),
                            "A byte that begins no element of a stream.",
                            "The section before it was read too far or not far enough (without"
                                    + " footers this shows only here), or the stream is damaged.",
                            CHECK),
                    Message.of(
                            "Missing section footer for (?<on>\\S+)",
                            List.of(
                                    Kind.FIELDS,
                                    Kind.SUBSECTION,
                                    Kind.MALFORMED,
                                    Kind.FOOTERS,
                                    Kind.VALUE),
                            "After it had read the state of this device, the destination was not at"
                                    + " the end of its section.",
                            "The two QEMUs have different fields for the device: one was added,"
                                    + " removed or resized without a new version. Or the section is"
                                    + " damaged, or a number in it counts more elements than there"
                                    + " are.",
                            CHECK),
                    Message.of(
                            "Mismatched section id in footer for (?<on>\\S+) - read 0x\\w+ expected"
                                    + " 0x\\w+",
                            List.of(Kind.MALFORMED, Kind.FIELDS),
                            "The footer after the device belongs to another section.",
                            "The device's state was read to a place that happens to look like a"
                                    + " footer, or sections were copied with their old ids.",
                            CHECK),
                    Message.of(
                            "Machine type received is '(?<on>[^']*)' and local is '[^']*'",
                            List.of(Kind.MACHINE_TYPE),
                            "Source and destination have different machine types.",
                            "The destination was started with a type without version (pc, q35, virt),"
                                    + " which is another one in each version of QEMU.",
                            "Start the destination with -M and the first of the two names."),
                    Message.of(
                            "Received TARGET_PAGE_BITS is \\d+ but local is \\d+",
                            List.of(Kind.PAGE_SIZE),
                            "The two targets have pages of different sizes.",
                            "Different machine types or CPUs of a target with several page sizes"
                                    + " (arm), or different targets.",
                            SAME_COMMAND_LINE),
                    Message.of(
                            "Capability (?<on>\\S+) is (on|off), but received capability is"
                                    + " (on|off)",
                            List.of(Kind.CAPABILITY),
                            "A migration capability is on at one side only.",
                            "It was turned on at the source before migrating, but not at the"
                                    + " destination before loading, or the other way round.",
                            "migrate_set_capability NAME on (or off) at the destination, before"
                                    + " migrate_incoming."),
                    Message.of(
                            "Received unknown capability (?<on>\\S+)",
                            List.of(Kind.CAPABILITY),
                            "The source used a capability that the destination's QEMU does not have.",
                            "The destination's QEMU is older.",
                            "vmstate convert writes the stream without it."),
                    Message.of(
                            "UUID received is (?<on>\\S+) and local is \\S+",
                            List.of(Kind.UUID),
                            "The two machines have different UUIDs, and validate-uuid is on.",
                            "The stream belongs to another guest, or -uuid was forgotten.",
                            "Start the destination with -uuid and the first of the two."),
                    Message.of(
                            "VM subsection '(?<sub>[^']*)' in '(?<in>[^']*)' does not exist",
                            List.of(Kind.SUBSECTION, Kind.CONFIGURATION),
                            "The device's state has an optional part that the destination's QEMU"
                                    + " does not know.",
                            "The source's QEMU is newer, and the guest uses something new; or the"
                                    + " machine type is not that of the older QEMU.",
                            "Use a machine type of the older version at the source, or remove the"
                                    + " subsection from the stream, if the guest can do without it"
                                    + " (vmstate set --drop-subsection)."),
                    Message.of(
                            "Unable to read ID string for section (?<id>\\d+)",
                            List.of(Kind.MALFORMED, Kind.FIELDS),
                            "A section without a name.",
                            "The destination lost step in an earlier section, or the stream is"
                                    + " damaged.",
                            CHECK),
                    Message.of(
                            "Unknown (savevm )?section or instance '(?<on>[^']*)' \\d+",
                            List.of(Kind.SECTION),
                            "The stream has the state of a device that the destination does not have.",
                            "A device is missing on the destination's command line or has another"
                                    + " address, was hot-plugged at the source, or is created by the"
                                    + " source's version of QEMU only.",
                            SAME_COMMAND_LINE),
                    Message.of(
                            "(savevm: )?unsupported version \\d+ for '(?<on>[^']*)' v\\d+",
                            List.of(Kind.VERSION_TOO_NEW),
                            "The source's version of the device's state is newer than the"
                                    + " destination's.",
                            "Migration to an older QEMU, with a machine type that does not hold the"
                                    + " version back.",
                            "Use a newer QEMU at the destination, or a machine type of its version at"
                                    + " the source."),
                    Message.of(
                            "(?<!\\S)(?<on>\\S+): incoming version_id \\d+ is too old for local minimum"
                                    + " version_id +\\d+",
                            List.of(Kind.VERSION_TOO_OLD),
                            "The source's version of the device's state is so old that the"
                                    + " destination no longer reads it.",
                            "A snapshot of an old QEMU, or a field that was changed incompatibly.",
                            "Load it with a QEMU between the two and migrate on."),
                    Message.of(
                            "(?<!\\S)(?<on>\\S+): incoming version_id \\d+ is too new for local version_id"
                                    + " \\d+",
                            List.of(Kind.VERSION_TOO_NEW),
                            "A part of the device's state is newer than the destination's.",
                            "Migration to an older QEMU.",
                            "Use a newer QEMU at the destination."),
                    Message.of(
                            "Unknown (savevm )?section \\d+",
                            List.of(Kind.MALFORMED),
                            "A further part of an iterative device that was never started.",
                            "The stream is damaged, or its beginning is missing.",
                            NOT_DAMAGED),
                    Message.of(
                            "MIG_CMD 0x\\w+ (unknown|deprecated)( \\(len 0x\\w+\\))?",
                            List.of(Kind.COMMAND, Kind.MALFORMED),
                            "A command that the destination's QEMU does not know.",
                            "The source's QEMU is newer: 10.0 sends command 0xb with machine types"
                                    + " without a version and from 10.0 on.",
                            "Use a machine type of the destination's version at the source, or"
                                    + " remove the command from the stream (vmstate set"
                                    + " --drop-command)."),
                    Message.of(
                            "\\b\\w+ received with bad length - expecting \\d+, got \\d+",
                            List.of(Kind.MALFORMED),
                            "A command of a wrong length.",
                            "The stream is damaged.",
                            NOT_DAMAGED),
                    Message.of(
                            "RAM postcopy is (disabled|enabled) but have \\d+ byte advise",
                            List.of(Kind.CAPABILITY),
                            "postcopy-ram is on at one side only.",
                            "It was turned on at the source, but not at the destination.",
                            "Turn postcopy-ram on at the destination before loading."),
                    Message.of(
                            "Postcopy needs matching (RAM|target) page sizes",
                            List.of(Kind.PAGE_SIZE),
                            "The memory has pages of different sizes at the two sides.",
                            "Huge pages on one side only.",
                            "Use the same memory back ends, or no postcopy."),
                    Message.of(
                            "Unknown ramblock \"(?<on>[^\"]*)\", cannot accept migration",
                            List.of(Kind.RAM_BLOCK, Kind.RAM_LENGTH),
                            "The stream has a block of memory that the destination does not have.",
                            "Memory or a device with memory or an option ROM is missing at the"
                                    + " destination, for example a hot-plugged DIMM.",
                            SAME_COMMAND_LINE
                                    + " vmstate set --rename-block or --drop-block changes the"
                                    + " stream."),
                    Message.of(
                            "Size mismatch: (?<on>\\S+): 0x\\w+ != 0x\\w+",
                            List.of(Kind.RAM_LENGTH),
                            "A block of memory has another length at the destination.",
                            "Another -m, or a firmware file or option ROM that changed its size with"
                                    + " an update.",
                            "Give the destination the file of the source's size, or resize the block"
                                    + " in the stream (vmstate set --resize-block)."),
                    Message.of(
                            "Size too large: (?<on>\\S+): 0x\\w+ > 0x\\w+",
                            List.of(Kind.RAM_LENGTH),
                            "A block of memory is larger than the destination can make it.",
                            "Firmware tables or an option ROM of another version of QEMU.",
                            "Use the firmware files of the source's version."),
                    Message.of(
                            "Illegal RAM offset [0-9a-f]+",
                            List.of(Kind.MALFORMED, Kind.RAM_LENGTH),
                            "A page beyond the end of its block.",
                            "The stream is damaged, or a block of the destination is shorter.",
                            NOT_DAMAGED),
                    Message.of(
                            "Unknown combination of migration flags: 0x\\w+ \\(postcopy mode\\)",
                            List.of(Kind.MALFORMED),
                            "A record that may not occur after the switch to postcopy.",
                            "A source that does not follow the protocol, or a damaged stream.",
                            NOT_DAMAGED),
                    Message.of(
                            "Unknown combination of migration flags: (?<flags>\\S+)",
                            List.of(
                                    Kind.PAGE_SIZE,
                                    Kind.RAM_RECORD,
                                    Kind.MALFORMED,
                                    Kind.CAPABILITY),
                            "A record of memory that the destination does not understand.",
                            "The target's page size differs between the two QEMUs, a feature that one"
                                    + " of them lacks was used (0x100 compress, until 9.0; 0x200"
                                    + " multifd, since 8.1), or the stream is damaged.",
                            "vmstate convert writes the memory in the plainest form."),
                    Message.of(
                            "Ack, bad migration stream!",
                            List.of(Kind.MALFORMED),
                            "A page that continues a block before any block was named.",
                            "The stream is damaged or was cut together.",
                            NOT_DAMAGED),
                    Message.of(
                            "Can't find block (?<on>\\S+)",
                            List.of(Kind.MALFORMED, Kind.RAM_BLOCK),
                            "A page of a block that is not in the list of blocks.",
                            "The stream is damaged.",
                            NOT_DAMAGED),
                    Message.of(
                            "Failed to load XBZRLE page( - .*)?",
                            List.of(Kind.MALFORMED),
                            "A difference to an earlier page that cannot be applied.",
                            "The stream is damaged, or the earlier page is missing.",
                            NOT_DAMAGED),
                    Message.of(
                            "Found a zero page with value \\d+",
                            List.of(Kind.MALFORMED),
                            "A page of equal bytes that are not 0, which newer QEMUs refuse.",
                            "A stream of a very old QEMU.",
                            "vmstate convert writes it as ordinary pages."),
                    Message.of(
                            "Unexpected RAM flags: \\S+",
                            List.of(Kind.MALFORMED),
                            "Page records in a stream with mapped-ram.",
                            "The stream is damaged or was cut together.",
                            NOT_DAMAGED),
                    Message.of(
                            "(handle_cpreg_only_in_incoming_stream: )?system register (?<reg>0x\\w+)"
                                    + " in the incoming stream but unknown on the destination",
                            List.of(Kind.CPU_REGISTERS),
                            "The guest's CPU has a system register that the destination's has not.",
                            "Another version of QEMU, whose model of the CPU has other registers, or"
                                    + " another -cpu or other features of it.",
                            "Use the same version, or a CPU model and features with these registers;"
                                    + " the list is in cpu.cpreg_vmstate_indexes."),
                    Message.of(
                            "VQ \\d+ vring.num \\d+ exceeds allocated max \\d+",
                            List.of(Kind.VIRTQUEUE_SIZE),
                            "A queue of a virtio device is larger than the destination's.",
                            "The source had a larger queue size; older QEMUs do not check it.",
                            "Give the device of the destination the queue size of the source."),
                    Message.of(
                            "VQ \\d+ (address 0x\\w+ )?inconsistent with Host index 0x\\w+",
                            List.of(Kind.DEVICE_CHECK),
                            "The indexes of a virtqueue in memory and in the device's state"
                                    + " contradict each other.",
                            "Memory and devices are not from the same moment: a file that changed"
                                    + " while it was copied, or a bug of the source.",
                            "Take the snapshot again."),
                    Message.of(
                            "VQ \\d+ size 0x\\w+ < last_avail_idx 0x\\w+ - used_idx 0x\\w+",
                            List.of(Kind.DEVICE_CHECK),
                            "A virtqueue has more requests in flight than entries.",
                            "Memory and devices are not from the same moment, or a bug of the source.",
                            "Take the snapshot again."),
                    Message.of(
                            "Bad config data: i=0x\\w+ read: \\w+ device: \\w+",
                            List.of(Kind.PCI_CONFIGURATION),
                            "A read-only byte of a PCI device's configuration space differs.",
                            "The device has other properties or another version: number of vectors,"
                                    + " revision, capabilities, size of an option ROM or BAR.",
                            SAME_COMMAND_LINE),
                    Message.of(
                            "Features 0x\\w+ unsupported\\. Allowed features: 0x\\w+",
                            List.of(Kind.VIRTIO_FEATURES),
                            "The guest's driver negotiated virtio features that the destination's"
                                    + " device does not offer.",
                            "Other properties of the device, another back end (vhost) or kernel.",
                            "Turn the features on at the destination, or off for new guests at the"
                                    + " source."),
                    Message.of(
                            "Invalid value -?\\d+ expecting positive value <= \\d+",
                            List.of(Kind.VALUE),
                            "A number in the state is larger than the destination's own.",
                            "A queue or version that is smaller at the destination.",
                            SAME_COMMAND_LINE),
                    Message.of(
                            "post load hook failed for: (?<hook>\\S+), version_id: \\d+,"
                                    + " minimum_version: \\d+, ret: -?\\d+",
                            HOOK,
                            "All values were read, but the device refused them.",
                            "They do not fit the destination's device or CPU.",
                            CHECK),
                    Message.of(
                            "CMD_PING \\(0x\\w+\\) received with no return path",
                            List.of(Kind.MALFORMED),
                            "The source wants an answer before it opened the return path.",
                            "A source that does not follow the protocol.",
                            "Report it to the authors of the source."),
                    Message.of(
                            "Received invalid message 0x\\w+ length 0x\\w+",
                            List.of(),
                            "The source received an unknown message on the return path.",
                            "A destination that does not follow the protocol.",
                            "Report it to the authors of the destination."),
                    Message.of(
                            "Received '\\w+' message \\(0x\\w+\\) with ?incorrect length \\d+"
                                    + " expecting \\d+",
                            List.of(),
                            "The source received a message of a wrong length.",
                            "A destination that does not follow the protocol.",
                            "Report it to the authors of the destination."),
                    Message.of(
                            "Sibling indicated error \\d+",
                            List.of(),
                            "The destination told the source that loading failed.",
                            "The reason is in the destination's log, not in the source's.",
                            "Explain the destination's message."),
                    Message.of(
                            "multifd: received packet (magic|version) \\S+",
                            List.of(),
                            "A channel does not carry multifd packets.",
                            "multifd is on at one side only, or the channels were mixed up.",
                            "Turn multifd on at both sides, with the same number of channels."),
                    Message.of(
                            "multifd: received uuid '[^']*' and expected uuid '[^']*'",
                            List.of(Kind.UUID),
                            "A channel belongs to another machine.",
                            "The stream and its channels are not from the same migration, or -uuid"
                                    + " was forgotten.",
                            "Start the destination with the source's -uuid."),
                    Message.of(
                            "multifd: received (channel )?id '?\\d+'? (exceeds channel count"
                                    + " \\d+|already setup!|is greater than number of channels"
                                    + " \\d+)",
                            List.of(),
                            "A channel with a number that the destination does not expect.",
                            "The two sides have different numbers of channels, or a channel was"
                                    + " connected twice.",
                            "Set the same multifd-channels at both sides."),
                    Message.of(
                            "CMD_POSTCOPY_\\w+ in wrong postcopy state \\(\\d+\\)",
                            List.of(Kind.MALFORMED),
                            "The commands of postcopy are not in their order.",
                            "A source that does not follow the protocol.",
                            "Report it to the authors of the source."),
                    Message.of(
                            "ram_discard_range: Failed to find block '(?<on>[^']*)'",
                            List.of(Kind.RAM_BLOCK),
                            "Postcopy discards memory of a block that does not exist.",
                            "The machines differ in memory.",
                            SAME_COMMAND_LINE),
                    Message.of(
                            "loadvm failed during postcopy: -?\\d+",
                            List.of(),
                            "The destination failed after the switch to postcopy.",
                            "A page was sent twice, or the connection broke.",
                            "The message before it names the reason."),
                    Message.of(
                            "CMD_PACKAGED: Buffer receive fail ret=-?\\d+ length=\\d+",
                            List.of(Kind.MALFORMED),
                            "The package with the devices is cut off.",
                            "The connection broke, or the file is incomplete.",
                            NOT_DAMAGED),
                    Message.of(
                            "MIG_RP_MSG_REQ_PAGES(: Misaligned page request| has no previous block).*",
                            List.of(),
                            "The source received an invalid request for pages.",
                            "A destination that does not follow the protocol, or page sizes differ.",
                            "Report it to the authors of the destination."),
                    Message.of(
                            "ramblock '(?<on>[^']*)' bitmap size mismatch",
                            List.of(Kind.RAM_LENGTH),
                            "On recovery, a block has another size at the two sides.",
                            "The machines differ in memory.",
                            SAME_COMMAND_LINE),
                    Message.of(
                            "Switchover ack pending num underflowed",
                            List.of(),
                            "The source received an acknowledgement that it did not wait for.",
                            "A destination that does not know the rules of the machine type.",
                            "Update the destination, or turn switchover-ack off."),
                    Message.of(
                            "State blocked by non-migratable (CPU )?device '?(?<on>[^']*)'?",
                            List.of(Kind.UNMIGRATABLE),
                            "A device of the machine cannot be migrated.",
                            "A passed-through or experimental device, or a CPU with invtsc.",
                            "Remove the device before saving."),
                    Message.of(
                            "guest CPU doesn't match specification: (missing|extra)"
                                    + " features: (?<features>\\S+)",
                            List.of(Kind.CPU_MODEL),
                            "libvirt: the host cannot give the guest the features of its CPU.",
                            "The host's processor, microcode or kernel lacks them, or another version"
                                    + " of QEMU has other ones in the model.",
                            "Use a CPU model that all hosts have; compare with virsh"
                                    + " domcapabilities."),
                    Message.of(
                            "CPU is incompatible with host CPU(: .*)?",
                            List.of(Kind.CPU_MODEL),
                            "libvirt: the host's processor cannot run the guest's CPU model.",
                            "An older processor, or features that the microcode turned off.",
                            "Use a CPU model that all hosts have."),
                    Message.of(
                            "Unknown CPU model (?<model>\\S+)",
                            List.of(Kind.CPU_MODEL),
                            "libvirt or QEMU does not know the guest's CPU model.",
                            "The host's software is older than the model.",
                            "Update the host, or choose a model that all hosts know."),
                    Message.of(
                            "does not support (?<what>\\w+) model '(?<model>[^']*)'",
                            List.of(Kind.SECTION),
                            "libvirt: the host's QEMU lacks the model of a device.",
                            "It was built without it; RHEL 9, for example, has no qxl.",
                            "Use a host whose QEMU has it, or change the domain's XML (virsh"
                                    + " save-image-edit) and remove the device's section."),
                    Message.of(
                            "unsupported machine type:? ?\"?(?<type>[\\w.+-]*)\"?",
                            List.of(Kind.MACHINE_TYPE),
                            "The destination's QEMU does not have the machine type.",
                            "It is older than the type, or so new that it removed it.",
                            "Use a QEMU that has it (-M help lists them)."),
                    Message.of(
                            "Unsafe migration: .*",
                            List.of(),
                            "libvirt refuses to migrate, since the disks may not be coherent.",
                            "Disks with a cache mode other than none on shared storage, or without"
                                    + " shared storage.",
                            "Use cache=none, --copy-storage-all, or --unsafe if you know better."),
                    Message.of(
                            "domain has assigned (non-USB )?host devices",
                            List.of(Kind.UNMIGRATABLE),
                            "libvirt: the guest has a device of the host.",
                            "A passed-through device.",
                            "Detach it before migrating."),
                    Message.of(
                            "saved image requires (?<what>\\w+)=on",
                            List.of(Kind.DEVICE_CHECK),
                            "A network device needs a feature of its back end.",
                            "The destination's back end (tap, vhost) has other options.",
                            SAME_COMMAND_LINE),
                    Message.of(
                            "failed to set MSR 0x\\w+ to 0x\\w+",
                            List.of(Kind.CPU_MODEL),
                            "The host's kernel does not accept a register of the guest's CPU.",
                            "Another processor, microcode or kernel.",
                            "Use a CPU model that both hosts have, or update the kernel."),
                    Message.of(
                            "stream error: -5|load of migration failed: Input/output error",
                            List.of(Kind.MALFORMED),
                            "The stream ended too early.",
                            "The file is cut off, the disk was full when it was written, or the"
                                    + " source failed.",
                            NOT_DAMAGED),
                    Message.of(
                            "Section footer error, section_id: \\d+",
                            BODY,
                            "After a device's state the destination was not at the end of its section.",
                            "The two QEMUs have different fields for the device.",
                            CHECK),
                    Message.of(
                            "load of migration failed: No such file or directory",
                            List.of(Kind.SUBSECTION),
                            "A subsection that the destination does not know (QEMU up to 10.0 does"
                                    + " not print its name).",
                            "The source's QEMU is newer.",
                            CHECK),
                    Message.of(
                            "Failed to load (?<what>\\S+)",
                            HOOK,
                            "A part of the device could not be read.",
                            "It contains a value that the destination refuses.",
                            CHECK),
                    DEVICE,
                    Message.of(
                            "\\b(?<mine>[0-9a-f]+) != (?<theirs>[0-9a-f]+)$",
                            List.of(Kind.VALUE),
                            "A value that must be the same on both sides differs.",
                            "The device has another property at the destination.",
                            SAME_COMMAND_LINE),
                    Message.of(
                            "load of migration failed: Operation not permitted",
                            HOOK,
                            "A device refused its values after they were read.",
                            "For a CPU of ARM: a system register that the destination lacks.",
                            CHECK),
                    Message.of(
                            "load of migration failed(: (?<errno>.*))?",
                            List.of(),
                            "The destination could not load the stream.",
                            "The line before it names the reason.",
                            "Explain that line."));
}
