// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.inspect.MachineEdit;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.migration.ReturnPathMessage.Pong;
import org.vmstate.migration.ReturnPathMessage.Shut;
import org.vmstate.testing.MemoryLink;
import org.vmstate.testing.StreamBytes;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

@Timeout(60)
class StreamRelayTest {
    private static final byte[] PING_1 = {0, 0, 0, 1};
    private static final byte[] ADVISE = {0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 0, 0, 0, 16, 0};
    private static final String DESCRIPTION =
            "{\"page_size\": 4096, \"devices\": [{\"name\": \"timer\", \"instance_id\": 0, \"vmsd_name\":"
                    + " \"timer\", \"version\": 2, \"fields\": [{\"name\": \"x\", \"type\": \"uint64\","
                    + " \"size\": 8}]}]}";

    /// Changes the value of the device.
    private static final RelayOptions.Changes SET =
            machine -> {
                MachineEdit edit = new MachineEdit(machine);
                edit.section("timer", 0).set(".x", 7);
                return edit;
            };

    private final MemoryLink before = new MemoryLink();
    private final MemoryLink after;
    private final Map<Integer, ByteArrayOutputStream> received = new ConcurrentHashMap<>();
    private final CompletableFuture<List<ReturnPathMessage>> told = new CompletableFuture<>();

    StreamRelayTest() {
        after = new MemoryLink();
    }

    private static StreamBytes beginning() {
        return StreamBytes.stream().configuration("pc-i440fx-7.2").command(1).command(2, PING_1);
    }

    private static StreamBytes memory(StreamBytes stream) {
        byte[] page = new byte[4096];
        Arrays.fill(page, (byte) 'a');
        return stream.start(2, "ram", 0, 4)
                .u64(0x100000 | 0x04)
                .str8("pc.ram")
                .u64(0x100000)
                .u64(0x10)
                .footer(2)
                .part(2)
                .u64(0x1000 | 0x08)
                .str8("pc.ram")
                .bytes(page)
                .u64(0x2000 | 0x22)
                .u8(0)
                .u64(0x10)
                .footer(2)
                .end(2)
                .u64(0x10)
                .footer(2);
    }

    private static byte[] machine(long value) {
        return memory(beginning())
                .full(3, "timer", 0, 2)
                .u64(value)
                .footer(3)
                .endOfStream()
                .description(DESCRIPTION)
                .toByteArray();
    }

    /// A source that sends streams on channels, and reads messages until the connection ends.
    private void source(byte[]... streams) {
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            List<ReturnPathMessage> messages = new ArrayList<>();
                            try (ByteChannel main = before.connect()) {
                                for (int i = 1; i < streams.length; i++) {
                                    try (ByteChannel channel = before.connect()) {
                                        PeerSource.send(channel, streams[i]);
                                    }
                                }
                                PeerSource.send(main, streams[0]);
                                ReturnPathReader reader =
                                        new ReturnPathReader(
                                                WireReader.of(main, ReadLimits.DEFAULT), 0);
                                for (var m = reader.next(); m.isPresent(); m = reader.next()) {
                                    messages.add(m.get());
                                    if (m.get() instanceof Shut) {
                                        break;
                                    }
                                }
                            } catch (IOException e) {
                                // the relay closed the connection
                            }
                            told.complete(messages);
                        });
    }

    /// What a destination does with its main channel.
    private interface Behaviour {
        void run(ByteChannel main, ReturnPathWriter answers, ByteArrayOutputStream bytes)
                throws IOException;
    }

    private void destination(Behaviour behaviour) {
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            try (ByteChannel main = after.accept()) {
                                behaviour.run(
                                        main,
                                        new ReturnPathWriter(WireWriter.to(main)),
                                        received.computeIfAbsent(
                                                0, _ -> new ByteArrayOutputStream()));
                            } catch (IOException e) {
                                // the relay closed the connection
                            }
                        });
    }

    /// Reads a number of bytes, or to the end.
    private static void read(ByteChannel channel, ByteArrayOutputStream bytes, long most)
            throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1);
        while (bytes.size() < most && channel.read(buffer.clear()) >= 0) {
            bytes.write(buffer.get(0));
        }
    }

    /// A destination that reads a stream and confirms it.
    private void confirming(int length) {
        destination(
                (main, answers, bytes) -> {
                    read(main, bytes, 60);
                    answers.send(new Pong(1));
                    read(main, bytes, length);
                    answers.send(new Shut(0));
                });
    }

    private StreamRelay.Result relay(RelayOptions options) throws IOException {
        return new StreamRelay(options).relay(before, after);
    }

    private static RelayOptions changing(RelayOptions.Changes changes) {
        return RelayOptions.builder().changes(changes).build();
    }

    private byte[] arrived() {
        return received.get(0).toByteArray();
    }

    @Test
    void bytesAndMessagesAreRelayed() throws Exception {
        byte[] stream = machine(1);
        source(stream);
        confirming(stream.length);
        StreamRelay.Result result = relay(RelayOptions.DEFAULT);
        assertThat(result.answer()).isEqualTo(OptionalLong.of(0));
        assertThat(result.sent()).isEqualTo(stream.length);
        assertThat(arrived()).isEqualTo(stream);
        assertThat(told.join()).containsExactly(new Pong(1), new Shut(0));
    }

    @Test
    void devicesAreChangedOnTheirWay() throws Exception {
        source(machine(1));
        byte[] expected = machine(7);
        confirming(expected.length);
        assertThat(relay(changing(SET)).answer()).isEqualTo(OptionalLong.of(0));
        assertThat(arrived()).isEqualTo(expected);
        assertThat(told.join()).containsExactly(new Pong(1), new Shut(0));
    }

    @Test
    void droppedDeviceDoesNotArrive() throws Exception {
        source(machine(1));
        String empty = "{\"page_size\": 4096, \"devices\": []}";
        byte[] expected = memory(beginning()).endOfStream().description(empty).toByteArray();
        confirming(expected.length);
        relay(changing(machine -> new MachineEdit(machine).drop("timer", 0)));
        assertThat(arrived()).isEqualTo(expected);
    }

    @Test
    void memoryArrivesBeforeTheDevicesAreComplete() throws Exception {
        byte[] stream = machine(1);
        int devices = memory(beginning()).toByteArray().length;
        CompletableFuture<Void> memory = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            try (ByteChannel main = before.connect()) {
                                PeerSource.send(main, Arrays.copyOf(stream, devices));
                                memory.join();
                                PeerSource.send(
                                        main, Arrays.copyOfRange(stream, devices, stream.length));
                                main.read(ByteBuffer.allocate(100));
                            } catch (IOException e) {
                                // the relay closed the connection
                            }
                        });
        destination(
                (main, answers, bytes) -> {
                    read(main, bytes, devices);
                    memory.complete(null);
                    read(main, bytes, stream.length);
                    answers.send(new Shut(0));
                });
        relay(changing(SET));
        assertThat(arrived()).isEqualTo(machine(7));
    }

    @Test
    void impossibleChangeFailsTheMigrationOnBothSides() throws Exception {
        source(machine(1));
        destination((main, _, bytes) -> read(main, bytes, Long.MAX_VALUE));
        assertThatThrownBy(
                        () ->
                                relay(
                                        changing(
                                                machine ->
                                                        new MachineEdit(machine)
                                                                .drop("nothing", 0))))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(told.join()).containsExactly(new Shut(1));
        assertThat(arrived().length).isLessThanOrEqualTo(memory(beginning()).toByteArray().length);
    }

    @Test
    void postcopyWithoutADescriptionIsRefusedBeforeAnythingIsSent() throws Exception {
        source(beginning().command(3, ADVISE).toByteArray());
        destination((main, _, bytes) -> read(main, bytes, Long.MAX_VALUE));
        assertThatThrownBy(() -> relay(changing(SET)))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("postcopy");
        assertThat(told.join()).containsExactly(new Shut(1));
        assertThat(arrived()).isEmpty();
    }

    @Test
    void deviceBeforeTheMemoryIsRefusedWithoutADescription() throws Exception {
        StreamBytes early =
                beginning()
                        .start(2, "ram", 0, 4)
                        .u64(0x100000 | 0x04)
                        .str8("pc.ram")
                        .u64(0x100000)
                        .u64(0x10)
                        .footer(2)
                        .full(5, "timer", 0, 2)
                        .u64(1)
                        .footer(5)
                        .part(2)
                        .u64(0x10)
                        .footer(2)
                        .end(2)
                        .u64(0x10)
                        .footer(2)
                        .endOfStream();
        source(early.toByteArray());
        destination((main, _, bytes) -> read(main, bytes, Long.MAX_VALUE));
        assertThatThrownBy(() -> relay(changing(SET)))
                .isInstanceOf(UnsupportedException.class)
                .hasMessageContaining("sent before the memory");
        assertThat(told.join()).containsExactly(new Shut(1));
    }

    @Test
    void devicesInAPackageAreChangedWithADescription() throws Exception {
        source(packaged(1));
        byte[] expected = packaged(7);
        confirming(expected.length);
        VmDescription description =
                VmDescription.parse(
                        DESCRIPTION.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                        0,
                        ReadLimits.DEFAULT);
        relay(RelayOptions.builder().changes(SET).description(description).build());
        assertThat(arrived()).isEqualTo(expected);
    }

    private static byte[] packaged(long value) {
        StreamBytes inside =
                StreamBytes.stream()
                        .command(4)
                        .full(3, "timer", 0, 2)
                        .u64(value)
                        .footer(3)
                        .command(5);
        byte[] whole = inside.toByteArray();
        byte[] bytes = Arrays.copyOfRange(whole, 8, whole.length); // without the header
        return beginning()
                .command(3, ADVISE)
                .start(2, "ram", 0, 4)
                .u64(0x100000 | 0x04)
                .str8("pc.ram")
                .u64(0x100000)
                .u64(0x10)
                .footer(2)
                .command(2, new byte[] {0, 0, 0, 2})
                .command(7, ByteBuffer.allocate(4).putInt(bytes.length).array())
                .bytes(bytes)
                .part(2)
                .u64(0x1000 | 0x08)
                .str8("pc.ram")
                .bytes(new byte[4096])
                .u64(0x10)
                .footer(2)
                .end(2)
                .u64(0x10)
                .footer(2)
                .endOfStream()
                .toByteArray();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void failureOfTheDestinationIsToldToTheSource(boolean edited) throws Exception {
        source(machine(1));
        destination(
                (main, answers, bytes) -> {
                    read(main, bytes, 60);
                    answers.send(new Pong(1));
                    read(main, bytes, 200);
                }); // and closes the connection
        assertThatThrownBy(() -> relay(edited ? changing(SET) : RelayOptions.DEFAULT))
                .isInstanceOf(IOException.class);
        assertThat(told.join()).containsExactly(new Pong(1), new Shut(1));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusalOfTheDestinationIsReported(boolean edited) throws Exception {
        byte[] stream = machine(1);
        source(stream);
        destination(
                (main, answers, bytes) -> {
                    read(main, bytes, stream.length);
                    answers.send(new Shut(1));
                });
        assertThatThrownBy(() -> relay(edited ? changing(SET) : RelayOptions.DEFAULT))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has not loaded the stream: error 1");
        assertThat(told.join()).containsExactly(new Shut(1));
    }

    @Test
    void sourceThatBreaksIsReportedAndTheDestinationSeesTheEnd() throws Exception {
        byte[] stream = machine(1);
        CompletableFuture<Integer> seen = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            try (ByteChannel main = before.connect()) {
                                PeerSource.send(main, Arrays.copyOf(stream, 3000));
                            } catch (IOException e) {
                                throw new AssertionError(e);
                            }
                        });
        destination(
                (main, _, bytes) -> {
                    read(main, bytes, Long.MAX_VALUE);
                    seen.complete(bytes.size());
                });
        assertThatThrownBy(() -> relay(changing(SET)))
                .isInstanceOf(EOFException.class)
                .hasMessageContaining("the source closed the connection");
        assertThat(seen.join()).isLessThanOrEqualTo(3000);
    }

    @Test
    void furtherChannelsAreRelayedInTheirOrder() throws Exception {
        byte[] stream = machine(1);
        byte[] first = {1, 2, 3};
        byte[] second = new byte[300_000];
        source(stream, first, second);
        destination(
                (main, answers, bytes) -> {
                    for (int i = 1; i <= 2; i++) {
                        try (ByteChannel channel = after.accept()) {
                            ByteArrayOutputStream copy = new ByteArrayOutputStream();
                            read(channel, copy, Long.MAX_VALUE);
                            received.put(i, copy);
                        }
                    }
                    read(main, bytes, stream.length);
                    answers.send(new Shut(0));
                });
        Map<Integer, ByteArrayOutputStream> copies = new ConcurrentHashMap<>();
        StreamRelay.Result result =
                relay(
                        RelayOptions.builder()
                                .copies(
                                        n ->
                                                Channels.newChannel(
                                                        copies.computeIfAbsent(
                                                                n,
                                                                _ -> new ByteArrayOutputStream())))
                                .build());
        assertThat(result.channels()).isEqualTo(3);
        assertThat(received.get(1).toByteArray()).isEqualTo(first);
        assertThat(received.get(2).toByteArray()).isEqualTo(second);
        assertThat(copies.get(0).toByteArray()).isEqualTo(stream);
        assertThat(copies.get(1).toByteArray()).isEqualTo(first);
        assertThat(copies.get(2).toByteArray()).isEqualTo(second);
    }

    @Test
    void bandwidthIsLimited() throws Exception {
        byte[] stream = new byte[300_000];
        source(stream);
        confirming(stream.length);
        StreamRelay.Result result = relay(RelayOptions.builder().maxBandwidth(600_000).build());
        assertThat(result.time()).isGreaterThan(Duration.ofMillis(300));
    }

    @Test
    void silentSourceIsReported() throws Exception {
        byte[] stream = Arrays.copyOf(machine(1), 1000);
        source(stream);
        destination((main, _, bytes) -> read(main, bytes, Long.MAX_VALUE));
        assertThatThrownBy(
                        () ->
                                relay(
                                        RelayOptions.builder()
                                                .changes(SET)
                                                .silence(Duration.ofMillis(300))
                                                .build()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("the source sent nothing");
        assertThat(told.join()).containsExactly(new Shut(1));
    }

    @Test
    void invalidBytesOfTheSourceFailBothSides() throws Exception {
        byte[] stream = machine(1);
        stream[60] ^= 0x55;
        source(stream);
        destination((main, _, bytes) -> read(main, bytes, Long.MAX_VALUE));
        assertThatThrownBy(() -> relay(changing(SET))).isInstanceOf(VMStateException.class);
        told.join();
    }

    @Test
    void unreachableDestinationFailsBeforeAnythingIsRead() throws Exception {
        source(machine(1));
        after.close();
        assertThatThrownBy(() -> relay(RelayOptions.DEFAULT))
                .hasMessageContaining("Connection refused");
        assertThat(told.join()).isEmpty();
    }

    @Test
    void changedMachineOfThePlainRelayIsReadable() throws Exception {
        source(machine(1));
        confirming(machine(7).length);
        relay(changing(SET));
        SavedMachine machine = SavedMachine.read(MachineReader.of(WireReader.of(arrived())));
        assertThat(machine.failure()).isEmpty();
        assertThat(machine.findings()).isEmpty();
    }
}
