// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.testing.CoreFile;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;
import org.vmstate.testing.Tools;
import org.vmstate.tool.ToolRunner;

/// The cores that `vmstate core` writes of stopped machines, compared with QEMU's own dumps and
/// with the output of gdb and readelf.
final class CoreInteropTest {
    private static final int NT_PRSTATUS = 1;

    /// The digits of the CPU's number in NT_PRSTATUS.
    private static final int THREAD_FROM = 2 * 32;

    private static final int THREAD_TO = 2 * 36;

    @TempDir Path folder;

    static List<Guest> guests() {
        return Guest.all();
    }

    @ParameterizedTest
    @MethodSource("guests")
    void coreIsWhatQemuDumpsAndDebuggersReadIt(Guest guest) throws Exception {
        Path gdb = Tools.require(guest.name().equals("x86-64") ? "gdb" : "gdb-multiarch");
        Path readelf = Tools.require("readelf");
        Path saved = folder.resolve("saved.mig");
        Path dump = folder.resolve("qemu.core");
        Path core = folder.resolve("vm.core");
        String monitor;
        try (Qemu qemu = guest.machine().start()) {
            guest.await(qemu);
            qemu.execute("stop");
            monitor = qemu.monitor("info registers");
            qemu.dump(dump);
            qemu.save(saved);
        }

        ToolRunner.run("core", saved.toString(), "-o", core.toString());

        CoreFile ours = CoreFile.read(core);
        CoreFile theirs = CoreFile.read(dump);
        assertThat(notes(ours, guest)).isEqualTo(notes(theirs, guest));
        for (CoreFile.Segment segment : theirs.segments()) {
            assertThat(ours.memory(segment.address(), segment.length()))
                    .isEqualTo(theirs.memory(segment.address(), segment.length()));
        }
        assertThat(run(readelf, "-hln", core.toString()))
                .contains("CORE (Core file)", "NT_PRSTATUS")
                .doesNotContain("Error", "Warning");
        assertThat(inGdb(gdb, core, guest)).isEqualTo(inMonitor(monitor, guest));
    }

    /// The size was set with `max-ram-below-4g` and is only in the machine's CMOS.
    @Test
    void memoryBelowTheHoleIsWhatTheCmosSays() throws Exception {
        Path saved = folder.resolve("saved.mig");
        try (Qemu qemu =
                QemuMachine.pcInLongMode().with("-m 64 -machine max-ram-below-4g=48M").start()) {
            qemu.save(saved);
        }
        assertThat(ToolRunner.run("core", saved.toString(), "-o", folder + "/vm.core"))
                .contains("0x000000100000  0x000002f00000 bytes  pc.ram from 0x100000")
                .contains("0x000100000000  0x000001000000 bytes  pc.ram from 0x3000000");
    }

    private static List<CoreFile.Note> notes(CoreFile core, Guest guest) {
        List<CoreFile.Note> notes = new ArrayList<>();
        for (CoreFile.Note note : core.notes()) {
            String content = note.content();
            boolean cut = note.type() == NT_PRSTATUS && !guest.threadAsHere();
            notes.add(
                    new CoreFile.Note(
                            note.owner(),
                            note.type(),
                            cut
                                    ? content.substring(0, THREAD_FROM)
                                            + content.substring(THREAD_TO)
                                    : content));
        }
        return notes;
    }

    private static List<String> inGdb(Path gdb, Path core, Guest guest) throws Exception {
        List<String> command = new ArrayList<>(List.of("-nx", "-batch", "-c", core.toString()));
        for (String register : guest.registers()) {
            command.add("-ex");
            command.add("output/x (long)$" + register.substring(0, register.indexOf(' ')));
            command.add("-ex");
            command.add("echo \\n");
        }
        return run(gdb, command.toArray(String[]::new))
                .lines()
                .filter(line -> line.startsWith("0x"))
                .toList();
    }

    private static List<String> inMonitor(String text, Guest guest) {
        List<String> values = new ArrayList<>();
        for (String register : guest.registers()) {
            String label = register.substring(register.indexOf(' ') + 1);
            Matcher found =
                    Pattern.compile("\\b" + Pattern.quote(label) + " *([0-9a-fA-F]{1,16})")
                            .matcher(text);
            assertThat(found.find()).as(label + " in " + text).isTrue();
            values.add(
                    "0x"
                            + Long.toHexString(Long.parseUnsignedLong(found.group(1), 16))
                                    .toLowerCase(Locale.ROOT));
        }
        return values;
    }

    private static String run(Path program, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .start();
        try (var output = process.getInputStream()) {
            return new String(output.readAllBytes(), UTF_8);
        } finally {
            process.waitFor();
        }
    }
}
