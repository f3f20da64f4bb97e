// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The changes to devices of `vmstate set` and `vmstate proxy`, besides values.
final class DeviceEditOptions {
    @Option(
            names = "--add",
            paramLabel = "PATH=SOURCE",
            description =
                    "Insert a copy of the element, entry or subsection SOURCE, so that it has this PATH; [INDEX] alone is an element of the same queue.")
    private List<String> added = List.of();

    @Option(
            names = "--from",
            paramLabel = "OTHER",
            description =
                    "Take the SOURCE of --add and the field of --take-field from this stream.")
    private @Nullable String from;

    @Option(
            names = "--take-field",
            paramLabel = "PATH",
            description =
                    "Insert a copy of the field with this PATH in OTHER at the same place, or replace the one here: a field that the destination reads, but the source does not have, or has in another size.")
    private List<String> takenFields = List.of();

    @Option(
            names = "--delete",
            paramLabel = "PATH",
            description = "Remove an element, an entry of a tree, or a subsection.")
    private List<String> deleted = List.of();

    @Option(
            names = "--counted-by",
            paramLabel = "PATH",
            description =
                    "The field with the number of bytes or elements, for a buffer or an array whose length changes.")
    private @Nullable String countedBy;

    @Option(
            names = "--drop-section",
            paramLabel = "DEVICE",
            description = "Remove a device; at the destination it keeps its state after reset.")
    private List<String> droppedSections = List.of();

    @Option(
            names = "--rename-section",
            paramLabel = "DEVICE=NAME",
            description = "Rename a device; #INSTANCE after a name is its instance id.")
    private List<String> renamedSections = List.of();

    @Option(names = "--drop-subsection", paramLabel = "PATH", description = "Remove a subsection.")
    private List<String> droppedSubsections = List.of();

    @Option(
            names = "--drop-field",
            paramLabel = "PATH",
            description = "Remove a field that the destination does not read.")
    private List<String> droppedFields = List.of();

    @Option(
            names = "--drop-fields-from",
            paramLabel = "PATH",
            description = "Remove a field and all fields after it, which a newer version added.")
    private List<String> fieldsFrom = List.of();

    @Option(
            names = "--section-version",
            paramLabel = "DEVICE=VERSION",
            description = "Set the version of a device.")
    private List<String> versions = List.of();

    /// Whether there are no changes.
    boolean none() {
        return added.isEmpty()
                && takenFields.isEmpty()
                && droppedFields.isEmpty()
                && deleted.isEmpty()
                && droppedSections.isEmpty()
                && renamedSections.isEmpty()
                && droppedSubsections.isEmpty()
                && fieldsFrom.isEmpty()
                && versions.isEmpty();
    }

    /// Makes the changes.
    ///
    /// @param values the values to set, as PATH=VALUE
    /// @throws IllegalArgumentException if a change is not possible
    void apply(Edits edits, List<String> values) throws IOException, UsageException {
        edits.countedBy(countedBy);
        if (from != null) {
            edits.source(from);
        }
        for (String option : added) {
            edits.add(EditOptions.Assignment.of(option));
        }
        for (String path : takenFields) {
            edits.takeField(path);
        }
        for (String value : values) {
            edits.set(EditOptions.Assignment.of(value));
        }
        for (String path : deleted) {
            edits.delete(path);
        }
        for (String path : droppedSubsections) {
            edits.dropSubsection(path);
        }
        for (String path : droppedFields) {
            edits.dropField(path);
        }
        for (String path : fieldsFrom) {
            edits.dropFieldsFrom(path);
        }
        for (String option : versions) {
            EditOptions.Assignment version = EditOptions.Assignment.of(option);
            edits.edit().version(edits.device(version.path()), version.number());
        }
        for (String option : renamedSections) {
            edits.rename(EditOptions.Assignment.of(option));
        }
        for (String device : droppedSections) {
            edits.edit().drop(edits.device(device));
        }
    }
}
