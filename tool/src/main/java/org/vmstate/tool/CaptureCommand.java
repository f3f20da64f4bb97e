// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.migration.RecordingOptions;
import org.vmstate.migration.StreamRecorder;
import org.vmstate.tool.qemu.CaptureSession;
import org.vmstate.tool.qemu.QmpClient;
import org.vmstate.transport.BoundAcceptor;
import org.vmstate.transport.MigrationAddress;
import org.vmstate.wire.CancelledException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `vmstate capture`: asks a running QEMU for its state, over its monitor.
@Command(
        name = "capture",
        mixinStandardHelpOptions = true,
        header = "Writes the state of a running QEMU to a file, over its monitor.",
        customSynopsis = {
            "Examples:",
            "  vmstate capture /run/vm.qmp -o vm.mig              the guest is stopped afterwards",
            "  vmstate capture /run/vm.qmp -o vm.mig --resume     it continues afterwards",
            "  vmstate capture /run/vm.qmp -o vm.mig --background  it runs meanwhile, state of the beginning",
            "",
            "Usage: vmstate capture QMP-SOCKET -o FILE [OPTION…]"
        },
        synopsisHeading = "",
        parameterListHeading = "%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "QEMU is started with -qmp unix:QMP-SOCKET,server=on,wait=off. It migrates into a socket in a new",
            "folder beside QMP-SOCKET, which only its owner can enter; --socket-dir names another place that",
            "QEMU can reach. Its migration capabilities and parameters are put back as they were, and after a",
            "failure the guest continues. A guest of libvirt is refused. See docs/guide/record-and-relay.md.",
            "Exit codes: 0 fine, 2 usage, 3 malformed input, 4 I/O error or QEMU failed."
        })
final class CaptureCommand implements Callable<Integer> {
    private static final long POLL_MILLIS = 200;

    private final Terminal terminal;

    @Parameters(
            index = "0",
            paramLabel = "QMP-SOCKET",
            description = "The Unix socket of QEMU's monitor.")
    private Path monitor = Path.of("");

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            description = "The recording.")
    private Path out = Path.of("");

    @Option(names = "--resume", description = "Let the guest continue after the recording.")
    private boolean resume;

    @Option(
            names = "--background",
            description =
                    "Take a background snapshot: the guest runs meanwhile, and the file has its state at the beginning (QEMU 6.0 or newer, on Linux 5.7 or newer).")
    private boolean background;

    @Option(
            names = "--socket-dir",
            paramLabel = "DIR",
            description = "Where to create the folder for the socket (default: beside QMP-SOCKET).")
    private @Nullable Path socketDir;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    CaptureCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException, UsageException {
        UsageException.checkName(out, "FILE");
        refuseLibvirt(monitor);
        StreamRecorder.Result result;
        boolean wasRunning;
        try (OutputFile file = OutputFile.create(out);
                PrivateFolder folder = PrivateFolder.create(place(), monitor);
                QmpClient qemu = QmpClient.connect(monitor);
                CaptureSession session =
                        CaptureSession.begin(qemu, resume || background, background);
                ProgressLine progress = new ProgressLine(terminal.err())) {
            AtExit.close(session);
            wasRunning = session.wasRunning();
            result = capture(session, folder, file, progress);
            AtExit.forget(session);
        }
        new ReceiveOutput(out.toString(), result).print(terminal, json, false);
        if (wasRunning && !resume && !background) {
            terminal.message("the guest is stopped; 'cont' in its monitor lets it continue");
        }
        return ExitCode.FINE;
    }

    private Path place() {
        Path beside = monitor.toAbsolutePath().getParent();
        return socketDir != null ? socketDir : beside == null ? Path.of("/") : beside;
    }

    private static void refuseLibvirt(Path monitor) throws IOException {
        if (monitor.toAbsolutePath().normalize().toString().contains("/libvirt/qemu/")) {
            throw new IOException(
                    monitor
                            + ": libvirt manages this guest: use 'virsh save' or 'virsh snapshot-create-as'");
        }
    }

    private StreamRecorder.Result capture(
            CaptureSession session, PrivateFolder folder, OutputFile file, ProgressLine progress)
            throws IOException {
        Path socket = folder.path().resolve("s");
        RecordingOptions options =
                RecordingOptions.builder()
                        .progress(progress)
                        .silence(Duration.ofMinutes(2))
                        .switchoverAck(RecordingOptions.SwitchoverAck.OMIT)
                        .build();
        try (BoundAcceptor acceptor = new MigrationAddress.Unix(socket).listen()) {
            folder.give(socket);
            CompletableFuture<StreamRecorder.Result> recording = new CompletableFuture<>();
            Thread recorder =
                    Thread.ofPlatform()
                            .daemon()
                            .name("vmstate-capture")
                            .start(
                                    () -> {
                                        try {
                                            recording.complete(
                                                    new StreamRecorder(options)
                                                            .record(
                                                                    acceptor,
                                                                    file.channel(),
                                                                    java.util.List.of(),
                                                                    file::commit));
                                        } catch (IOException | RuntimeException | Error e) {
                                            recording.completeExceptionally(e);
                                        }
                                    });
            try {
                session.migrate("unix:" + socket);
                while (!session.poll()) {
                    waitFor(recording);
                }
                return recording.get();
            } catch (InterruptedException e) {
                throw CancelledException.of(e);
            } catch (ExecutionException e) {
                throw failure(e.getCause());
            } finally {
                recorder.interrupt();
            }
        }
    }

    /// Waits a moment, or until the recording has failed.
    private static void waitFor(CompletableFuture<StreamRecorder.Result> recording)
            throws InterruptedException, ExecutionException {
        try {
            if (recording.isDone()) {
                recording.get();
                Thread.sleep(POLL_MILLIS);
            } else {
                recording.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
            }
        } catch (TimeoutException e) {
            // ask again
        }
    }

    private static IOException failure(@Nullable Throwable cause) {
        return switch (cause) {
            case IOException e -> e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case null, default -> new IOException(cause);
        };
    }

    /// A folder that only one user can enter: the owner of the monitor's socket, who runs QEMU.
    private record PrivateFolder(Path path, UserPrincipal owner) implements AutoCloseable {
        static PrivateFolder create(Path place, Path monitor) throws IOException {
            Path path = Files.createTempDirectory(place, ".vmstate-");
            PrivateFolder folder =
                    new PrivateFolder(path, Files.getOwner(monitor, LinkOption.NOFOLLOW_LINKS));
            AtExit.close(folder);
            return folder;
        }

        /// Gives the folder and a socket in it to its user, if this process may do so.
        void give(Path socket) throws IOException {
            if (!Files.getOwner(path).equals(owner)) {
                Files.setOwner(socket, owner);
                Files.setOwner(path, owner);
            }
        }

        @Override
        public void close() throws IOException {
            Files.deleteIfExists(path.resolve("s"));
            Files.deleteIfExists(path);
            AtExit.forget(this);
        }
    }
}
