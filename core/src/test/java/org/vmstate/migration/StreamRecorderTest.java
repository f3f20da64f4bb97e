// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.Channels;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.migration.ReturnPathMessage.Pong;
import org.vmstate.migration.ReturnPathMessage.Shut;
import org.vmstate.migration.ReturnPathMessage.SwitchoverAcknowledged;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.UnsupportedException;

@Timeout(60)
class StreamRecorderTest {
    private static final byte[] PING_1 = {0, 0, 0, 1};
    private static final byte[] PING_3 = {0, 0, 0, 3};

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    private StreamRecorder.Result record(PeerSource source) throws IOException {
        return record(source, RecordingOptions.DEFAULT);
    }

    private StreamRecorder.Result record(PeerSource source, RecordingOptions options)
            throws IOException {
        return new StreamRecorder(options)
                .record(source.acceptor(), Channels.newChannel(output), List.of(), () -> {});
    }

    /// The beginning of a stream with 64 KiB of memory.
    private static StreamBytes beginning() {
        return StreamBytes.stream().configuration("pc-i440fx-7.2");
    }

    private static StreamBytes memory(StreamBytes stream) {
        return stream.start(2, "ram", 0, 4)
                .u64(0x10000 | 0x04)
                .str8("pc.ram")
                .u64(0x10000)
                .u64(0x10)
                .footer(2)
                .part(2)
                .u64(0x1000 | 0x08)
                .str8("pc.ram")
                .bytes(page('a'))
                .u64(0x2000 | 0x22)
                .u8(0)
                .u64(0x10)
                .footer(2)
                .end(2)
                .u64(0x10)
                .footer(2);
    }

    private static byte[] page(char content) {
        byte[] page = new byte[4096];
        Arrays.fill(page, (byte) content);
        return page;
    }

    private static StreamBytes devices(StreamBytes stream) {
        return stream.full(3, "timer", 0, 2).bytes(new byte[24]).footer(3);
    }

    private static StreamBytes described(StreamBytes stream) {
        return stream.endOfStream()
                .description(
                        "{\"page_size\":4096,\"devices\":[{\"name\":\"timer\",\"instance_id\":0,\"vmsd_name\":\"timer\",\"version\":2,\"fields\":[{\"name\":\"x\",\"type\":\"buffer\",\"size\":24}]}]}");
    }

    private static byte[] bytes(StreamBytes stream) {
        return stream.toByteArray();
    }

    static Stream<Corpus.Entry> live() {
        return Corpus.streams().stream()
                .filter(e -> e.beginsWithHeader() && e.channels().isEmpty())
                .filter(e -> !e.name().contains("mapped"));
    }

    @ParameterizedTest
    @MethodSource("live")
    void streamOfARealSourceIsRecordedByteForByteWithoutWhatNeedsAnAnswer(Corpus.Entry entry)
            throws Exception {
        byte[] stream = entry.bytes();
        try (PeerSource source = PeerSource.listening(stream)) {
            record(source);
        } catch (UnsupportedException | CorruptException e) {
            assertThat(e).hasMessageContaining("multifd");
            return;
        }
        String head = new String(stream, 0, 400, ISO_8859_1);
        if (head.contains("\b\0\1\0\0") || head.contains("\b\0\3\0\0")) {
            assertThat(output.size()).isLessThan(stream.length);
        } else {
            assertThat(output.toByteArray()).isEqualTo(stream);
        }
    }

    @Test
    void returnPathIsAnsweredAndItsCommandsAreLeftOut() throws Exception {
        byte[] sent = bytes(described(devices(memory(beginning().command(1).command(2, PING_1)))));
        try (PeerSource source = PeerSource.listening(sent)) {
            assertThat(record(source).returnPath()).isTrue();

            assertThat(source.messages()).containsExactly(new Pong(1), new Shut(0));
            assertThat(output.toByteArray())
                    .isEqualTo(bytes(described(devices(memory(beginning())))));
        }
    }

    @Test
    void sourceIsToldOfTheSuccessAfterTheCommit() throws Exception {
        byte[] sent = bytes(described(memory(beginning().command(1))));
        try (PeerSource source = PeerSource.listening(sent)) {
            assertThatExceptionOfType(IOException.class)
                    .isThrownBy(
                            () ->
                                    new StreamRecorder(RecordingOptions.DEFAULT)
                                            .record(
                                                    source.acceptor(),
                                                    Channels.newChannel(output),
                                                    List.of(),
                                                    () -> {
                                                        throw new IOException("disk full");
                                                    }))
                    .withMessage("disk full");
            assertThat(source.messages()).containsExactly(new Shut(1));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "pc-i440fx-7.2, false",
        "pc-i440fx-8.0, false",
        "pc-i440fx-8.1, true",
        "pc-q35-10.0, true",
        "pc-q35-11.0, true",
        "pc-q35-11.1, false",
        "microbit, false"
    })
    void switchoverIsAcknowledgedByMachineTypeBeforeTheFirstPong(String machine, boolean expected)
            throws Exception {
        byte[] sent =
                bytes(
                        described(
                                memory(
                                        StreamBytes.stream()
                                                .configuration(machine)
                                                .command(1)
                                                .command(2, PING_1))));
        try (PeerSource source = PeerSource.listening(sent)) {
            record(source);

            assertThat(source.messages())
                    .isEqualTo(
                            expected
                                    ? List.of(
                                            new SwitchoverAcknowledged(), new Pong(1), new Shut(0))
                                    : List.of(new Pong(1), new Shut(0)));
        }
    }

    @Test
    void streamWithoutDescriptionEndsWithSilence() throws Exception {
        byte[] sent = bytes(devices(memory(beginning().command(1))).endOfStream());
        try (PeerSource source = PeerSource.listening(sent)) {
            record(source);

            assertThat(source.messages()).containsExactly(new Shut(0));
            assertThat(output.toByteArray())
                    .isEqualTo(bytes(devices(memory(beginning())).endOfStream()));
        }
    }

    @Test
    void silenceBeforeTheEndIsAnError() throws Exception {
        byte[] sent = bytes(devices(memory(beginning().command(1))));
        try (PeerSource source = PeerSource.listening(sent)) {
            assertThatThrownBy(
                            () ->
                                    record(
                                            source,
                                            RecordingOptions.builder()
                                                    .silence(Duration.ofSeconds(3))
                                                    .build()))
                    .hasMessage("the source sent nothing for 3 seconds");
            assertThat(source.messages()).containsExactly(new Shut(1));
        }
    }

    @Test
    void devicesOfAPostcopyPackageFollowTheMemory() throws Exception {
        StreamBytes sent =
                beginning()
                        .command(1)
                        .command(2, PING_1)
                        .command(3, HexFormat.of().parseHex("00000000000010000000000000001000"))
                        .start(2, "ram", 0, 4)
                        .u64(0x10000 | 0x04)
                        .str8("pc.ram")
                        .u64(0x10000)
                        .u64(0x200000) // the size of huge pages
                        .u64(0x10)
                        .footer(2)
                        .command(
                                6,
                                HexFormat.of()
                                        .parseHex(
                                                "000670632e72616d00"
                                                        + "0000000000001000"
                                                        + "0000000000001000"))
                        .packaged(p -> devices(p.command(4)).command(2, PING_3).command(5))
                        .part(2)
                        .u64(0x1000 | 0x08)
                        .str8("pc.ram")
                        .bytes(page('b'))
                        .u64(0x10)
                        .footer(2)
                        .end(2)
                        .u64(0x10)
                        .footer(2)
                        .endOfStream();
        try (PeerSource source = PeerSource.listening(bytes(sent))) {
            assertThat(record(source).postcopy()).isTrue();

            assertThat(source.messages()).containsExactly(new Pong(1), new Pong(3), new Shut(0));
            assertThat(output.toByteArray())
                    .isEqualTo(
                            bytes(
                                    devices(
                                                    beginning()
                                                            .start(2, "ram", 0, 4)
                                                            .u64(0x10000 | 0x04)
                                                            .str8("pc.ram")
                                                            .u64(0x10000)
                                                            .u64(0x10)
                                                            .footer(2)
                                                            .part(2)
                                                            .u64(0x1000 | 0x08)
                                                            .str8("pc.ram")
                                                            .bytes(page('b'))
                                                            .u64(0x10)
                                                            .footer(2)
                                                            .end(2)
                                                            .u64(0x10)
                                                            .footer(2))
                                            .endOfStream()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 8, 20, 40, 100, 4000, 4300})
    void connectionThatIsCutIsAnErrorWhereverItHappens(int length) throws Exception {
        byte[] all = bytes(described(devices(memory(beginning()))));
        try (PeerSource source = PeerSource.sending(Arrays.copyOf(all, length))) {
            assertThatExceptionOfType(EOFException.class)
                    .isThrownBy(() -> record(source))
                    .withMessage(
                            "the source closed the connection before the end of the stream, at offset 0x"
                                    + Integer.toHexString(length));
        }
    }

    @Test
    void bytesThatAreNoStreamAreRefused() throws Exception {
        try (PeerSource source = PeerSource.sending(new byte[1 << 20])) {
            assertThatExceptionOfType(CorruptException.class).isThrownBy(() -> record(source));
        }
    }

    @Test
    void invalidRecordIsRefusedAndTheSourceIsTold() throws Exception {
        byte[] sent =
                bytes(
                        beginning()
                                .command(1)
                                .start(2, "ram", 0, 4)
                                .u64(0x10000 | 0x04)
                                .str8("pc.ram")
                                .u64(0x10000)
                                .u64(0x10)
                                .footer(2)
                                .part(2)
                                .u64(0x1000 | 0x28));
        try (PeerSource source = PeerSource.listening(sent)) {
            assertThatExceptionOfType(CorruptException.class)
                    .isThrownBy(() -> record(source))
                    .withMessageContaining("before any block was named");
            assertThat(source.messages()).containsExactly(new Shut(1));
        }
    }

    @Test
    void sourceThatSendsMoreAfterTheEndIsRefused() throws Exception {
        byte[] sent = bytes(described(memory(beginning().command(1))).u32(1));
        try (PeerSource source = PeerSource.listening(sent)) {
            assertThatExceptionOfType(CorruptException.class).isThrownBy(() -> record(source));
            assertThat(source.messages()).containsExactly(new Shut(1));
        }
    }

    @Test
    void mainChannelOfMultifdWithoutChannelsIsRefused() throws Exception {
        byte[] sent =
                bytes(
                        beginning()
                                .start(2, "ram", 0, 4)
                                .u64(0x10000 | 0x04)
                                .str8("pc.ram")
                                .u64(0x10000)
                                .u64(0x200)
                                .u64(0x10)
                                .footer(2));
        try (PeerSource source = PeerSource.sending(sent)) {
            assertThatExceptionOfType(UnsupportedException.class)
                    .isThrownBy(() -> record(source))
                    .withMessageContaining("multifd");
        }
    }

    @Test
    void rawRecordingHasAllBytes() throws Exception {
        byte[] sent = bytes(described(devices(memory(beginning().command(1).command(2, PING_1)))));
        try (PeerSource source = PeerSource.listening(sent)) {
            record(source, RecordingOptions.builder().form(RecordingOptions.Form.RAW).build());

            assertThat(output.toByteArray()).isEqualTo(sent);
            assertThat(source.messages()).containsExactly(new Pong(1), new Shut(0));
        }
    }

    @Test
    void bodyLargerThanAllBuffersIsRecorded() throws Exception {
        int pages = 3000;
        StreamBytes stream =
                beginning()
                        .start(2, "ram", 0, 4)
                        .u64(pages * 4096L | 0x04)
                        .str8("pc.ram")
                        .u64(pages * 4096L)
                        .u64(0x10)
                        .footer(2)
                        .part(2);
        for (int i = 0; i < pages; i++) {
            stream.u64(i * 4096L | (i == 0 ? 0x08 : 0x28));
            if (i == 0) {
                stream.str8("pc.ram");
            }
            stream.bytes(page((char) i));
        }
        byte[] sent =
                bytes(described(devices(stream.u64(0x10).footer(2).end(2).u64(0x10).footer(2))));
        try (PeerSource source = PeerSource.sending(sent)) {
            record(source);

            assertThat(output.toByteArray()).isEqualTo(sent);
        }
    }

    @Test
    void interruptEndsARecording() throws Exception {
        try (PeerSource source = PeerSource.of((main, _) -> Thread.sleep(30_000))) {
            Thread self = Thread.currentThread();
            Thread.ofPlatform()
                    .start(
                            () -> {
                                try {
                                    Thread.sleep(300);
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                                self.interrupt();
                            });
            assertThatThrownBy(() -> record(source)).isInstanceOf(CancelledException.class);
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
