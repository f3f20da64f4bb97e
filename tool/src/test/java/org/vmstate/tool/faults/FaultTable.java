// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.faults;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The commands that [FaultHarnessTest] runs with each fault. A new command needs a row.
final class FaultTable {
    /// The commands; `IN` is a stream of a guest with 48 MiB of memory, `OUT` a folder, a plus sign
    /// in a word a blank.
    static final List<Row> ROWS =
            List.of(
                    Row.printing("show IN"),
                    Row.printing("show IN * --json --full"),
                    Row.printing("show IN * --trace get_*"),
                    Row.printing("show -"),
                    Row.printing("ram IN"),
                    Row.printing("diff IN IN --all"),
                    Row.printing("get IN timer"),
                    Row.printing("get IN timer --raw"),
                    Row.printing("set IN timer.cpu_ticks_offset=1 -o -"),
                    Row.writing("set IN timer.cpu_ticks_offset=1 -o OUT/result", "result"),
                    Row.writing("set IN --rename-block pc.ram=ram -o OUT/result", "result"),
                    Row.printing("check IN"),
                    Row.printing("check IN IN --json"),
                    Row.printing("check -"),
                    Row.printing("explain Missing+section+footer+for+timer IN"),
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
                    Row.writing("ram IN --map OUT/result.svg", "result.svg"),
                    Row.printing("report IN -o -"),
                    Row.writing("report IN -o OUT/result", "result"),
                    Row.writing("report IN IN -o OUT/result", "result"),
                    Row.writing("core IN -o OUT/result", "result"),
                    Row.writing("receive file:IN -o OUT/result", "result"),
                    Row.writing("receive file:IN -o OUT/result --as mapped-ram", "result"),
                    Row.writing(
                            "extract IN -o OUT/result",
                            "result/pc.ram.raw",
                            "result/pc.bios.raw",
                            "result/pc.rom.raw"));

    private FaultTable() {}

    /// A command.
    ///
    /// @param files the files that it writes, relative to `OUT`
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

        /// Returns the name of its output if it writes a single file, which may then be any file.
        Optional<String> onlyFile() {
            return files.size() == 1 ? Optional.of(files.getFirst()) : Optional.empty();
        }

        /// Whether the launcher lets the JDK handle signals, so that the shutdown removes files.
        boolean removesFilesAtExit() {
            return command.matches(
                    "(convert|core|extract|receive|report|set) .*|.* --(map|trace) .*");
        }

        /// Whether the files contain the name of the input.
        boolean namesInput() {
            return command.matches("report .*|.* --map .*");
        }

        boolean needsFile() {
            return command.contains("mapped-ram");
        }

        List<String> arguments(Path in, Path out) {
            return Arrays.stream(command.split(" "))
                    .map(
                            word ->
                                    word.equals("IN") || word.equals("file:IN")
                                            ? word.replace("IN", in.toString())
                                            : word.startsWith("OUT")
                                                    ? out + word.substring("OUT".length())
                                                    : word.replace('+', ' '))
                    .toList();
        }

        @Override
        public String toString() {
            return command;
        }
    }
}
