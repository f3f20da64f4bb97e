// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.vmstate.migration.MigrationSource.Outcome;
import org.vmstate.ram.LiveMemorySaver;
import org.vmstate.ram.MultifdSender;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.MachineControl;
import org.vmstate.savevm.StateSaver;
import org.vmstate.stream.Command;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// The work of a [MigrationSource].
final class SourceRun {
    /// The time between two pings of a source that waits with the machine stopped.
    private static final long PING_SECONDS = 5;

    private static final long POSTCOPY_ROUND_NANOS = 50_000_000L;

    /// The number of QEMU's first ping.
    private static final long FIRST_PING = 1;

    private static final UUID NO_UUID = new UUID(0, 0);

    private static final String ADVICE =
            "The machine is stopped here, and may run at the destination. If it does not run there,"
                    + " resume it here (MachineControl.resume).";

    private static final String POSTCOPY_ADVICE =
            "The machine is stopped here. It has moved before all of its memory had, so neither end"
                    + " has all of it. Resume it here (MachineControl.resume) only if it never ran"
                    + " at the destination.";

    /// The smallest size of a page of the host.
    private static final int HOST_PAGE_BYTES = 4096;

    /// QEMU's pings in postcopy: behind the discards, behind the devices, behind the package.
    private static final long DISCARDS_PING = 2;

    private static final long DEVICES_PING = 3;
    private static final long PACKAGE_PING = 4;

    private final Machine machine;
    private final ChannelConnector connector;
    private final MigrationParameters parameters;
    private final Optional<MachineControl> control;
    private final Monitor monitor = new Monitor(this::bytesSent);
    private final CountDownLatch mayContinue = new CountDownLatch(1);
    private volatile @Nullable Connections connections;
    private volatile @Nullable WatchedChannel main;
    private volatile boolean cancelled;
    private volatile boolean postcopyRequested;

    /// Where the machine is, as far as this end knows.
    private volatile Place place = Place.HERE;

    /// Whether this has stopped the machine, so that it is resumed after a failure.
    private boolean stopped;

    private @Nullable Pace pace;

    /// The number of bytes of the main channel that do not suffice for the destination to run the
    /// machine, at the present [#place].
    private long harmlessBytes;

    private @Nullable SourceReturnPath returnPath;

    private @Nullable LiveMemorySaver memory;

    private boolean postcopy;

    /// Where the machine is.
    private enum Place {
        /// The destination cannot run the machine.
        HERE,
        /// The destination may have everything, and a destination that does not wait may run.
        SENT,
        /// The confirmation may have been sent.
        CONFIRMING,
        /// The destination has the machine.
        MOVED
    }

    SourceRun(Machine machine, ChannelConnector connector, MigrationParameters parameters) {
        this.machine = machine;
        this.connector = connector;
        this.parameters = parameters;
        this.control = machine.control();
    }

    /// The number of bytes sent on all channels.
    private long bytesSent() {
        Connections open = connections;
        return open == null ? 0 : open.bytesWritten();
    }

    /// The number of bytes sent on the main channel.
    private long mainBytesSent() {
        WatchedChannel channel = main;
        return channel == null ? 0 : channel.bytesWritten();
    }

    MigrationStatus status() {
        return monitor.status();
    }

    void continueSwitchover() {
        mayContinue.countDown();
    }

    void startPostcopy() {
        if (!parameters.postcopy()) {
            throw new IllegalStateException("the parameters do not permit postcopy");
        }
        postcopyRequested = true;
    }

    void cancel() {
        cancelled = true;
        Connections open = connections;
        if (open != null && place.compareTo(Place.CONFIRMING) < 0) {
            open.abort(new IOException("the migration was cancelled"));
        }
    }

    Outcome run() {
        monitor.state(MigrationState.SETUP);
        Outcome outcome;
        try (Connections open = new Connections(parameters.stallLimit(), "migration source")) {
            connections = open;
            outcome = migrate(open);
        }
        SourceReturnPath answers = returnPath;
        if (answers != null) {
            answers.join();
        }
        return outcome;
    }

    private Outcome migrate(Connections open) {
        boolean wasRunning = false;
        try {
            wasRunning = control.isPresent() && control.get().running();
            send(open, wasRunning);
        } catch (Throwable thrown) {
            return failed(open, thrown, wasRunning);
        }
        return completed();
    }

    private Outcome completed() {
        try {
            unthrottle();
        } catch (RuntimeException e) {
            // The machine has moved.
        }
        monitor.state(MigrationState.COMPLETED);
        return new Outcome.Completed(monitor.status().downtime().orElseThrow());
    }

    private void send(Connections open, boolean wasRunning) throws IOException {
        List<String> blockers = machine.registry().blockers();
        if (!blockers.isEmpty()) {
            throw new RefusedException(String.join("; ", blockers));
        }
        open.deadline(parameters.stallLimit(), "connecting");
        WatchedChannel channel = open.open(connector::connect);
        List<WatchedChannel> pages = new ArrayList<>();
        for (int i = 0; i < parameters.multifdChannels().orElse(0); i++) {
            pages.add(open.open(connector::connect));
        }
        open.withoutDeadline();
        main = channel;
        WireWriter out = WireWriter.to(channel);
        try (MultifdSender sender = pages.isEmpty() ? null : sender(pages)) {
            send(open, channel, out, machine.saver(out, memorySavers(sender)), wasRunning);
        }
    }

    private MultifdSender sender(List<WatchedChannel> pages) {
        return MultifdSender.of(
                pages,
                parameters.multifdFormat(),
                parameters.multifdForm(),
                machine.uuid().orElse(NO_UUID));
    }

    private StateSaver.MemorySavers memorySavers(@Nullable MultifdSender sender) {
        return (out, guest, pageSize) -> {
            LiveMemorySaver saver = new LiveMemorySaver(out, guest, pageSize);
            if (sender != null) {
                saver.multifd(sender);
            }
            if (parameters.xbzrleCacheSize().isPresent()) {
                saver.xbzrle(parameters.xbzrleCacheSize().getAsLong());
            }
            this.memory = saver;
            return new LiveMemory(saver);
        };
    }

    private void send(
            Connections open,
            WatchedChannel channel,
            WireWriter out,
            StateSaver saver,
            boolean wasRunning)
            throws IOException {
        try (saver) {
            saver.header();
            if (parameters.returnPath()) {
                openReturnPath(saver, channel, open);
            }
            saver.start();
            out.flush();
            boolean toPostcopy = false;
            if (saver.live()) {
                monitor.state(MigrationState.ACTIVE);
                toPostcopy = iterate(saver, out, open, wasRunning);
            }
            SourceReturnPath answers = returnPath;
            if (answers != null) {
                open.deadline(parameters.stallLimit(), "the answer of the destination");
                answers.awaitAnswer();
                open.withoutDeadline();
                if (toPostcopy) {
                    postcopy(saver, out, open, answers);
                    return;
                }
            }
            stop(open, wasRunning);
            if (parameters.pauseBeforeSwitchover()) {
                awaitContinue(saver, out, open);
            }
            monitor.state(MigrationState.DEVICE);
            open.deadline(parameters.switchoverLimit(), "the switchover");
            saver.complete();
            saver.devices();
            harmlessBytes = out.position();
            place = Place.SENT;
            if (answers != null) {
                answers.everythingSent();
            }
            saver.end();
            out.flush();
            settle(open, saver, out, channel, wasRunning);
        }
    }

    private void openReturnPath(StateSaver saver, WatchedChannel channel, Connections open)
            throws IOException {
        SourceReturnPath answers = new SourceReturnPath(channel, open, "migration return path");
        answers.start();
        returnPath = answers;
        saver.command(new Command.OpenReturnPath());
        saver.command(new Command.Ping(FIRST_PING));
        saver.command(new Command.Ping(Confirmation.OFFERED));
        if (parameters.postcopy()) {
            int page = machine.pageSize();
            saver.command(
                    new Command.PostcopyAdvise(
                            Optional.of(
                                    new Command.PostcopyAdvise.PageSizes(
                                            Math.max(page, HOST_PAGE_BYTES), page))));
        }
    }

    /// Sends the memory until the rest can be sent within the downtime limit; returns whether the
    /// rest is to follow by postcopy instead.
    private boolean iterate(StateSaver saver, WireWriter out, Connections open, boolean wasRunning)
            throws IOException {
        Pace pace = new Pace(parameters, monitor, open);
        this.pace = pace;
        while (true) {
            open.throwIfAborted();
            if (postcopyRequested && wasRunning) {
                return true;
            }
            long pending = saver.pending();
            if (pending <= pace.threshold()) {
                saver.sync();
                long known = pending;
                pending = saver.pending();
                pace.collected(Math.max(0, pending - known), control);
            }
            monitor.remaining(pending);
            if (pending <= pace.threshold() && mayStop()) {
                return false;
            }
            if (pending == 0) {
                open.sleep(1);
            } else {
                saver.iterate(pace.roundBytes(), pace.roundDeadline());
                out.flush();
            }
            pace.sent(bytesSent());
        }
    }

    /// Lets the machine run at the destination, and sends the memory that it lacks.
    ///
    /// A destination that waits gets the command to run when it has loaded the devices, so that the
    /// machine can be resumed here until then. A QEMU gets it with the devices.
    private void postcopy(
            StateSaver saver, WireWriter out, Connections open, SourceReturnPath answers)
            throws IOException {
        stop(open, true);
        monitor.state(MigrationState.DEVICE);
        open.deadline(parameters.switchoverLimit(), "the switchover");
        saver.beginPostcopy();
        saver.command(new Command.Ping(DISCARDS_PING));
        answers.postcopy(Objects.requireNonNull(memory));
        List<Command> after = new ArrayList<>();
        after.add(new Command.Ping(DEVICES_PING));
        after.add(new Command.Ping(SourceReturnPath.POSTCOPY_LOADED));
        boolean waits = answers.destinationWaits();
        if (!waits) {
            after.add(new Command.PostcopyRun());
            leaveTo(out);
        }
        saver.devicePackage(after);
        saver.command(new Command.Ping(PACKAGE_PING));
        out.flush();
        while (!answers.areDevicesLoaded()) {
            if (saver.pending() != 0) {
                saver.iterate(1, System.nanoTime()); // what is asked for
                out.flush();
            }
            open.sleep(1);
        }
        if (waits) {
            open.throwIfAborted(); // the last moment to cancel
            leaveTo(out);
            saver.command(new Command.PostcopyRun());
            out.flush();
        }
        monitor.pauseEnded();
        open.withoutDeadline();
        monitor.state(MigrationState.POSTCOPY_ACTIVE);
        long pending = saver.pending();
        while (pending != 0) {
            open.throwIfAborted();
            saver.iterate(Long.MAX_VALUE, System.nanoTime() + POSTCOPY_ROUND_NANOS);
            out.flush();
            pending = saver.pending();
            monitor.remaining(pending);
        }
        answers.everythingSent();
        saver.endPostcopy();
        out.flush();
        open.deadline(parameters.switchoverLimit(), "the acknowledgement");
        answers.awaitAcknowledgement();
        place = Place.MOVED;
    }

    /// From the next byte on the destination may run the machine, in postcopy.
    private void leaveTo(WireWriter out) {
        postcopy = true;
        harmlessBytes = out.position();
        place = Place.CONFIRMING;
    }

    private boolean mayStop() {
        SourceReturnPath answers = returnPath;
        return !parameters.switchoverAck() || (answers != null && answers.isReady());
    }

    private void stop(Connections open, boolean wasRunning) throws IOException {
        open.throwIfAborted();
        monitor.stopping();
        if (wasRunning && control.isPresent()) {
            control.get().stop();
            stopped = true;
            control.get().flushDisks();
        }
    }

    private void awaitContinue(StateSaver saver, WireWriter out, Connections open)
            throws IOException {
        monitor.state(MigrationState.PRE_SWITCHOVER);
        long pinged = System.nanoTime();
        while (mayContinue.getCount() != 0) {
            open.sleep(10);
            if (returnPath != null
                    && System.nanoTime() - pinged > TimeUnit.SECONDS.toNanos(PING_SECONDS)) {
                saver.command(new Command.Ping(FIRST_PING));
                out.flush();
                pinged = System.nanoTime();
            }
        }
    }

    /// Finds out whether the destination has the machine.
    private void settle(
            Connections open,
            StateSaver saver,
            WireWriter out,
            WatchedChannel channel,
            boolean wasRunning)
            throws IOException {
        SourceReturnPath answers = returnPath;
        if (answers == null) {
            channel.close();
            place = Place.MOVED;
            monitor.pauseEnded();
            return;
        }
        answers.awaitAcknowledgement();
        if (answers.destinationWaits()) {
            open.throwIfAborted(); // the last moment to cancel
            harmlessBytes = out.position();
            place = Place.CONFIRMING;
            answers.confirming();
            saver.command(
                    new Command.Ping(wasRunning ? Confirmation.RUN : Confirmation.STAY_STOPPED));
            out.flush();
            answers.awaitConfirmation();
        }
        place = Place.MOVED;
        monitor.pauseEnded();
    }

    /// Decides what a failure means, and resumes the machine if the destination cannot run it.
    private Outcome failed(Connections open, Throwable thrown, boolean wasRunning) {
        SourceReturnPath answers = returnPath;
        if (answers != null
                && thrown instanceof IOException
                && !(thrown instanceof VMStateException)) {
            answers.awaitReason();
        }
        Throwable cause = open.checked(thrown);
        open.abort(new IOException("the source has failed"));
        if (answers != null) {
            answers.join();
            if (place == Place.SENT && answers.isAcknowledged() && !answers.destinationWaits()) {
                place = Place.MOVED;
                monitor.pauseEnded();
                return completed();
            }
        }
        if (mayRunThere(answers)) {
            monitor.state(MigrationState.UNDECIDED);
            return new Outcome.Undecided(exception(cause), postcopy ? POSTCOPY_ADVICE : ADVICE);
        }
        boolean running = wasRunning;
        try {
            unthrottle();
            if (stopped) {
                control.orElseThrow().resume();
                monitor.pauseEnded();
            }
        } catch (RuntimeException e) {
            running = false;
            if (!e.equals(cause)) {
                cause.addSuppressed(e);
            }
        }
        boolean wasCancelled = cancelled || Connections.isInterrupt(cause);
        monitor.state(wasCancelled ? MigrationState.CANCELLED : MigrationState.FAILED);
        Exception reason = exception(cause);
        return wasCancelled ? new Outcome.Cancelled(running) : new Outcome.Failed(reason, running);
    }

    /// Returns an exception; throws an error.
    private static Exception exception(Throwable cause) {
        if (cause instanceof Error e) {
            throw e;
        }
        return (Exception) cause;
    }

    /// Whether the destination may run the machine after the connection was lost.
    private boolean mayRunThere(@Nullable SourceReturnPath answers) {
        return switch (place) {
            case HERE -> false;
            case SENT ->
                    mainBytesSent() > harmlessBytes
                            && (answers == null
                                    || !(answers.destinationWaits() || answers.isRefused()));
            case CONFIRMING -> mainBytesSent() > harmlessBytes;
            case MOVED -> true;
        };
    }

    private void unthrottle() {
        Pace used = pace;
        if (used != null && used.throttles()) {
            control.orElseThrow().throttle(0);
            monitor.throttle(0);
        }
    }
}
