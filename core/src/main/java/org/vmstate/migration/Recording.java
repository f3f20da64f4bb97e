// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.internal.format.CapabilityNames;
import org.vmstate.internal.format.SectionNames;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.migration.RecordingOptions.Form;
import org.vmstate.migration.RecordingOptions.SwitchoverAck;
import org.vmstate.ram.LiveChannels;
import org.vmstate.ram.MappedRamRecorder;
import org.vmstate.ram.PlainRamRecorder;
import org.vmstate.ram.RamBlockList;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamRecordKind;
import org.vmstate.ram.RamRecordReader;
import org.vmstate.ram.RamRecorder;
import org.vmstate.stream.Body;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.Expectations;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamReader;
import org.vmstate.stream.StreamWriter;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Progress;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// One run of a [StreamRecorder].
///
/// Sections of iterative devices are copied as the bytes that were received, while they are read.
/// Other elements are written from the model, which yields the same bytes, or left out.
///
/// Closing it closes the channels.
final class Recording implements AutoCloseable {
    /// The silence after which a stream without a description is taken for complete.
    private static final Duration QUIET = Duration.ofSeconds(2);

    /// The time that a source has to close the connection after the last message.
    private static final Duration GOODBYE = Duration.ofSeconds(10);

    /// The silence that is allowed in a channel, whose silence is limited by the main channel.
    private static final Duration FOREVER = Duration.ofDays(1000);

    private static final int PIECE_HEAD_BYTES = 1 + Integer.BYTES;

    private final RecordingOptions options;
    private final ChannelAcceptor acceptor;
    private final WireWriter out;
    private final StreamWriter writer;
    private final RamContext ram = new RamContext();
    private final BuiltInHandlers handlers = new BuiltInHandlers(ram, this::record);
    private final Set<SectionIdentity> started = new HashSet<>();
    private final List<StreamElement> held = new ArrayList<>();
    private final List<? extends WritableByteChannel> channelOutputs;
    private final @Nullable RamRecorder recorder;
    private final List<ByteChannel> connections = new CopyOnWriteArrayList<>();
    private final List<LiveInput> rawChannels = new ArrayList<>();
    private final List<WireWriter> rawOutputs = new ArrayList<>();
    private @Nullable LiveChannels channels;
    private @Nullable ByteChannel main;
    private @Nullable LiveInput input;
    private @Nullable StreamReader stream;
    private @Nullable ReturnPathWriter answers;
    private @Nullable String machineType;

    private boolean packaged;
    private volatile boolean advised;
    private volatile boolean memoryBegan;
    private volatile boolean unexpected;
    private boolean recordedLast;

    /// Whether the last element was the first section of `ram`.
    private boolean starting;

    /// Whether the first section of `ram` is being read.
    private boolean inStart;

    private boolean flushMarks;
    private int syncsOfStart;

    /// Whether a page was read; before the second section of `ram` only those of the first.
    private boolean pagesInList;

    /// The body that the section which is read is written with, if not its own.
    private @Nullable Body replacement;

    Recording(
            RecordingOptions options,
            ChannelAcceptor acceptor,
            WritableByteChannel output,
            List<? extends WritableByteChannel> channelOutputs) {
        this.options = options;
        this.acceptor = acceptor;
        this.out = WireWriter.to(output);
        this.writer = new StreamWriter(out);
        this.channelOutputs = channelOutputs;
        this.recorder = recorder(output);
    }

    private @Nullable RamRecorder recorder(WritableByteChannel output) {
        return switch (options.form()) {
            case RAW -> null;
            case PLAIN -> options.channels() == 0 ? null : new PlainRamRecorder(out, ram);
            case MAPPED_RAM -> {
                if (!(output instanceof FileChannel file)) {
                    throw new IllegalArgumentException("mapped-ram needs a file");
                }
                yield new MappedRamRecorder(file, out, ram);
            }
        };
    }

    StreamRecorder.Result run(StreamRecorder.Commit commit) throws IOException {
        ByteChannel channel = acceptor.accept();
        main = channel;
        List<ByteChannel> further = furtherChannels();
        long start = System.nanoTime();
        LiveInput received = new LiveInput(channel, out, options.silence(), "vmstate-receive-main");
        input = received;
        channels = channels(further, received);
        watchConnections(received);
        try {
            read(received);
            for (LiveInput raw : rawChannels) {
                raw.copied();
            }
            for (WireWriter raw : rawOutputs) {
                raw.flush();
            }
            commit.commit();
        } catch (TruncatedException e) {
            shut(1);
            throw received.ended() ? cut(e, received) : e;
        } catch (IOException | RuntimeException | Error e) {
            shut(1);
            throw e;
        }
        Duration time = Duration.ofNanos(System.nanoTime() - start);
        boolean told = shut(0);
        if (told) {
            received.awaitEnd(GOODBYE);
        }
        LiveChannels open = channels;
        if (open != null) {
            open.finish(GOODBYE);
        }
        return new StreamRecorder.Result(
                Optional.ofNullable(machineType),
                received.received() + (open == null ? 0 : open.received()),
                told,
                packaged,
                time);
    }

    /// Accepts the multifd channels, which a source connects before it sends anything else.
    private List<ByteChannel> furtherChannels() throws IOException {
        List<ByteChannel> further = new ArrayList<>();
        Thread limit = Thread.ofPlatform().daemon().start(this::closeAfterSilence);
        try {
            while (further.size() < options.channels()) {
                ByteChannel next = acceptor.accept();
                connections.add(next);
                further.add(next);
            }
            return further;
        } catch (AsynchronousCloseException e) {
            IOException failure =
                    new IOException(
                            "the source opened "
                                    + further.size()
                                    + " of "
                                    + options.channels()
                                    + " multifd channels");
            failure.initCause(e);
            throw failure;
        } finally {
            limit.interrupt();
        }
    }

    private void closeAfterSilence() {
        try {
            Thread.sleep(options.silence());
            acceptor.close();
        } catch (InterruptedException | IOException e) {
            // all channels were connected, or nothing can be closed
        }
    }

    private @Nullable LiveChannels channels(List<ByteChannel> further, LiveInput received) {
        if (further.isEmpty()) {
            return null;
        }
        List<WireReader> readers = new ArrayList<>();
        RamRecorder joining = recorder;
        for (ByteChannel channel : further) {
            if (joining != null) {
                readers.add(WireReader.of(channel, options.limits()));
                continue;
            }
            WireWriter raw = WireWriter.to(channelOutputs.get(readers.size()));
            LiveInput bytes =
                    new LiveInput(channel, raw, FOREVER, "vmstate-receive-raw-" + readers.size());
            WireReader reader = WireReader.of(bytes, options.limits());
            bytes.copy(0, reader);
            rawOutputs.add(raw);
            rawChannels.add(bytes);
            readers.add(reader);
        }
        return joining == null
                ? LiveChannels.skipped(readers, ram, options.silence(), received::fail)
                : LiveChannels.joined(readers, ram, joining, options.silence(), received::fail);
    }

    /// Accepts further connections: the preempt channel of a postcopy source, on which nothing
    /// comes because no page is asked for. Others are an error.
    private void watchConnections(LiveInput received) {
        Thread.ofPlatform()
                .daemon()
                .name("vmstate-receive-connections")
                .start(
                        () -> {
                            try {
                                connections.add(acceptor.accept());
                                unexpected = true;
                                if (memoryBegan && !advised) {
                                    received.fail(tooManyChannels());
                                }
                            } catch (IOException e) {
                                // the recording has ended
                            }
                        });
    }

    private static IOException tooManyChannels() {
        return new UnsupportedException(
                "the source opened more channels than were expected: it uses multifd, and the number"
                        + " of its channels was not given, or is higher",
                VMStateException.NO_OFFSET);
    }

    /// An input that ends too early is a broken connection, not an invalid stream.
    private static IOException cut(TruncatedException e, LiveInput received) {
        EOFException end =
                new EOFException(
                        "the source closed the connection before the end of the stream, at offset 0x"
                                + Long.toHexString(received.received()));
        end.initCause(e);
        return end;
    }

    /// Sends the last message, if the return path is open. Returns whether it was sent.
    private boolean shut(int status) {
        ReturnPathWriter open = answers;
        if (open == null) {
            return false;
        }
        try {
            open.send(new ReturnPathMessage.Shut(status));
            return true;
        } catch (IOException e) {
            return false; // the source finds out that the connection has ended
        }
    }

    private void read(LiveInput received) throws IOException {
        WireReader bytes = WireReader.of(received, options.limits());
        bytes.progress(Progress.Phase.MEMORY, options.progress());
        StreamReader elements = StreamReader.of(bytes, this::handler, Expectations.NONE);
        stream = elements;
        long end = -1;
        for (StreamElement e = elements.next(); e != null && end < 0; ) {
            afterStart(e);
            element(e);
            if (e instanceof Section.Start start && memory(start.identity())) {
                memoryBegins();
            }
            if (packaged && e instanceof EndOfStream) {
                end = elements.origin().offset() + 1; // postcopy has no description
            } else {
                e = elements.next();
            }
        }
        if (received.received() > (end < 0 ? elements.end().orElseThrow() : end)) {
            throw new CorruptException(
                    "the source sent more after the end of the stream", received.received());
        }
        out.flush();
    }

    private LiveInput input() {
        return Objects.requireNonNull(input);
    }

    private boolean raw() {
        return options.form() == Form.RAW;
    }

    private void element(StreamElement element) throws IOException {
        switch (element) {
            case Configuration configuration -> {
                machineType = configuration.machineType();
                write(
                        options.form() == Form.MAPPED_RAM
                                ? withMappedRam(configuration)
                                : configuration);
            }
            case Command command -> {
                command(command);
                if (raw() || command instanceof Command.SwitchoverStart) {
                    write(command);
                }
            }
            case Section section when memory(section.identity()) && recorder != null ->
                    recorded(section, recorder);
            case SectionFooter _ when recordedLast && recorder != null -> {}
            case Section section -> {
                Body other = replacement;
                if (other != null) {
                    replacement = null;
                    writer.write(section.withBody(other));
                } else if (!(section.body() instanceof Body.Consumed)) {
                    writer.write(section);
                }
                if (section instanceof Section.End && memory(section.identity())) {
                    memoryEnded();
                }
            }
            case EndOfStream end -> {
                for (StreamElement device : held) {
                    write(device);
                }
                held.clear();
                write(end);
            }
            default -> write(element);
        }
        recordedLast = element instanceof Section section && memory(section.identity());
    }

    private void write(StreamElement element) throws IOException {
        if (recorder != null) {
            recorder.write(element);
        } else {
            writer.write(element);
        }
    }

    private void recorded(Section section, RamRecorder to) throws IOException {
        if (section instanceof Section.Start) {
            to.footers(footersExpected());
        }
        to.section(section);
        if (section instanceof Section.End) {
            memoryEnded();
        }
    }

    private void memoryEnded() {
        if (!packaged) {
            input().endsWithSilence(QUIET, this::mayBeTheEnd);
        }
    }

    /// Whether sections have footers, before the first one can have been read: sources send footers
    /// if they send a configuration.
    private boolean footersExpected() {
        return machineType != null;
    }

    /// Called when the first section of `ram` has been read. Nothing more may be read before the
    /// channels continue: the source may send the rest only then.
    private void memoryBegins() throws IOException {
        starting = true;
        memoryBegan = true;
        if (unexpected && !advised) {
            throw tooManyChannels();
        }
        LiveChannels open = channels;
        for (; open != null && syncsOfStart > 0; syncsOfStart--) {
            open.sync();
        }
    }

    /// Checks the element after the first section of `ram`.
    private void afterStart(StreamElement next) throws UnsupportedException {
        if (starting && recorder != null && (next instanceof SectionFooter) != footersExpected()) {
            throw new UnsupportedException(
                    "a source that sends a configuration or footers, but not both", offset());
        }
        starting = false;
    }

    /// A configuration with the capability `mapped-ram`.
    private static Configuration withMappedRam(Configuration configuration) {
        List<Configuration.Subsection> subsections = new ArrayList<>();
        List<String> names = new ArrayList<>(configuration.capabilities());
        names.add(CapabilityNames.MAPPED_RAM);
        for (Configuration.Subsection subsection : configuration.subsections()) {
            if (!(subsection instanceof Configuration.Subsection.Capabilities)) {
                subsections.add(subsection);
            }
        }
        boolean bits =
                !subsections.isEmpty()
                        && subsections.getFirst()
                                instanceof Configuration.Subsection.TargetPageBits;
        subsections.add(bits ? 1 : 0, new Configuration.Subsection.Capabilities(1, names));
        return new Configuration(configuration.machineType(), subsections);
    }

    private static boolean memory(SectionIdentity device) {
        return device.idString().equals(SectionNames.RAM);
    }

    private boolean mayBeTheEnd() {
        StreamReader elements = stream;
        return elements != null && input().endsLikeAStream(elements.footers());
    }

    private void command(Command command) throws IOException {
        switch (command) {
            case Command.OpenReturnPath _ -> openReturnPath();
            case Command.Ping(long number) -> pong(number);
            case Command.Packaged(List<StreamElement> elements) -> packaged(elements);
            case Command.EnableColo _ -> throw refused("COLO");
            case Command.PostcopyResume _, Command.ReceiveBitmap _ ->
                    throw refused("the continuation of a broken postcopy migration");
            case Command.PostcopyAdvise _ -> advised = true;
            case Command.PostcopyListen _,
                    Command.PostcopyRun _,
                    Command.RamDiscard _,
                    Command.SwitchoverStart _ -> {}
        }
    }

    private UnsupportedException refused(String what) {
        return new UnsupportedException(what + " cannot be recorded", offset());
    }

    private long offset() {
        StreamReader elements = stream;
        return elements == null ? 0 : elements.origin().offset();
    }

    private void openReturnPath() throws IOException {
        if (answers != null) {
            return; // QEMU ignores it, too
        }
        ByteChannel channel = main;
        if (channel == null) {
            throw new IllegalStateException("not connected");
        }
        ReturnPathWriter open = new ReturnPathWriter(WireWriter.to(channel));
        answers = open;
        if (acknowledges()) {
            open.send(new ReturnPathMessage.SwitchoverAcknowledged());
        }
    }

    private boolean acknowledges() {
        String name = machineType;
        return options.switchoverAck() == SwitchoverAck.SEND
                || (options.switchoverAck() == SwitchoverAck.BY_MACHINE_TYPE
                        && name != null
                        && SourceRules.acknowledgesSwitchover(name));
    }

    private void pong(long number) throws IOException {
        ReturnPathWriter open = answers;
        if (open == null) {
            throw new CorruptException("a ping without a return path", offset());
        }
        open.send(new ReturnPathMessage.Pong(number));
    }

    /// Keeps the devices until the memory is complete.
    private void packaged(List<StreamElement> elements) throws IOException {
        packaged = true;
        for (StreamElement element : elements) {
            switch (element) {
                case Command command -> command(command);
                case Section _, SectionFooter _ -> {
                    if (!raw()) {
                        held.add(element);
                    }
                }
                default -> throw new CorruptException("an element in a package", offset());
            }
        }
    }

    private @Nullable SectionHandler handler(SectionIdentity identity, boolean iterative) {
        SectionHandler found = handlers.find(identity, iterative);
        if (found == null) {
            return null;
        }
        return (in, device, context) -> {
            boolean begins = started.add(device);
            int nameBytes = device.idString().getBytes(StandardCharsets.UTF_8).length;
            long start =
                    in.position() - (begins ? StreamTags.headerBytes(nameBytes) : PIECE_HEAD_BYTES);
            boolean first = begins && memory(device);
            inStart = first;
            RamRecorder to = recorder;
            if (to != null && memory(device)) {
                if (first && machineType == null && options.form() == Form.MAPPED_RAM) {
                    throw new UnsupportedException(
                            "a source without a configuration section, which has to state mapped-ram",
                            start);
                }
                found.consume(in, device, context);
            } else if (to != null) {
                to.between(() -> copy(found, start, in, device, context));
            } else if (first && !raw()) {
                found.consume(in, device, context);
                blockList(start, in);
            } else {
                copy(found, start, in, device, context);
            }
        };
    }

    /// Copies a section from its header on.
    private void copy(
            SectionHandler handler,
            long start,
            WireReader in,
            SectionIdentity device,
            StreamContext context)
            throws IOException {
        input().copy(start, in);
        handler.consume(in, device, context);
        input().copied();
    }

    /// Copies the first section of `ram`, or replaces its body by one without page sizes in the
    /// block list, which only a destination of postcopy expects.
    private void blockList(long start, WireReader in) throws IOException {
        boolean pages = pagesInList;
        if (ram.blocks().stream().noneMatch(block -> block.pageSize().isPresent())) {
            input().copy(start, in);
            input().copied();
            return;
        }
        if (pages) {
            throw new UnsupportedException(
                    "pages in the first section of ram of a postcopy source", in.position());
        }
        WireWriter list = WireWriter.toMemory();
        RamBlockList.write(list, ram.blocks());
        replacement = Body.of(list.toByteArray());
    }

    /// Called for each record of `ram`.
    private void record(RamRecordReader records) throws IOException {
        if (records.kind() == RamRecordKind.MULTIFD_FLUSH && options.channels() == 0) {
            throw new UnsupportedException(
                    "the source uses multifd; the number of its channels was not given",
                    records.recordOffset());
        }
        pagesInList |= records.payloadLength() > 0 || records.kind() == RamRecordKind.ZERO_PAGE;
        RamRecorder to = recorder;
        if (to != null) {
            to.record(records);
        } else {
            records.skipRun();
        }
        LiveChannels open = channels;
        if (open != null) {
            synchronize(records, open);
        }
    }

    /// Waits for the channels at their synchronization points: the marks in the stream, or the ends
    /// of bodies if the first one has no mark.
    private void synchronize(RamRecordReader records, LiveChannels open) throws IOException {
        boolean mark = records.kind() == RamRecordKind.MULTIFD_FLUSH;
        flushMarks |= mark && inStart;
        if (records.kind() == RamRecordKind.BLOCK_LIST) {
            open.start();
        } else if (mark || (records.kind() == RamRecordKind.END_OF_SECTION && !flushMarks)) {
            if (inStart) {
                syncsOfStart++;
            } else {
                open.sync();
            }
        }
    }

    @Override
    public void close() throws IOException {
        acceptor.close();
        if (channels != null) {
            channels.close();
        }
        for (ByteChannel connection : connections) {
            connection.close();
        }
        if (input != null) {
            input.close();
        } else if (main != null) {
            main.close();
        }
        if (recorder != null) {
            recorder.close();
        }
    }
}
