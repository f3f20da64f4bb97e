// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.inspect.MachineEdit;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.migration.RelayOptions;
import org.vmstate.migration.StreamRelay;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.QueueNode;
import org.vmstate.state.SectionEditor;
import org.vmstate.state.StatePath;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;
import org.vmstate.transport.BoundAcceptor;
import org.vmstate.transport.MigrationAddress;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// A machine moves from one real QEMU to another one through a [StreamRelay].
@Timeout(100)
final class RelayInteropTest {
    private static final String EVENTS = "/spapr_pending_events.pending_events";
    private static final int FILLED = 1 << 20;

    @TempDir Path folder;

    private String in() {
        return "unix:" + folder.resolve("in");
    }

    private String out() {
        return "unix:" + folder.resolve("out");
    }

    /// Migrates through a relay, and waits until the destination has loaded the machine.
    private StreamRelay.Result relay(Qemu source, Qemu destination, RelayOptions options)
            throws IOException {
        destination.execute("migrate-incoming", Map.of("uri", out()));
        try (BoundAcceptor acceptor = MigrationAddress.parse(in()).listen()) {
            CompletableFuture<StreamRelay.Result> relayed =
                    CompletableFuture.supplyAsync(
                            () -> {
                                try {
                                    return new StreamRelay(options)
                                            .relay(
                                                    acceptor,
                                                    MigrationAddress.parse(out()).connector());
                                } catch (IOException e) {
                                    throw new UncheckedIOException(e);
                                }
                            },
                            task -> Thread.ofPlatform().daemon().start(task));
            try {
                source.migrate(in());
            } catch (IOException e) {
                relayed.join(); // throws the reason
                throw e;
            }
            StreamRelay.Result result = relayed.join();
            destination.awaitEvent("RESUME");
            return result;
        }
    }

    private static RelayOptions changing(RelayOptions.Changes changes) {
        return RelayOptions.builder().changes(changes).build();
    }

    @Test
    void pcMovesThroughARelay() throws IOException {
        QemuMachine machine = QemuMachine.pc(FILLED);
        try (Qemu source = machine.start();
                Qemu destination = machine.startIncoming()) {
            source.capabilities("return-path");
            StreamRelay.Result result = relay(source, destination, RelayOptions.DEFAULT);
            assertThat(result.answer()).isEqualTo(OptionalLong.of(0));
            assertThat(destination.status()).isEqualTo("running");
        }
    }

    @Test
    void pcWithMultifdIsChangedOnItsWay() throws IOException {
        QemuMachine machine = QemuMachine.pc(FILLED);
        try (Qemu source = machine.start();
                Qemu destination = machine.startIncoming()) {
            source.capabilities("return-path", "multifd");
            destination.capabilities("multifd");
            StreamRelay.Result result =
                    relay(
                            source,
                            destination,
                            changing(
                                    devices -> {
                                        MachineEdit edit = new MachineEdit(devices);
                                        edit.section("cpu", 0).set(".env.cr[2]", 7);
                                        return edit;
                                    }));
            assertThat(result.channels()).isEqualTo(3);
            assertThat(destination.status()).isEqualTo("running");
            assertThat(destination.monitor("info registers")).containsPattern("CR2=0*7\\b");
        }
    }

    @Test
    void pendingEventIsChangedAndAnotherOneIsDroppedOnTheirWay() throws IOException {
        QemuMachine machine = QemuMachine.pseries();
        try (Qemu source = machine.start();
                Qemu destination = machine.startIncoming()) {
            source.capabilities("return-path");
            for (int i = 0; i < 3; i++) {
                source.execute("system_powerdown");
            }
            StreamRelay.Result result =
                    relay(
                            source,
                            destination,
                            changing(
                                    devices -> {
                                        MachineEdit edit = new MachineEdit(devices);
                                        SectionEditor spapr = edit.section("spapr", 0);
                                        spapr.set(EVENTS + "[0].summary", 0x0634_0041);
                                        spapr.remove(EVENTS + "[1]");
                                        return edit;
                                    }));
            assertThat(result.answer()).isEqualTo(OptionalLong.of(0));
            destination.save(folder.resolve("saved"));
        }
        try (WireReader in = WireReader.open(folder.resolve("saved"), ReadLimits.DEFAULT)) {
            SectionEditor spapr =
                    new MachineEdit(SavedMachine.read(MachineReader.of(in))).section("spapr", 0);
            QueueNode events =
                    (QueueNode) StatePath.find(spapr.section().root(), EVENTS).orElseThrow();
            assertThat(events.elements()).hasSize(2);
            IntegerNode changed =
                    (IntegerNode)
                            StatePath.find(spapr.section().root(), EVENTS + "[0].summary")
                                    .orElseThrow();
            assertThat(changed.exact()).isEqualTo(BigInteger.valueOf(0x0634_0041));
        }
    }

    @Test
    void impossibleChangeLeavesTheGuestRunning() throws IOException {
        QemuMachine machine = QemuMachine.pc(FILLED);
        try (Qemu source = machine.start();
                Qemu destination = machine.startIncoming()) {
            source.capabilities("return-path");
            assertThatThrownBy(
                            () ->
                                    relay(
                                            source,
                                            destination,
                                            changing(
                                                    devices ->
                                                            new MachineEdit(devices)
                                                                    .drop("nothing", 0))))
                    .isInstanceOfAny(IOException.class, CompletionException.class);
            assertThat(source.status()).isEqualTo("running");
        }
    }
}
