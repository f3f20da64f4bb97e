// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.savevm.LoadReport;
import org.vmstate.savevm.Machine;

/// The computer in a terminal: executes commands, one a line, and shows what the computer prints.
final class Terminal {
    private static final String HELP =
            """
            run N            run for N cycles
            type TEXT        send a line to the serial port
            show             show the processor and the devices
            save FILE        save the machine
            save-old FILE    save the machine for release 1
            load FILE        load the machine
            snapshot         remember the machine
            rewind           go back to the last snapshot
            start            let the computer run on a thread of its own
            stop             stop it
            migrate ADDRESS [--postcopy] [--multifd N]
                             move it to a process that listens, while it runs; then quit
            listen ADDRESS [--multifd N]
                             wait for a computer that moves here, and run it
            quit             end; saves the machine if it was started with a file
            """;

    private static final String USAGE =
            "usage: run [--first-release] [--listen ADDRESS | --migrate-to ADDRESS [--postcopy]]"
                    + " [--multifd N] [FILE]";

    private static final int SNAPSHOTS = 4;

    /// The speed of the computer on its own thread.
    private static final long CYCLES_PER_SECOND = 1_000_000;

    private final PrintStream out;
    private final Board board;
    private final Runner runner;
    private final Mover mover;
    private final Machine machine;
    private final History history;
    private boolean moved;

    /// Creates a terminal of a new computer.
    ///
    /// @param messages receives what a migration has to say
    /// @param firstRelease whether the program is to behave as its first release
    Terminal(PrintStream out, PrintStream messages, boolean firstRelease) {
        this.out = out;
        this.board = new Board(Board.RAM_BYTES, out::write);
        this.runner = new Runner(board, CYCLES_PER_SECOND);
        this.machine = firstRelease ? FirstRelease.machine(board, runner) : board.machine(runner);
        this.mover = new Mover(machine, board.pagesOnDemand(), messages);
        this.history = new History(machine, SNAPSHOTS);
    }

    /// Starts the computer: where the file left it, if there is one.
    public static void main(String... args) throws IOException {
        Deque<String> rest = new ArrayDeque<>(List.of(args));
        boolean firstRelease = rest.removeFirstOccurrence("--first-release");
        String first = "";
        if ("--listen".equals(rest.peek()) || "--migrate-to".equals(rest.peek())) {
            first = rest.remove().equals("--listen") ? "listen " : "start\nmigrate ";
            first += rest.isEmpty() ? "-" : rest.remove();
            if (rest.removeFirstOccurrence("--postcopy")) {
                first += " --postcopy";
            }
            if ("--multifd".equals(rest.peek())) {
                first += " " + rest.remove() + " " + (rest.isEmpty() ? "-" : rest.remove());
            }
        }
        if (rest.size() > 1
                || first.endsWith("-")
                || rest.stream().anyMatch(arg -> arg.startsWith("-"))) {
            System.err.println(USAGE);
            System.exit(2);
        }
        Path file = rest.isEmpty() ? null : Path.of(rest.getFirst());
        // Unbuffered: what the computer has printed is out before it moves.
        try (PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out))) {
            new Terminal(out, System.err, firstRelease)
                    .session(
                            List.of(first.split("\n")),
                            new BufferedReader(
                                    new InputStreamReader(System.in, StandardCharsets.UTF_8)),
                            file);
        } catch (IOException e) {
            System.err.println(e.getMessage());
            System.exit(1);
        }
    }

    /// Executes commands, and then those of the input until its end.
    void session(List<String> first, BufferedReader commands, @Nullable Path file)
            throws IOException {
        if (file != null && Files.exists(file)) {
            load(file);
        }
        Deque<String> ahead = new ArrayDeque<>(first);
        boolean more = true;
        while (more) {
            String line = ahead.isEmpty() ? commands.readLine() : ahead.remove();
            if (line == null) {
                break;
            }
            try {
                more = execute(line.strip());
            } catch (NoSuchFileException e) {
                out.println(e.getMessage() + ": no such file");
            } catch (IOException | IllegalArgumentException | IllegalStateException e) {
                out.println(e.getMessage());
            }
            out.flush();
        }
        runner.stop();
        if (file != null && !moved) {
            machine.save(file);
        }
    }

    /// Executes a command; returns false for the one that ends the session.
    private boolean execute(String line) throws IOException {
        String[] words = line.split(" ", 2);
        String argument = words.length == 2 ? words[1].strip() : "";
        switch (words[0]) {
            case "" -> {}
            case "run" -> run(argument);
            case "type" -> runner.whileStopped(() -> board.type(argument + "\n"));
            case "show" -> runner.whileStopped(this::show);
            case "save" -> machine.save(file(argument));
            case "save-old" -> saveForFirstRelease(file(argument));
            case "load" -> load(file(argument));
            case "snapshot" -> history.take();
            case "rewind" -> {
                if (!history.rewind()) {
                    out.println("no snapshot");
                }
            }
            case "start" -> {
                checkWhole();
                runner.resume();
            }
            case "stop" -> runner.stop();
            case "migrate" -> {
                moved = mover.leave(argument);
                return !moved;
            }
            case "listen" -> mover.arrive(argument);
            case "quit" -> {
                return false;
            }
            default -> out.print(HELP);
        }
        return true;
    }

    private void saveForFirstRelease(Path file) throws IOException {
        boolean ran = runner.running();
        runner.stop();
        try {
            board.machineForFirstRelease().save(file);
        } finally {
            if (ran) {
                runner.resume();
            }
        }
    }

    private void run(String argument) {
        checkWhole();
        if (!argument.matches("[0-9]{1,18}")) {
            throw new IllegalArgumentException("how many cycles?");
        }
        if (runner.running()) {
            throw new IllegalStateException("it runs; stop it first");
        }
        board.run(Long.parseLong(argument));
    }

    /// Throws if the last load left the memory and the devices of different files.
    private void checkWhole() {
        if (machine.failed()) {
            throw new IllegalStateException("the last load failed; load again");
        }
    }

    private static Path file(String argument) {
        if (argument.isEmpty()) {
            throw new IllegalArgumentException("which file?");
        }
        return Path.of(argument);
    }

    private void load(Path file) throws IOException {
        LoadReport report = machine.load(file);
        if (!report.missing().isEmpty()) {
            out.println("not in the file: " + report.missing());
        }
    }

    private void show() {
        Cpu cpu = board.cpu();
        out.printf(
                "cycle %d, pc %08x%s%n",
                cpu.cycles(), cpu.pc(), cpu.waiting() ? ", waiting for an interrupt" : "");
        for (int row = 0; row < 32; row += 8) {
            out.printf("x%-2d", row);
            for (int i = row; i < row + 8; i++) {
                out.printf(" %08x", cpu.register(i));
            }
            out.println();
        }
        out.printf(
                "timer %d of %d, interrupts %x, requests %d waiting, %d completed, %d failed%n",
                board.timer().read(Timer.COUNT),
                board.timer().read(Timer.PERIOD),
                board.interrupts().read(InterruptController.PENDING),
                board.dma().read(DmaEngine.WAITING),
                board.dma().read(DmaEngine.COMPLETED),
                board.dma().read(DmaEngine.FAILED));
    }
}
