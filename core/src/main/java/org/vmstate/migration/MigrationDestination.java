// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.vmstate.savevm.LoadReport;
import org.vmstate.savevm.Machine;

/// The destination of a live migration: loads a machine that a source sends while it runs, and lets
/// it run when everything is loaded.
///
/// ```java
/// MigrationDestination destination =
///         new MigrationDestination(machine, acceptor, MigrationParameters.DEFAULT);
/// switch (destination.run()) {
///     case MigrationDestination.Outcome.Completed completed -> {}          // the machine runs
///     case MigrationDestination.Outcome.Failed failed -> report(failed.cause());
///     case MigrationDestination.Outcome.Cancelled cancelled -> {}
///     case MigrationDestination.Outcome.Undecided undecided -> report(undecided.advice());
/// }
/// ```
///
/// The machine must not run. Pages are written into its memory as they arrive; devices that are
/// saved whole are loaded when all of the stream has been read and checked. After a failure the
/// machine may have [failed][Machine#failed()], until a load or another migration succeeds.
///
/// After everything is loaded, the machine runs ([org.vmstate.savevm.MachineControl#resume()])
///
/// | source | when |
/// |---|---|
/// | of this library | it has confirmed the acknowledgement; not if the machine was stopped at the source |
/// | QEMU with a return path | it has closed the connection in an orderly way |
/// | without a return path | at once |
///
/// In postcopy the machine runs when its devices are loaded and the source has sent the command to
/// run. If the connection breaks after that, the machine is stopped and has failed, since pages are
/// missing: accesses to them throw an `IOException`.
///
/// # Threads
///
/// [#run()] works in the thread that calls it, with a thread for the time limits. The other methods
/// may be called by any thread.
///
/// QEMU: `process_incoming_migration_co`.
public final class MigrationDestination {
    private final DestinationRun run;
    private final AtomicBoolean used = new AtomicBoolean();

    /// How a migration has ended at the destination.
    public sealed interface Outcome {
        /// The machine has moved here.
        ///
        /// @param report what was loaded
        /// @param running whether the machine was resumed: it ran at the source, and has a
        ///   [org.vmstate.savevm.MachineControl]
        record Completed(LoadReport report, boolean running) implements Outcome {}

        /// The machine has not moved here, and does not run here.
        ///
        /// @param cause what went wrong
        record Failed(Exception cause) implements Outcome {}

        /// The machine has not moved here, because [#cancel()] was called.
        record Cancelled() implements Outcome {}

        /// The machine is loaded and stopped here; it may run at the source.
        ///
        /// @param cause what went wrong
        /// @param report what was loaded
        /// @param advice what to do, for people
        record Undecided(Exception cause, LoadReport report, String advice) implements Outcome {}
    }

    /// Creates a destination for one migration.
    ///
    /// @param acceptor accepts the channels of the source; closed if the migration is cancelled, or
    ///   a channel is missing, while this waits for channels
    public MigrationDestination(
            Machine machine, ChannelAcceptor acceptor, MigrationParameters parameters) {
        this.run = new DestinationRun(machine, acceptor, parameters, null);
    }

    /// Creates a destination for one migration, in which the source may let the machine run before
    /// all of its memory is there (postcopy).
    ///
    /// @param acceptor accepts the channels of the source; closed if the migration is cancelled, or
    ///   a channel is missing, while this waits for channels
    public MigrationDestination(
            Machine machine,
            ChannelAcceptor acceptor,
            MigrationParameters parameters,
            PagesOnDemand onDemand) {
        this.run =
                new DestinationRun(machine, acceptor, parameters, Objects.requireNonNull(onDemand));
    }

    /// Waits for a source and loads the machine that it sends; returns when the machine has moved,
    /// or when it is clear that it has not. An exception that
    /// [resume][org.vmstate.savevm.MachineControl#resume()] throws is thrown unchanged.
    ///
    /// Interrupting the thread cancels the migration.
    ///
    /// @throws IllegalStateException if this was called before, or if the machine is running
    public Outcome run() {
        if (!used.compareAndSet(false, true)) {
            throw new IllegalStateException("a destination is for one migration");
        }
        return run.run();
    }

    /// Cancels the migration, unless the machine has been loaded; [#run()] returns soon after.
    public void cancel() {
        run.cancel();
    }

    /// Returns how far the migration is.
    public MigrationStatus status() {
        return run.status();
    }
}
