// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.vmstate.savevm.Machine;

/// The source of a live migration: sends a machine that runs to a destination.
///
/// ```java
/// MigrationSource source = new MigrationSource(machine, connector, MigrationParameters.DEFAULT);
/// switch (source.run()) {
///     case MigrationSource.Outcome.Completed completed -> emulator.exit();
///     case MigrationSource.Outcome.Failed failed -> report(failed.cause());
///     case MigrationSource.Outcome.Cancelled cancelled -> {}
///     case MigrationSource.Outcome.Undecided undecided -> report(undecided.advice());
/// }
/// ```
///
/// [#run()] sends the memory while the machine runs, and again what was written to meanwhile. It
/// stops the machine ([org.vmstate.savevm.MachineControl]) when the rest can be sent within the
/// [downtime limit][MigrationParameters#downtimeLimit()], or at once if the machine's memory has no
/// [record of what was written to][org.vmstate.ram.GuestMemory#dirtyPages()], and sends the rest
/// and the devices. If anything fails before the destination may run the machine, it runs again
/// here.
///
/// # Never two run
///
/// | destination | the machine runs there when | connection lost before |
/// |---|---|---|
/// | of this library | this source has confirmed its acknowledgement | runs again here; [undecided][Outcome.Undecided] if the confirmation itself may be lost |
/// | QEMU | it has loaded everything | runs again here; undecided after the last byte was sent |
///
/// Without a [return path][MigrationParameters#returnPath()] a source learns nothing of its
/// destination, and has completed when everything is sent.
///
/// # Threads
///
/// [#run()] works in the thread that calls it, with a thread for the return path and one for the
/// time limits. The other methods may be called by any thread. The machine's devices and memory are
/// used by the emulator's threads until [org.vmstate.savevm.MachineControl#stop()] returns;
/// iterative devices are called while it runs. Devices must not be registered meanwhile.
///
/// QEMU: `migration_thread`.
public final class MigrationSource {
    private final SourceRun run;
    private final AtomicBoolean used = new AtomicBoolean();

    /// How a migration has ended at the source.
    public sealed interface Outcome {
        /// The machine has moved; it is stopped here, and must not be resumed.
        ///
        /// @param downtime how long the machine was stopped, until the destination's answer
        record Completed(Duration downtime) implements Outcome {}

        /// The machine has not moved.
        ///
        /// @param cause what went wrong
        /// @param running whether the machine runs here; false if it was stopped before, or if
        ///   [org.vmstate.savevm.MachineControl] threw an exception
        record Failed(Exception cause, boolean running) implements Outcome {}

        /// The machine has not moved, because the migration was cancelled.
        ///
        /// @param running whether the machine runs here
        record Cancelled(boolean running) implements Outcome {}

        /// The machine is stopped here; it may run at the destination.
        ///
        /// @param cause what went wrong
        /// @param advice what to do, for people
        record Undecided(Exception cause, String advice) implements Outcome {}
    }

    /// Creates a source for one migration.
    ///
    /// @param connector opens the channels to the destination
    public MigrationSource(
            Machine machine, ChannelConnector connector, MigrationParameters parameters) {
        this.run = new SourceRun(machine, connector, parameters);
    }

    /// Migrates the machine; returns when it has moved, or when it is clear that it has not.
    ///
    /// Interrupting the thread cancels the migration. An `Error` is thrown after the machine was
    /// resumed. A machine that has failed, or that is being saved or loaded, is a failure whose
    /// cause is an `IllegalStateException`.
    ///
    /// @throws IllegalStateException if this was called before
    public Outcome run() {
        if (!used.compareAndSet(false, true)) {
            throw new IllegalStateException("a source is for one migration");
        }
        return run.run();
    }

    /// Cancels the migration, unless the machine has moved; the machine runs again here if it ran
    /// before. [#run()] returns soon after. QEMU: `migrate_cancel`.
    public void cancel() {
        run.cancel();
    }

    /// Lets a source continue that [waits][MigrationParameters#pauseBeforeSwitchover()] with the
    /// machine stopped, or that will. QEMU: `migrate-continue`.
    public void continueSwitchover() {
        run.continueSwitchover();
    }

    /// Stops the machine as soon as possible and lets it run at the destination, which asks for the
    /// pages that it lacks, while the others follow. If the connection breaks after that, the
    /// machine is lost: the destination lacks pages, and the source the newest state. Has no effect
    /// on a machine that is stopped, or whose memory has no record of what was written to.
    ///
    /// QEMU: `migrate-start-postcopy`.
    ///
    /// @throws IllegalStateException unless [MigrationParameters#postcopy()] is set
    public void startPostcopy() {
        run.startPostcopy();
    }

    /// Returns how far the migration is.
    public MigrationStatus status() {
        return run.status();
    }
}
