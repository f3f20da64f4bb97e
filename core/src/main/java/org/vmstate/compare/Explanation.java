// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmstate.inspect.SavedMachine;

/// The meaning of a line of QEMU's or libvirt's log about a failed migration.
///
/// @param message the part of the line that is explained
/// @param meaning what it says, in a sentence
/// @param cause what usually causes it
/// @param remedy what to do
/// @param subject the device, block or other name in the line; empty if there is none
/// @param places where in a stream it comes from, if one was given
public record Explanation(
        String message,
        String meaning,
        String cause,
        String remedy,
        Optional<String> subject,
        List<Reason> places) {
    /// Copies the list.
    public Explanation {
        places = List.copyOf(places);
    }

    /// Explains a line, or several ones; empty if there is no known message. A line can contain
    /// several messages, as those of QEMU 11 do; the most specific one is explained. Quotes around
    /// names may be missing.
    public static Optional<Explanation> of(String line) {
        return KnownMessages.find(line).map(found -> found.explanation(List.of()));
    }

    /// Explains a line, and finds where in a stream it comes from.
    public static Optional<Explanation> of(String line, SavedMachine stream) {
        return KnownMessages.find(line)
                .map(
                        found ->
                                found.explanation(
                                        places(found, StreamVerification.verify(stream), stream)));
    }

    /// Explains a line, and finds where in a stream it comes from, with what is known of the
    /// destination that printed it.
    public static Optional<Explanation> of(
            String line, SavedMachine stream, Destination destination) {
        return KnownMessages.find(line)
                .map(
                        found ->
                                found.explanation(
                                        places(
                                                found,
                                                MigrationCheck.check(stream, destination),
                                                stream)));
    }

    /// The reasons of a check that belong to a message. If there are none, the section or block of
    /// memory that it names.
    private static List<Reason> places(
            KnownMessages.Found found, CheckResult result, SavedMachine stream) {
        List<Reason> places = new ArrayList<>();
        for (Reason reason : result.reasons()) {
            boolean decides =
                    reason.effect() == Reason.Effect.REFUSES
                            || reason.effect() == Reason.Effect.MAY_REFUSE
                            || reason.effect() == Reason.Effect.CONDITION;
            if (decides && found.belongs(reason)) {
                places.add(reason);
            }
        }
        if (places.isEmpty() && found.subject().isPresent()) {
            String name = found.subject().get();
            stream.ramBlocks().stream()
                    .filter(block -> block.name().equals(name))
                    .findFirst()
                    .ifPresent(
                            block ->
                                    places.add(
                                            Reason.note(
                                                            Reason.Kind.RAM_BLOCK,
                                                            name,
                                                            "the block that the message names; it"
                                                                    + " has %d bytes (0x%x)"
                                                                            .formatted(
                                                                                    block.length(),
                                                                                    block.length()))
                                                    .build()));
            stream.devices().stream()
                    .filter(device -> device.identity().idString().equals(name))
                    .findFirst()
                    .ifPresent(
                            device ->
                                    places.add(
                                            Reason.note(
                                                            Reason.Kind.SECTION,
                                                            device.identity().label(),
                                                            "the section that the message names; the"
                                                                    + " stream alone does not show"
                                                                    + " what is wrong in it")
                                                    .remedy(
                                                            "Give a stream that the destination"
                                                                    + " wrote itself, or its"
                                                                    + " -dump-vmstate.")
                                                    .at(device.offset())
                                                    .build()));
        }
        return places;
    }
}
