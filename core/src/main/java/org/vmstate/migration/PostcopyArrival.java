// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.GuestMemoryLoader;
import org.vmstate.ram.PresentPages;
import org.vmstate.ram.RamBlock;
import org.vmstate.savevm.LoadReport;
import org.vmstate.savevm.MachineControl;
import org.vmstate.savevm.StateLoader;
import org.vmstate.stream.Command;
import org.vmstate.stream.StreamElement;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.CorruptException;

/// The destination's side of postcopy: the machine runs while one thread loads pages.
///
/// The devices are loaded by a thread of their own, since their hooks may need pages that the
/// reading thread has to load.
///
/// QEMU: `loadvm_postcopy_handle_listen`, `_run`.
final class PostcopyArrival {
    private final PagesOnDemand onDemand;
    private final PresentPages present;
    private final GuestMemoryLoader loader;
    private final Optional<MachineControl> control;
    private final Monitor monitor;
    private final ReturnPathWriter answers;
    private final CompletableFuture<LoadReport> devices = new CompletableFuture<>();
    private @Nullable Thread thread;
    private volatile boolean running;

    /// @param loader loads the memory
    PostcopyArrival(
            PagesOnDemand onDemand,
            GuestMemory memory,
            int pageSize,
            GuestMemoryLoader loader,
            Optional<MachineControl> control,
            Monitor monitor,
            ReturnPathWriter answers) {
        this.onDemand = onDemand;
        this.present = new PresentPages(memory, pageSize, this::request);
        this.loader = loader.present(present);
        this.control = control;
        this.monitor = monitor;
        this.answers = answers;
    }

    private void request(RamBlock block, long offset, int length) {
        try {
            answers.send(
                    new ReturnPathMessage.RequestPages(offset, length, Optional.of(block.name())));
        } catch (IOException e) {
            // The thread that reads the pages finds out as well.
        }
    }

    /// Discards pages that the source will send again.
    void discard(Command.RamDiscard discard, long offset) throws IOException {
        if (isListening()) {
            throw new CorruptException("a discard while the machine runs", offset);
        }
        present.discard(discard, offset);
    }

    /// Begins to load the devices of a package, and to accept missing pages only.
    void listen(StateLoader state, List<StreamElement> elements, long offset) throws IOException {
        if (isListening()) {
            throw new CorruptException("CMD_POSTCOPY_LISTEN in wrong postcopy state (1)", offset);
        }
        loader.beginPostcopy();
        onDemand.begin(present);
        Thread started = new Thread(() -> loadDevices(state, elements), "migration devices");
        started.setDaemon(true);
        thread = started;
        started.start();
    }

    private boolean isListening() {
        return thread != null;
    }

    private void loadDevices(StateLoader state, List<StreamElement> elements) {
        try {
            LoadReport report = state.finish();
            for (StreamElement element : elements) {
                if (element instanceof Command.Ping(long number)) {
                    answers.send(new ReturnPathMessage.Pong(number));
                } else if (element instanceof Command.PostcopyRun) {
                    resume();
                }
            }
            devices.complete(report);
        } catch (Throwable e) {
            devices.completeExceptionally(e);
            try {
                answers.send(new ReturnPathMessage.Shut(1)); // so that the source ends
            } catch (IOException suppressed) {
                e.addSuppressed(suppressed);
            }
        }
    }

    private void resume() {
        monitor.state(MigrationState.POSTCOPY_ACTIVE);
        running = true;
        control.ifPresent(MachineControl::resume);
    }

    /// Lets the machine run, whose devices have been loaded: a command behind the package.
    void run(long offset) throws IOException {
        if (!isListening() || running) {
            throw new CorruptException("CMD_POSTCOPY_RUN in wrong postcopy state", offset);
        }
        awaitDevices();
        resume();
    }

    /// Throws the reason if the devices could not be loaded.
    void check() throws IOException {
        if (devices.isCompletedExceptionally()) {
            awaitDevices();
        }
    }

    /// Ends postcopy after the end of the stream: everything must be there.
    LoadReport finish(long offset) throws IOException {
        LoadReport report = awaitDevices();
        if (!running) {
            throw new CorruptException("the stream has ended without postcopy-run", offset);
        }
        long missing = present.missingBytes();
        if (missing != 0) {
            throw new CorruptException(
                    "the stream has ended, and %d bytes of memory are missing".formatted(missing),
                    offset);
        }
        onDemand.end();
        return report;
    }

    private LoadReport awaitDevices() throws IOException {
        try {
            return devices.get();
        } catch (InterruptedException e) {
            throw CancelledException.of(e);
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException io -> throw io;
                case RuntimeException runtime -> throw runtime;
                case Error error -> throw error;
                case null, default -> throw new IOException(e);
            }
        }
    }

    /// Ends the wait for pages that do not arrive any more, and stops the machine.
    void lose(Throwable cause) {
        present.close(
                new IOException("the rest of the memory is lost: " + cause.getMessage(), cause));
        Thread loading = thread;
        if (loading != null) {
            loading.interrupt();
            boolean interrupted = false;
            while (loading.isAlive()) {
                try {
                    loading.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        if (running) {
            try {
                control.ifPresent(MachineControl::stop);
            } catch (RuntimeException e) {
                if (!e.equals(cause)) {
                    cause.addSuppressed(e);
                }
            }
        }
    }
}
