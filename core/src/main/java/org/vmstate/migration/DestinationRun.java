// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.CommandCode;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.migration.MigrationDestination.Outcome;
import org.vmstate.ram.DirtyPages;
import org.vmstate.ram.GuestMemory;
import org.vmstate.ram.GuestMemoryLoader;
import org.vmstate.ram.MultifdReceiver;
import org.vmstate.savevm.LoadReport;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.MachineControl;
import org.vmstate.savevm.StateLoader;
import org.vmstate.stream.Command;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The work of a [MigrationDestination].
final class DestinationRun {
    /// The time for which the last message to the source may wait.
    private static final Duration FAREWELL_LIMIT = Duration.ofSeconds(2);

    private static final String ADVICE =
            "The machine is loaded and stopped here, and may run at the source. If it does not run"
                    + " there, resume it here (MachineControl.resume).";

    private final Machine machine;
    private final ChannelAcceptor acceptor;
    private final MigrationParameters parameters;
    private final Optional<MachineControl> control;
    private final Monitor monitor = new Monitor(this::bytesReceived);
    private volatile @Nullable Connections connections;
    private volatile boolean cancelled;
    private volatile boolean loaded;
    private @Nullable ReturnPathWriter returnPath;
    private boolean sourceConfirms;
    private boolean advised;
    private boolean listening;
    private long commands;
    private final @Nullable PagesOnDemand onDemand;

    /// The state of postcopy, if the source has announced it and this end supports it.
    private @Nullable PostcopyArrival postcopy;

    DestinationRun(
            Machine machine,
            ChannelAcceptor acceptor,
            MigrationParameters parameters,
            @Nullable PagesOnDemand onDemand) {
        this.onDemand = onDemand;
        this.machine = machine;
        this.acceptor = acceptor;
        this.parameters = parameters;
        this.control = machine.control();
    }

    private long bytesReceived() {
        Connections open = connections;
        return open == null ? 0 : open.bytesRead();
    }

    MigrationStatus status() {
        return monitor.status();
    }

    void cancel() {
        cancelled = true;
        Connections open = connections;
        if (open != null && !loaded) {
            open.abort(new IOException("the migration was cancelled"));
        }
    }

    Outcome run() {
        if (control.isPresent() && control.get().running()) {
            throw new IllegalStateException("the machine is running; stop it to receive another");
        }
        try (Connections open = new Connections(parameters.stallLimit(), "migration destination")) {
            connections = open;
            return receive(open);
        }
    }

    private Outcome receive(Connections open) {
        LoadReport report;
        WireReader in;
        try {
            if (cancelled) {
                throw new IOException("the migration was cancelled");
            }
            open.closeToo(acceptor);
            WatchedChannel channel = open.add(acceptor.accept());
            monitor.state(MigrationState.SETUP);
            List<WatchedChannel> pages = acceptMultifd(open);
            open.keep(acceptor);
            open.limitReads(channel);
            in = WireReader.of(channel, machine.limits());
            try (MultifdReceiver receiver =
                    pages.isEmpty() ? null : MultifdReceiver.of(pages, channel)) {
                report = load(in, channel, receiver);
            }
        } catch (Throwable thrown) {
            return failed(open, thrown);
        }
        return settle(open, in, report);
    }

    private List<WatchedChannel> acceptMultifd(Connections open) throws IOException {
        int count = parameters.multifdChannels().orElse(0);
        List<WatchedChannel> channels = new ArrayList<>();
        if (count != 0) {
            open.deadline(parameters.stallLimit(), "connecting " + count + " multifd channels");
            for (int i = 0; i < count; i++) {
                channels.add(open.add(acceptor.accept()));
            }
            open.withoutDeadline();
        }
        return channels;
    }

    private LoadReport load(
            WireReader in, WatchedChannel channel, @Nullable MultifdReceiver receiver)
            throws IOException {
        StateLoader loader =
                machine.loader(
                        in, (memory, pageSize) -> memoryLoader(memory, pageSize, receiver)::load);
        try (loader) {
            for (StreamElement e = loader.next(); e != null; e = loader.next()) {
                switch (e) {
                    case Command.Packaged(List<StreamElement> elements) -> {
                        listen(loader, elements);
                        listening = true;
                    }
                    case Command command -> command(command, channel, loader.offset());
                    case EndOfStream _ when listening -> {
                        return finishPostcopy(loader);
                    }
                    case Section.Full _, EndOfStream _ -> monitor.state(MigrationState.DEVICE);
                    case Section _ when !listening -> monitor.state(MigrationState.ACTIVE);
                    default -> {}
                }
                if (postcopy != null) {
                    postcopy.check();
                }
            }
            return loader.finish();
        } catch (Throwable thrown) {
            if (postcopy != null) {
                Connections open = connections;
                loader.lose();
                postcopy.lose(open == null ? thrown : open.checked(thrown));
            }
            throw thrown;
        }
    }

    private GuestMemoryLoader memoryLoader(
            GuestMemory memory, int pageSize, @Nullable MultifdReceiver receiver) {
        GuestMemoryLoader pages = new GuestMemoryLoader(memory, pageSize);
        if (receiver != null) {
            pages.multifd(receiver);
        }
        if (advised && onDemand != null && returnPath != null) {
            postcopy =
                    new PostcopyArrival(
                            onDemand, memory, pageSize, pages, control, monitor, returnPath);
        }
        return pages;
    }

    private void listen(StateLoader loader, List<StreamElement> elements) throws IOException {
        machine.limits().checkCommands(++commands, "a stream", loader.offset());
        if (elements.isEmpty() || !(elements.getFirst() instanceof Command.PostcopyListen)) {
            throw new UnsupportedException(
                    "a package that does not begin with postcopy-listen", loader.offset());
        }
        postcopy(loader.offset()).listen(loader, elements, loader.offset());
    }

    private PostcopyArrival postcopy(long offset) throws UnsupportedException {
        PostcopyArrival arrival = postcopy;
        if (arrival == null) {
            throw new UnsupportedException(
                    "postcopy, for which this destination needs PagesOnDemand and the source"
                            + " return-path and postcopy-ram before the first page",
                    offset);
        }
        return arrival;
    }

    private LoadReport finishPostcopy(StateLoader loader) throws IOException {
        return postcopy(loader.offset()).finish(loader.offset());
    }

    private void advise(Command.PostcopyAdvise advice, long offset) throws IOException {
        advised = true;
        if (onDemand == null) {
            return; // refused only if it is used
        }
        int page = machine.pageSize();
        var local =
                new Command.PostcopyAdvise.PageSizes(Math.max(page, DirtyPages.PAGE_BYTES), page);
        if (advice.pageSizes().isPresent() && !advice.pageSizes().get().equals(local)) {
            throw new RefusedException(
                    "Postcopy needs matching RAM page sizes (s=%s d=%s)"
                            .formatted(advice.pageSizes().get(), local),
                    offset);
        }
    }

    private void command(Command command, WatchedChannel channel, long offset) throws IOException {
        machine.limits().checkCommands(++commands, "a stream", offset);
        switch (command) {
            case Command.OpenReturnPath _ -> {
                if (returnPath == null) {
                    returnPath = new ReturnPathWriter(WireWriter.to(channel));
                    if (parameters.switchoverAck()) {
                        returnPath.send(new ReturnPathMessage.SwitchoverAcknowledged());
                    }
                }
            }
            case Command.Ping(long number) -> {
                ReturnPathWriter answers = returnPath;
                if (answers == null) {
                    throw new CorruptException(
                            "CMD_PING (0x5) received with no return path", offset);
                }
                if (number == Confirmation.OFFERED) {
                    sourceConfirms = true;
                    answers.send(new ReturnPathMessage.Pong(Confirmation.RUN));
                }
                answers.send(new ReturnPathMessage.Pong(number));
            }
            case Command.SwitchoverStart _ -> monitor.state(MigrationState.DEVICE);
            case Command.PostcopyAdvise advice -> advise(advice, offset);
            case Command.RamDiscard discard -> postcopy(offset).discard(discard, offset);
            case Command.PostcopyRun _ -> postcopy(offset).run(offset);
            default ->
                    throw new UnsupportedException(
                            "the command "
                                    + command.label()
                                    + ", which this destination does not"
                                    + " follow: switch the capability of the source off that sends"
                                    + " it (postcopy-ram, x-colo)",
                            offset);
        }
    }

    /// Acknowledges, and finds out whether the machine is to run here.
    private Outcome settle(Connections open, WireReader in, LoadReport report) {
        ReturnPathWriter answers = returnPath;
        boolean runs = true;
        loaded = true;
        if (monitor.state() == MigrationState.POSTCOPY_ACTIVE) {
            farewell(open, Objects.requireNonNull(answers), new ReturnPathMessage.Shut(0));
            monitor.state(MigrationState.COMPLETED);
            return new Outcome.Completed(report, control.isPresent());
        }
        try {
            if (answers != null) {
                open.deadline(parameters.switchoverLimit(), "the decision of the source");
                answers.send(new ReturnPathMessage.Shut(0));
                runs = sourceConfirms ? awaitConfirmation(in) : awaitEnd(in);
            }
        } catch (Throwable thrown) {
            Throwable cause = open.checked(thrown);
            monitor.state(MigrationState.UNDECIDED);
            if (cause instanceof Error e) {
                throw e;
            }
            return new Outcome.Undecided((Exception) cause, report, ADVICE);
        }
        open.withoutDeadline();
        if (runs && control.isPresent()) {
            control.get().resume();
        }
        monitor.state(MigrationState.COMPLETED);
        if (answers != null && sourceConfirms) {
            farewell(
                    open,
                    answers,
                    new ReturnPathMessage.Pong(
                            runs ? Confirmation.RUN : Confirmation.STAY_STOPPED));
        }
        return new Outcome.Completed(report, runs && control.isPresent());
    }

    /// Reads the confirmation; returns whether the machine is to run.
    private static boolean awaitConfirmation(WireReader in) throws IOException {
        while (true) {
            long at = in.position();
            if (in.atEnd()) {
                throw new IOException("the source closed the connection before it had confirmed");
            }
            long number = ping(in, at);
            if (number == Confirmation.RUN || number == Confirmation.STAY_STOPPED) {
                return number == Confirmation.RUN;
            }
        }
    }

    /// Reads a ping behind the end of the stream; returns its number.
    private static long ping(WireReader in, long at) throws IOException {
        int tag = in.u8();
        int code = in.u16();
        int length = in.u16();
        if (tag != StreamTags.COMMAND
                || code != CommandCode.PING.number()
                || length != Integer.BYTES) {
            throw new CorruptException("no confirmation behind the stream", at);
        }
        return in.u32();
    }

    /// Waits for the end of a connection whose source does not confirm. It resumes its machine if
    /// it has not read the acknowledgement, and an end that is not orderly may mean that.
    private static boolean awaitEnd(WireReader in) throws IOException {
        if (!in.atEnd()) {
            throw new CorruptException("bytes behind the end of the stream", in.position());
        }
        return true;
    }

    private Outcome failed(Connections open, Throwable thrown) {
        Throwable cause = open.checked(thrown);
        ReturnPathWriter answers = returnPath;
        if (answers != null) {
            farewell(open, answers, new ReturnPathMessage.Shut(1));
        }
        boolean wasCancelled = cancelled || Connections.isInterrupt(cause);
        monitor.state(wasCancelled ? MigrationState.CANCELLED : MigrationState.FAILED);
        if (cause instanceof Error e) {
            throw e;
        }
        return wasCancelled ? new Outcome.Cancelled() : new Outcome.Failed((Exception) cause);
    }

    /// Sends a last message; it does not matter if that fails.
    private static void farewell(
            Connections open, ReturnPathWriter answers, ReturnPathMessage message) {
        open.deadline(FAREWELL_LIMIT, "the last message");
        try {
            answers.send(message);
        } catch (IOException e) {
            // The source finds out by the end of the connection.
        }
        open.withoutDeadline();
    }
}
