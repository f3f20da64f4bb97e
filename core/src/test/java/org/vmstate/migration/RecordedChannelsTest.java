// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.stream.Expectations;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// Records migrations whose pages come in multifd channels.
@Timeout(60)
class RecordedChannelsTest {
    private static final int SYNC = 1;

    @TempDir Path folder;

    private final ByteArrayOutputStream output = new ByteArrayOutputStream();

    private static StreamBytes main() {
        return StreamBytes.stream()
                .configuration("pc-i440fx-7.2")
                .command(1)
                .start(2, "ram", 0, 4)
                .u64(0x10000 | 0x04)
                .str8("pc.ram")
                .u64(0x10000)
                .u64(0x10)
                .footer(2)
                .part(2)
                .u64(0x10)
                .footer(2)
                .end(2)
                .u64(0x10)
                .footer(2)
                .endOfStream()
                .description("{\"page_size\":4096,\"devices\":[]}");
    }

    private static StreamBytes hello(int id) {
        return new StreamBytes()
                .u32(0x11223344L)
                .u32(1)
                .bytes(new byte[16])
                .u8(id)
                .bytes(new byte[39]);
    }

    /// Appends a packet with one page, or with none.
    private static StreamBytes packet(
            StreamBytes channel, int flags, String block, long offset, byte[] page) {
        byte[] name = Arrays.copyOf(block.getBytes(UTF_8), 256);
        return channel.u32(0x11223344L)
                .u32(1)
                .u32(flags)
                .u32(128)
                .u32(page.length == 0 ? 0 : 1)
                .u32(page.length)
                .u64(0)
                .u32(0)
                .bytes(new byte[28])
                .bytes(name)
                .u64(offset)
                .bytes(new byte[127 * 8])
                .bytes(page);
    }

    private static StreamBytes sync(StreamBytes channel) {
        return packet(channel, SYNC, "", 0, new byte[0]);
    }

    private static byte[] page(char content) {
        byte[] page = new byte[4096];
        Arrays.fill(page, (byte) content);
        return page;
    }

    /// A source that sends each channel in order, then the main stream, and reads the answers.
    private static PeerSource source(StreamBytes... channels) throws IOException {
        return PeerSource.of(
                (main, source) -> {
                    List<ByteChannel> open = new ArrayList<>();
                    for (StreamBytes bytes : channels) {
                        ByteChannel channel = source.connect();
                        open.add(channel);
                        PeerSource.send(channel, bytes.toByteArray());
                    }
                    PeerSource.send(main, main().toByteArray());
                    source.readMessages(main);
                    for (ByteChannel channel : open) {
                        channel.close();
                    }
                });
    }

    private StreamRecorder.Result record(PeerSource source, int channels) throws IOException {
        return new StreamRecorder(
                        RecordingOptions.builder()
                                .channels(channels)
                                .silence(Duration.ofSeconds(3))
                                .build())
                .record(source.acceptor(), Channels.newChannel(output), List.of(), () -> {});
    }

    /// A channel with a page between the first two synchronization points.
    private static StreamBytes complete(int id, long offset, char content) {
        return sync(sync(packet(sync(hello(id)), 0, "pc.ram", offset, page(content))));
    }

    @Test
    void pagesOfAChannelBecomeSectionsOfThePlainStream() throws Exception {
        try (PeerSource source = source(complete(0, 0x3000, 'a'))) {
            record(source, 1);

            assertThat(source.messages()).containsExactly(new ReturnPathMessage.Shut(0));
        }
        assertThat(output.toByteArray())
                .isEqualTo(
                        StreamBytes.stream()
                                .configuration("pc-i440fx-7.2")
                                .start(2, "ram", 0, 4)
                                .u64(0x10000 | 0x04)
                                .str8("pc.ram")
                                .u64(0x10000)
                                .u64(0x10)
                                .footer(2)
                                .part(2)
                                .u64(0x3000 | 0x08)
                                .str8("pc.ram")
                                .bytes(page('a'))
                                .u64(0x10)
                                .footer(2)
                                .end(2)
                                .u64(0x10)
                                .footer(2)
                                .endOfStream()
                                .description("{\"page_size\":4096,\"devices\":[]}")
                                .toByteArray());
    }

    @Test
    void laterPageOfAnotherChannelReplacesAnEarlierOne() throws Exception {
        StreamBytes late = sync(packet(sync(sync(hello(1))), 0, "pc.ram", 0x3000, page('b')));
        Path file = folder.resolve("mapped");
        try (PeerSource source = source(complete(0, 0x3000, 'a'), late);
                FileChannel mapped =
                        FileChannel.open(
                                file,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.READ,
                                StandardOpenOption.WRITE)) {
            new StreamRecorder(
                            RecordingOptions.builder()
                                    .channels(2)
                                    .form(RecordingOptions.Form.MAPPED_RAM)
                                    .build())
                    .record(source.acceptor(), mapped, List.of(), () -> {});
        }
        try (WireReader in = WireReader.open(file, ReadLimits.DEFAULT);
                RamImage image = RamImage.temporary(folder)) {
            RamReader.of(new BuiltInHandlers(new RamContext()), Expectations.NONE).read(in, image);
            RamBlock block = image.block("pc.ram");
            assertThat(block).isNotNull();
            byte[] content = new byte[4096];
            image.read(block, 0x3000, content, 0, content.length);
            assertThat(content).isEqualTo(page('b'));
            assertThat(image.isZero(block, 0, 0x3000)).isTrue();
        }
    }

    private void fails(PeerSource source, int channels, String message) throws Exception {
        assertThatThrownBy(() -> record(source, channels)).hasMessageContaining(message);
        assertThat(output.size()).isLessThan(10_000);
    }

    @Test
    void packetOfAnUnknownBlockIsRefusedAndTheSourceIsTold() throws Exception {
        try (PeerSource source = source(packet(sync(hello(0)), 0, "other", 0, page('a')))) {
            assertThatThrownBy(() -> record(source, 1))
                    .isInstanceOf(CorruptException.class)
                    .hasMessageContaining("channel 0: a packet of a block never declared");
            assertThat(source.messages()).containsExactly(new ReturnPathMessage.Shut(1));
        }
    }

    @Test
    void pageOutsideItsBlockIsRefused() throws Exception {
        try (PeerSource source = source(packet(sync(hello(0)), 0, "pc.ram", 0x10000, page('a')))) {
            fails(source, 1, "a page at 0x10000");
        }
    }

    @Test
    void channelOfAnotherProtocolIsRefused() throws Exception {
        try (PeerSource source = source(new StreamBytes().bytes(new byte[100]))) {
            fails(source, 1, "not a multifd channel");
        }
    }

    @Test
    void channelNumberAboveTheirCountIsRefused() throws Exception {
        try (PeerSource source = source(complete(7, 0, 'a'))) {
            fails(source, 1, "channel number 7, but there are 1 channels");
        }
    }

    @Test
    void missingSyncPacketIsAnErrorAfterTheLimit() throws Exception {
        try (PeerSource source = source(sync(hello(0)))) {
            fails(source, 1, "a multifd channel sent no sync packet for 3 seconds");
        }
    }

    @Test
    void missingChannelIsAnErrorAfterTheLimit() throws Exception {
        try (PeerSource source = source(complete(0, 0, 'a'))) {
            fails(source, 2, "the source opened 1 of 2 multifd channels");
        }
    }

    @Test
    void channelThatWasNotExpectedIsAnError() throws Exception {
        try (PeerSource source = source(complete(0, 0, 'a'), complete(1, 0, 'b'))) {
            fails(source, 1, "the source opened more channels than were expected");
        }
    }
}
