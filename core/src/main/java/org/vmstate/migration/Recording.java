// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.internal.format.SectionNames;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.migration.RecordingOptions.Form;
import org.vmstate.migration.RecordingOptions.SwitchoverAck;
import org.vmstate.ram.RamBlockList;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamRecordKind;
import org.vmstate.ram.RamRecordReader;
import org.vmstate.stream.Body;
import org.vmstate.stream.Command;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.Expectations;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamReader;
import org.vmstate.stream.StreamWriter;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.Progress;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
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

    private static final int PIECE_HEAD_BYTES = 1 + Integer.BYTES;

    private final RecordingOptions options;
    private final ChannelAcceptor acceptor;
    private final WireWriter out;
    private final StreamWriter writer;
    private final RamContext ram = new RamContext();
    private final BuiltInHandlers handlers = new BuiltInHandlers(ram, this::record);
    private final Set<SectionIdentity> started = new HashSet<>();
    private final List<StreamElement> held = new ArrayList<>();
    private @Nullable ByteChannel main;
    private @Nullable LiveInput input;
    private @Nullable StreamReader stream;
    private @Nullable ReturnPathWriter answers;
    private @Nullable String machineType;

    private boolean packaged;

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
    }

    StreamRecorder.Result run(StreamRecorder.Commit commit) throws IOException {
        ByteChannel channel = acceptor.accept();
        main = channel;
        long start = System.nanoTime();
        LiveInput received = new LiveInput(channel, out, options.silence(), "vmstate-receive-main");
        input = received;
        try {
            read(received);
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
        return new StreamRecorder.Result(
                Optional.ofNullable(machineType), received.received(), told, packaged, time);
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
            element(e);
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
                writer.write(configuration);
            }
            case Command command -> {
                command(command);
                if (raw() || command instanceof Command.SwitchoverStart) {
                    writer.write(command);
                }
            }
            case Section section -> {
                Body other = replacement;
                if (other != null) {
                    replacement = null;
                    writer.write(section.withBody(other));
                } else if (!(section.body() instanceof Body.Consumed)) {
                    writer.write(section);
                }
                if (section instanceof Section.End && !packaged && memory(section.identity())) {
                    input().endsWithSilence(QUIET, this::mayBeTheEnd);
                }
            }
            case EndOfStream end -> {
                writer.write(held);
                held.clear();
                writer.write(end);
            }
            default -> writer.write(element);
        }
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
            case Command.PostcopyAdvise _,
                    Command.PostcopyListen _,
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
            boolean first = started.add(device);
            int nameBytes = device.idString().getBytes(StandardCharsets.UTF_8).length;
            long start =
                    in.position() - (first ? StreamTags.headerBytes(nameBytes) : PIECE_HEAD_BYTES);
            if (first && memory(device) && !raw()) {
                found.consume(in, device, context);
                blockList(start, in);
            } else {
                input().copy(start, in);
                found.consume(in, device, context);
                input().copied();
            }
        };
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
        records.skipRun();
    }

    @Override
    public void close() throws IOException {
        if (input != null) {
            input.close();
        }
    }
}
