// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.vmstate.testing.StreamBytes.stream;

import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;

class CommandTest {
    private static final long AT = 8;

    /// A command, its name in QEMU, and its bytes.
    record Known(Command command, String label, String hex) {
        @Override
        public String toString() {
            return label + " " + hex;
        }
    }

    static Stream<Known> commands() {
        return Stream.of(
                new Known(new Command.OpenReturnPath(), "open-return-path", "08 0001 0000"),
                new Known(new Command.Ping(0xfffffffeL), "ping", "08 0002 0004 fffffffe"),
                new Known(
                        new Command.PostcopyAdvise(Optional.empty()),
                        "postcopy-advise",
                        "08 0003 0000"),
                new Known(
                        new Command.PostcopyAdvise(
                                Optional.of(new Command.PostcopyAdvise.PageSizes(0x201000, 4096))),
                        "postcopy-advise",
                        "08 0003 0010 0000000000201000 0000000000001000"),
                new Known(new Command.PostcopyListen(), "postcopy-listen", "08 0004 0000"),
                new Known(new Command.PostcopyRun(), "postcopy-run", "08 0005 0000"),
                new Known(
                        new Command.RamDiscard(
                                "ram",
                                List.of(
                                        new Command.RamDiscard.Range(0x1000, 0x2000),
                                        new Command.RamDiscard.Range(-4096, 4096))),
                        "postcopy-ram-discard",
                        "08 0006 0026 00 03 72616d 00 0000000000001000 0000000000002000"
                                + " fffffffffffff000 0000000000001000"),
                new Known(
                        new Command.RamDiscard("", List.of()),
                        "postcopy-ram-discard",
                        "08 0006 0003 00 00 00"),
                new Known(new Command.Packaged(List.of()), "packaged", "08 0007 0004 00000000"),
                new Known(
                        new Command.Packaged(
                                List.of(new Command.Ping(1), new Command.PostcopyRun())),
                        "packaged",
                        "08 0007 0004 0000000e 08 0002 0004 00000001 08 0005 0000"),
                new Known(new Command.EnableColo(), "enable-colo", "08 0008 0000"),
                new Known(new Command.PostcopyResume(), "postcopy-resume", "08 0009 0000"),
                new Known(
                        new Command.ReceiveBitmap("pc.ram"),
                        "recv-bitmap",
                        "08 000a 0007 06 70632e72616d"),
                new Known(new Command.SwitchoverStart(), "switchover-start", "08 000b 0000"));
    }

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void commandIsReadAndWritten(Known known) throws IOException {
        StreamBytes stream = stream().bytes(bytes(known.hex())).endOfStream();

        List<StreamElement> elements = Reading.all(Reading.reader(stream));

        assertThat(elements.get(1)).isEqualTo(known.command());
        assertThat(known.command().label()).isEqualTo(known.label());
        assertThat(Reading.written(List.of(known.command()))).isEqualTo(bytes(known.hex()));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void commandCutAnywhereIsTruncated(Known known) {
        byte[] whole = bytes(known.hex());
        for (int cut = 1; cut < whole.length; cut++) {
            StreamBytes stream = stream().bytes(Arrays.copyOf(whole, cut));
            assertThat(
                            catchThrowableOfType(
                                    VMStateException.class,
                                    () -> Reading.all(Reading.reader(stream))))
                    .isInstanceOf(TruncatedException.class);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    08 0001 0001 00                      | command 1 has 1 bytes of data, not 0
                    08 0002 0000                         | command 2 has 0 bytes of data, not 4
                    08 0002 0008 0000000000000000        | command 2 has 8 bytes of data, not 4
                    08 0003 0008 0000000000001000        | command 3 has 8 bytes of data, not 16
                    08 0006 0003 00 01 61 00             | a discard command of 3 bytes
                    08 0006 000b 00 00 00 0000000000000000 | a discard command of 11 bytes
                    08 0006 0003 00 00 01                | no 0 after the name of block
                    08 0006 0003 00 02 c328 00           | not UTF-8
                    08 0007 0000                         | command 7 has 0 bytes of data, not 4
                    08 000a 0003 01 61                   | command 10 has 3 bytes of data, not 2
                    08 000a 0001 01 61                   | command 10 has 1 bytes of data, not 2
                    08 000b ffff                         | command 11 has 65535 bytes of data, not 0
                    """)
    void commandWhoseDataDoesNotFitIsCorrupt(String hex, String message) {
        StreamBytes stream = stream().bytes(bytes(hex)).bytes(new byte[70000]);

        CorruptException e =
                catchThrowableOfType(
                        CorruptException.class, () -> Reading.all(Reading.reader(stream)));

        assertThat(e).hasMessageContaining(message);
        assertThat(e.offset()).isBetween(AT, AT + bytes(hex).length);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    08 0000 0000          | unknown command 0
                    08 000c 0000          | unknown command 12
                    08 ffff ffff          | unknown command 65535
                    08 0006 0003 01 00 00 | discard command of version 1
                    """)
    void commandThatNobodyKnowsIsUnsupported(String hex, String message) {
        StreamBytes stream = stream().bytes(bytes(hex)).endOfStream();

        UnsupportedException e =
                catchThrowableOfType(
                        UnsupportedException.class, () -> Reading.all(Reading.reader(stream)));

        assertThat(e).hasMessageContaining(message);
        assertThat(e.offset()).isEqualTo(AT);
    }

    @Test
    void commandThatDoesNotFitItsLengthCannotBeWritten() {
        List<Command.RamDiscard.Range> ranges =
                Collections.nCopies(4096, new Command.RamDiscard.Range(0, 4096));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reading.written(List.of(new Command.RamDiscard("ram", ranges))));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Reading.written(List.of(new Command.Ping(-1))));
    }
}
