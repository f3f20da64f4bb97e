// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A running real QEMU: saves its state to a file, loads one, executes monitor commands.
///
/// A failure of QEMU is an `IOException` with QEMU's message. The process is killed when this is
/// closed, at the latest after two minutes.
public final class Qemu implements AutoCloseable {
    private static final long LIFETIME_SECONDS = 120;

    private final Process process;
    private final Path folder;
    private final QmpConnection monitor;

    private Qemu(Process process, Path folder, QmpConnection monitor) {
        this.process = process;
        this.folder = folder;
        this.monitor = monitor;
    }

    static Qemu start(Path program, byte[] image, String... arguments) throws IOException {
        Path folder = Files.createTempDirectory("vmstate-qemu");
        Path firmware = Files.write(folder.resolve("firmware"), image);
        Path socket = folder.resolve("monitor");
        List<String> command = new ArrayList<>();
        command.add(program.toString());
        command.addAll(List.of(arguments));
        command.addAll(List.of("-display", "none", "-bios", firmware.toString()));
        command.addAll(List.of("-qmp", "unix:" + socket + ",server=on,wait=off"));
        Process process =
                new ProcessBuilder(command)
                        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                        .redirectOutput(folder.resolve("output").toFile())
                        .redirectError(folder.resolve("errors").toFile())
                        .start();
        CompletableFuture.delayedExecutor(LIFETIME_SECONDS, TimeUnit.SECONDS)
                .execute(process::destroyForcibly);
        try {
            return new Qemu(process, folder, connect(process, socket));
        } catch (IOException e) {
            process.destroyForcibly();
            String words = Files.readString(folder.resolve("errors"));
            delete(folder);
            throw new IOException("QEMU does not start: " + words, e);
        }
    }

    private static QmpConnection connect(Process process, Path socket) throws IOException {
        while (true) {
            try {
                return QmpConnection.open(socket);
            } catch (IOException e) {
                if (!process.isAlive()) {
                    throw e;
                }
                pause();
            }
        }
    }

    /// Executes a command of the machine protocol; returns its result.
    public Object execute(String command, Map<String, ?> arguments) throws IOException {
        try {
            return monitor.execute(command, arguments);
        } catch (EOFException e) {
            throw hungUp(e);
        }
    }

    /// Executes a command without arguments; returns its result.
    public Object execute(String command) throws IOException {
        return execute(command, Map.of());
    }

    /// Executes a command of the human monitor, such as `info registers`; returns its output.
    public String monitor(String command) throws IOException {
        return (String) execute("human-monitor-command", Map.of("command-line", command));
    }

    /// Waits for the next event with a name; returns its data.
    public Map<?, ?> awaitEvent(String name) throws IOException {
        try {
            return monitor.awaitEvent(name);
        } catch (EOFException e) {
            throw hungUp(e);
        }
    }

    /// The run state: `running`, `inmigrate`, `paused`, `postmigrate`, …
    public String status() throws IOException {
        return (String) ((Map<?, ?>) execute("query-status")).get("status");
    }

    /// The version, such as `7.2.22`.
    public String version() throws IOException {
        Map<?, ?> version = (Map<?, ?>) ((Map<?, ?>) execute("query-version")).get("qemu");
        return version.get("major") + "." + version.get("minor") + "." + version.get("micro");
    }

    /// Reads guest-physical memory.
    public byte[] memory(long address, int size) throws IOException {
        Path file = folder.resolve("memory");
        execute("pmemsave", Map.of("val", address, "size", size, "filename", file.toString()));
        return Files.readAllBytes(file);
    }

    /// Dumps memory and registers to an ELF core.
    public void dump(Path file) throws IOException {
        execute("dump-guest-memory", Map.of("paging", false, "protocol", "file:" + file));
    }

    /// Waits until guest-physical memory contains a text at an address.
    public void awaitMemory(long address, byte[] bytes) throws IOException {
        while (!Arrays.equals(memory(address, bytes.length), bytes)) {
            pause();
        }
    }

    /// Enables capabilities of migration, such as `xbzrle`.
    public void capabilities(String... names) throws IOException {
        List<?> list =
                Arrays.stream(names)
                        .map(name -> Map.of("capability", name, "state", true))
                        .toList();
        execute("migrate-set-capabilities", Map.of("capabilities", list));
    }

    /// Migrates to an address such as `file:/x` and waits for completion.
    public void migrate(String uri) throws IOException {
        execute("migrate", Map.of("uri", uri));
        while (true) {
            Map<?, ?> migration = (Map<?, ?>) execute("query-migrate");
            Object status = migration.get("status");
            if ("completed".equals(status)) {
                return;
            }
            if ("failed".equals(status) || "cancelled".equals(status)) {
                throw new IOException("migration " + status + ": " + migration.get("error-desc"));
            }
            pause();
        }
    }

    /// Writes its whole state to a file and stops.
    public void save(Path file) throws IOException {
        migrate("exec:cat > '" + file + "'");
    }

    /// Loads from an address and waits for completion.
    ///
    /// @throws IOException with QEMU's message if it refuses the stream
    public void migrateIncoming(String uri) throws IOException {
        execute("migrate-incoming", Map.of("uri", uri));
        awaitLoaded();
    }

    private void awaitLoaded() throws IOException {
        while (status().equals("inmigrate")) {
            if ("failed".equals(((Map<?, ?>) execute("query-migrate")).get("status"))) {
                throw new IOException("migration failed: " + errors());
            }
            pause();
        }
    }

    /// Loads the state in a file; the machine must be waiting for it.
    public void load(Path file) throws IOException {
        migrateIncoming("exec:cat '" + file + "'");
    }

    /// The output on standard error so far.
    public String errors() throws IOException {
        return Files.readString(folder.resolve("errors"));
    }

    private IOException hungUp(EOFException cause) throws IOException {
        try {
            process.waitFor(LIFETIME_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return new IOException("QEMU ended: " + errors(), cause);
    }

    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    @Override
    public void close() throws IOException {
        monitor.close();
        process.destroyForcibly().onExit().join();
        delete(folder);
    }
}
