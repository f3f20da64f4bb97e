// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The changes of `vmstate set` besides values.
final class EditOptions {
    @Mixin private DeviceEditOptions devices = new DeviceEditOptions();

    @Option(
            names = "--drop-command",
            paramLabel = "NAME",
            description = "Leave out a command that an older QEMU does not know.")
    private List<String> droppedCommands = List.of();

    @Option(names = "--machine-type", paramLabel = "NAME", description = "Rename the machine type.")
    private @Nullable String machineType;

    @Option(
            names = "--rename-block",
            paramLabel = "BLOCK=NAME",
            description = "Rename a RAM block.")
    private List<String> renamedBlocks = List.of();

    @Option(
            names = "--resize-block",
            paramLabel = "BLOCK=BYTES",
            description = "Set the length of a RAM block; new memory is zero.")
    private List<String> resizedBlocks = List.of();

    @Option(names = "--drop-block", paramLabel = "BLOCK", description = "Remove a RAM block.")
    private List<String> droppedBlocks = List.of();

    /// Whether there are no changes.
    boolean none() {
        return devices.none()
                && machineType == null
                && droppedCommands.isEmpty()
                && renamedBlocks.isEmpty()
                && resizedBlocks.isEmpty()
                && droppedBlocks.isEmpty();
    }

    /// Makes the changes.
    ///
    /// @param values the values to set, as PATH=VALUE
    /// @throws IllegalArgumentException if a change is not possible
    void apply(Edits edits, List<String> values) throws IOException, UsageException {
        devices.apply(edits, values);
        for (String command : droppedCommands) {
            edits.edit().dropCommands(command);
        }
        if (machineType != null) {
            edits.edit().machineType(machineType);
        }
        for (String option : renamedBlocks) {
            Assignment block = Assignment.of(option);
            edits.edit().memory().rename(block.path(), block.value());
        }
        for (String option : resizedBlocks) {
            Assignment block = Assignment.of(option);
            edits.edit().memory().resize(block.path(), block.bytes());
        }
        for (String block : droppedBlocks) {
            edits.edit().memory().drop(block);
        }
    }

    /// An argument with a `=`.
    record Assignment(String path, String value) {
        /// Splits an argument at the first `=` outside of quotes.
        static Assignment of(String argument) throws UsageException {
            boolean quoted = false;
            for (int at = 0; at < argument.length(); at++) {
                char c = argument.charAt(at);
                if (c == '"') {
                    quoted = !quoted;
                } else if (c == '=' && !quoted && at > 0) {
                    return new Assignment(argument.substring(0, at), argument.substring(at + 1));
                }
            }
            throw new UsageException("'" + argument + "' is not of the form NAME=VALUE");
        }

        /// A number, decimal or after `0x` hexadecimal.
        long number() throws UsageException {
            try {
                return value.startsWith("0x")
                        ? Long.parseLong(value, 2, value.length(), 16)
                        : Long.parseLong(value);
            } catch (NumberFormatException e) {
                throw new UsageException("'" + value + "' is not a number");
            }
        }

        /// A number of bytes, with K, M, G or T for powers of 1024.
        long bytes() throws UsageException {
            try {
                return value.startsWith("0x")
                        ? Long.decode(value)
                        : new InputOptions.ByteCount().convert(value);
            } catch (picocli.CommandLine.TypeConversionException | NumberFormatException e) {
                throw new UsageException("'" + value + "' is not a number of bytes, such as 64K");
            }
        }
    }
}
