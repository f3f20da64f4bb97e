// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmstate.internal.format.CommandCode;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Reads and writes commands, except for the elements of a packaged command.
final class CommandCodec {
    private static final int RANGE_BYTES = 16;

    private CommandCodec() {}

    /// The code and length of a command, which precede its data.
    record Header(long offset, int code, int length) {}

    static Header readHead(WireReader in, long offset) throws IOException {
        return new Header(offset, in.u16(), in.u16());
    }

    static Command read(WireReader in, Header head) throws IOException {
        int length = head.length();
        CommandCode code =
                CommandCode.of(head.code())
                        .orElseThrow(
                                () ->
                                        new UnsupportedException(
                                                "unknown command " + head.code(), head.offset()));
        return switch (code) {
            case OPEN_RETURN_PATH -> empty(head, new Command.OpenReturnPath());
            case PING -> {
                requireLength(head, 4);
                yield new Command.Ping(in.u32());
            }
            case POSTCOPY_ADVISE -> {
                if (length == 0) {
                    yield new Command.PostcopyAdvise(Optional.empty());
                }
                requireLength(head, 16);
                yield new Command.PostcopyAdvise(
                        Optional.of(new Command.PostcopyAdvise.PageSizes(in.u64(), in.u64())));
            }
            case POSTCOPY_LISTEN -> empty(head, new Command.PostcopyListen());
            case POSTCOPY_RUN -> empty(head, new Command.PostcopyRun());
            case POSTCOPY_RAM_DISCARD -> readDiscard(in, head);
            case ENABLE_COLO -> empty(head, new Command.EnableColo());
            case POSTCOPY_RESUME -> empty(head, new Command.PostcopyResume());
            case RECEIVE_BITMAP -> {
                String block = in.str8();
                requireLength(head, in.position() - head.offset() - 5);
                yield new Command.ReceiveBitmap(block);
            }
            case SWITCHOVER_START -> empty(head, new Command.SwitchoverStart());
            case PACKAGED ->
                    throw new IllegalArgumentException(
                            "the elements of a package are read by the reader");
        };
    }

    private static Command.RamDiscard readDiscard(WireReader in, Header head) throws IOException {
        long dataStart = in.position();
        int version = in.u8();
        if (version != 0) {
            throw new UnsupportedException("discard command of version " + version, head.offset());
        }
        String block = in.str8();
        if (in.u8() != 0) {
            throw new CorruptException("no 0 after the name of block " + block, in.position() - 1);
        }
        long left = head.length() - (in.position() - dataStart);
        if (left < 0 || left % RANGE_BYTES != 0) {
            throw new CorruptException(
                    "a discard command of " + head.length() + " bytes", head.offset());
        }
        List<Command.RamDiscard.Range> ranges = new ArrayList<>();
        for (long i = 0; i < left / RANGE_BYTES; i++) {
            ranges.add(new Command.RamDiscard.Range(in.u64(), in.u64()));
        }
        return new Command.RamDiscard(block, ranges);
    }

    private static Command empty(Header head, Command command) throws CorruptException {
        requireLength(head, 0);
        return command;
    }

    static void requireLength(Header head, long length) throws CorruptException {
        if (head.length() != length) {
            throw new CorruptException(
                    "command "
                            + head.code()
                            + " has "
                            + head.length()
                            + " bytes of data, not "
                            + length,
                    head.offset());
        }
    }

    static void write(WireWriter out, Command command) throws IOException {
        WireWriter data = WireWriter.toMemory();
        WireWriter behind = WireWriter.toMemory();
        switch (command) {
            case Command.Ping(long number) -> data.u32(number);
            case Command.PostcopyAdvise(Optional<Command.PostcopyAdvise.PageSizes> sizes) -> {
                if (sizes.isPresent()) {
                    data.u64(sizes.get().hostPages());
                    data.u64(sizes.get().targetPage());
                }
            }
            case Command.RamDiscard(String block, List<Command.RamDiscard.Range> ranges) -> {
                data.u8(0);
                data.str8(block);
                data.u8(0);
                for (Command.RamDiscard.Range range : ranges) {
                    data.u64(range.start());
                    data.u64(range.length());
                }
            }
            case Command.Packaged(List<StreamElement> elements) -> {
                StreamWriter nested = new StreamWriter(behind);
                for (StreamElement element : elements) {
                    nested.write(element);
                }
                data.u32(behind.position());
            }
            case Command.ReceiveBitmap(String block) -> data.str8(block);
            case Command.OpenReturnPath _,
                    Command.PostcopyListen _,
                    Command.PostcopyRun _,
                    Command.EnableColo _,
                    Command.PostcopyResume _,
                    Command.SwitchoverStart _ -> {}
        }
        byte[] bytes = data.toByteArray();
        out.u8(StreamTags.COMMAND);
        out.u16(command.code());
        out.u16(bytes.length);
        out.bytes(bytes);
        out.bytes(behind.toByteArray());
    }
}
