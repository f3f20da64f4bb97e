// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.faults;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The commands that [FaultHarnessTest] runs against each fault. A new command joins by a row.
final class FaultTable {
    /// The commands, in which `IN` stands for a stream of a guest with 48 MiB of memory and `OUT`
    /// for a folder.
    static final List<Row> ROWS =
            List.of(
                    Row.printing("show IN"),
                    Row.printing("show IN * --json --full"),
                    Row.printing("show IN * --trace get_*"),
                    Row.printing("show -"),
                    Row.printing("ram IN"),
                    Row.printing("check IN"),
                    Row.printing("check IN IN --json"),
                    Row.printing("check -"),
                    Row.printing("convert IN -"),
                    Row.writing("convert IN OUT/result", "result"),
                    Row.writing("convert - OUT/result", "result"),
                    Row.writing("convert IN OUT/result --ram zlib", "result"),
                    Row.writing("convert IN OUT/result --ram mapped-ram", "result"),
                    Row.writing(
                            "convert IN OUT/result --ram multifd",
                            "result.ch1",
                            "result.ch2",
                            "result"),
                    Row.writing("ram IN --map OUT/result", "result"),
                    Row.writing("core IN -o OUT/result", "result"),
                    Row.writing(
                            "extract IN -o OUT/result",
                            "result/pc.ram.raw",
                            "result/pc.bios.raw",
                            "result/pc.rom.raw"));

    private FaultTable() {}

    /// A command.
    ///
    /// @param files what it writes, relative to `OUT`
    record Row(String command, List<String> files) {
        static Row printing(String command) {
            return new Row(command, List.of());
        }

        static Row writing(String command, String... files) {
            return new Row(command, List.of(files));
        }

        boolean readsStandardInput() {
            return arguments(Path.of("IN"), Path.of("OUT")).contains("-")
                    && !command.contains("IN");
        }

        /// Whether its one output is a file of that name, so that it could be any other file.
        Optional<String> onlyFile() {
            return files.size() == 1 ? Optional.of(files.getFirst()) : Optional.empty();
        }

        /// Whether the launcher has the JDK handle signals, so that files are removed at the end.
        boolean removesFilesAtExit() {
            return command.matches("(convert|core|extract) .*|.* --(map|trace) .*");
        }

        boolean needsFile() {
            return command.contains("mapped-ram");
        }

        List<String> arguments(Path in, Path out) {
            return Arrays.stream(command.split(" "))
                    .map(
                            word ->
                                    word.equals("IN")
                                            ? in.toString()
                                            : word.startsWith("OUT")
                                                    ? out + word.substring("OUT".length())
                                                    : word)
                    .toList();
        }

        @Override
        public String toString() {
            return command;
        }
    }
}
