// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.migration.ChannelAcceptor;
import org.vmstate.migration.MigrationDestination;
import org.vmstate.migration.MigrationParameters;
import org.vmstate.migration.MigrationSource;
import org.vmstate.ram.MultifdForm;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;
import org.vmstate.transport.MigrationAddress;

/// A guest moves live from a real QEMU to a machine in Java, and from there to a real QEMU that
/// runs it.
@Timeout(120)
final class MigrationInteropTest {
    private static final int FILL = 1 << 20;
    private static final int FILL_AT = 1 << 20;

    @TempDir private Path folder;

    private RelayedMachine machine(QemuMachine like) throws IOException {
        Path saved = folder.resolve("saved.mig");
        try (Qemu source = like.start()) {
            source.save(saved);
            return new RelayedMachine(saved, newerThan(source, 10));
        }
    }

    private static boolean newerThan(Qemu qemu, int major) throws IOException {
        return Integer.parseInt(qemu.version().split("\\.", 2)[0]) >= major;
    }

    private MigrationDestination.Outcome receive(
            RelayedMachine machine, Qemu source, MigrationParameters parameters) throws Exception {
        MigrationAddress address = MigrationAddress.parse("unix:" + folder.resolve("to-java"));
        try (ChannelAcceptor acceptor = address.listen()) {
            CompletableFuture<MigrationDestination.Outcome> outcome = new CompletableFuture<>();
            Thread thread =
                    new Thread(
                            () ->
                                    outcome.complete(
                                            new MigrationDestination(
                                                            machine.machine, acceptor, parameters)
                                                    .run()));
            thread.start();
            source.migrate(address.toString());
            return outcome.get();
        }
    }

    private void moves(boolean returnPath, int channels) throws Exception {
        QemuMachine like = QemuMachine.pc(FILL);
        RelayedMachine java = machine(like);
        byte[] expected;
        try (Qemu source = like.start()) {
            awaitFilled(source);
            set(source, returnPath, channels);
            assertThat(receive(java, source, parameters(returnPath, channels, source)))
                    .isInstanceOfSatisfying(
                            MigrationDestination.Outcome.Completed.class,
                            completed -> {
                                assertThat(completed.report().missing()).isEmpty();
                                assertThat(completed.running()).isTrue();
                            });
            assertThat(source.status()).isEqualTo("postmigrate");
            expected = source.memory(0, 8 << 20);
        }
        MemorySegment ram = java.memory.segment("pc.ram");
        assertThat(
                        Arrays.equals(
                                ram.asSlice(FILL_AT, FILL).toArray(ValueLayout.JAVA_BYTE),
                                Arrays.copyOfRange(expected, FILL_AT, FILL_AT + FILL)))
                .isTrue();
        try (Qemu destination = like.startIncoming()) {
            set(destination, returnPath, channels);
            Path socket = folder.resolve("to-qemu");
            destination.execute("migrate-incoming", Map.of("uri", "unix:" + socket));
            assertThat(
                            new MigrationSource(
                                            java.machine,
                                            MigrationAddress.parse("unix:" + socket).connector(),
                                            parameters(returnPath, channels, destination))
                                    .run())
                    .isInstanceOf(MigrationSource.Outcome.Completed.class);
            assertThat(java.running()).isFalse();
            while (destination.status().equals("inmigrate")) {
                Thread.sleep(20);
            }
            assertThat(destination.status()).isEqualTo("running");
            assertThat(
                            Arrays.equals(
                                    destination.memory(FILL_AT, FILL),
                                    Arrays.copyOfRange(expected, FILL_AT, FILL_AT + FILL)))
                    .isTrue();
        }
    }

    private static void set(Qemu qemu, boolean returnPath, int channels) throws IOException {
        if (returnPath) {
            qemu.capabilities("return-path");
        }
        if (channels != 0) {
            qemu.capabilities("multifd");
            qemu.execute("migrate-set-parameters", Map.of("multifd-channels", channels));
        }
    }

    private static MigrationParameters parameters(boolean returnPath, int channels, Qemu peer)
            throws IOException {
        MigrationParameters.Builder parameters = MigrationParameters.builder();
        if (!returnPath) {
            parameters.withoutReturnPath();
        }
        if (channels != 0) {
            parameters.multifd(channels);
            parameters.multifdForm(
                    newerThan(peer, 9)
                            ? MultifdForm.MACHINES_FROM_9_0
                            : MultifdForm.MACHINES_UP_TO_8_0);
        }
        return parameters.build();
    }

    private static void awaitFilled(Qemu source) throws Exception {
        byte[] zeros = new byte[64];
        while (Arrays.equals(source.memory(FILL_AT + FILL - 64, 64), zeros)) {
            Thread.sleep(20);
        }
    }

    @Test
    void guestMovesThroughJavaWithReturnPath() throws Exception {
        moves(true, 0);
    }

    @Test
    void guestMovesThroughJavaWithoutReturnPath() throws Exception {
        moves(false, 0);
    }

    @Test
    void guestMovesThroughJavaOverSeveralChannels() throws Exception {
        moves(true, 2);
    }

    @Test
    void guestMovesThroughJavaByPostcopy() throws Exception {
        QemuMachine like = QemuMachine.pc(FILL);
        RelayedMachine java = machine(like);
        byte[] expected;
        try (Qemu source = like.start()) {
            awaitFilled(source);
            source.capabilities("return-path", "postcopy-ram");
            source.execute("migrate-set-parameters", Map.of("max-bandwidth", 1 << 20));
            MigrationAddress address = MigrationAddress.parse("unix:" + folder.resolve("to-java"));
            try (ChannelAcceptor acceptor = address.listen()) {
                CompletableFuture<MigrationDestination.Outcome> outcome = new CompletableFuture<>();
                new Thread(
                                () ->
                                        outcome.complete(
                                                new MigrationDestination(
                                                                java.machine,
                                                                acceptor,
                                                                MigrationParameters.DEFAULT,
                                                                java)
                                                        .run()))
                        .start();
                source.execute("migrate", Map.of("uri", address.toString()));
                awaitStatus(source, "active");
                source.execute("migrate-start-postcopy");
                assertThat(outcome.get())
                        .isInstanceOf(MigrationDestination.Outcome.Completed.class);
            }
            awaitStatus(source, "completed");
            expected = source.memory(FILL_AT, FILL);
        }
        assertThat(java.allPages).isTrue();
        assertThat(java.running()).isTrue();
        assertThat(
                        Arrays.equals(
                                java.memory
                                        .segment("pc.ram")
                                        .asSlice(FILL_AT, FILL)
                                        .toArray(ValueLayout.JAVA_BYTE),
                                expected))
                .isTrue();
        try (Qemu destination = like.startIncoming()) {
            destination.capabilities("return-path", "postcopy-ram");
            Path socket = folder.resolve("to-qemu");
            destination.execute("migrate-incoming", Map.of("uri", "unix:" + socket));
            MigrationSource source =
                    new MigrationSource(
                            java.machine,
                            MigrationAddress.parse("unix:" + socket).connector(),
                            MigrationParameters.builder().postcopy().build());
            source.startPostcopy();
            assertThat(source.run()).isInstanceOf(MigrationSource.Outcome.Completed.class);
            awaitStatus(destination, "completed");
            assertThat(destination.status()).isEqualTo("running");
            assertThat(Arrays.equals(destination.memory(FILL_AT, FILL), expected)).isTrue();
        }
    }

    private static void awaitStatus(Qemu qemu, String status) throws Exception {
        Object now = "";
        while (!status.equals(now)) {
            assertThat(now).isNotEqualTo("failed");
            Thread.sleep(10);
            now = ((Map<?, ?>) qemu.execute("query-migrate")).get("status");
        }
    }

    @Test
    void refusingQemuLeavesTheMachineRunning() throws Exception {
        RelayedMachine java = machine(QemuMachine.pc(FILL));
        java.resume();
        try (Qemu destination = QemuMachine.pc(FILL).with("-m 16").startIncoming()) {
            Path socket = folder.resolve("to-qemu");
            destination.execute("migrate-incoming", Map.of("uri", "unix:" + socket));
            assertThat(
                            new MigrationSource(
                                            java.machine,
                                            MigrationAddress.parse("unix:" + socket).connector(),
                                            MigrationParameters.DEFAULT)
                                    .run())
                    .isInstanceOfSatisfying(
                            MigrationSource.Outcome.Failed.class,
                            failed -> assertThat(failed.running()).isTrue());
            assertThat(java.running()).isTrue();
        }
    }

    @Test
    void javaThatRefusesLeavesQemuRunning() throws Exception {
        RelayedMachine java = machine(QemuMachine.pc(FILL).with("-m 16"));
        try (Qemu source = QemuMachine.pc(FILL).start()) {
            source.capabilities("return-path");
            MigrationAddress address = MigrationAddress.parse("unix:" + folder.resolve("to-java"));
            try (ChannelAcceptor acceptor = address.listen()) {
                CompletableFuture<MigrationDestination.Outcome> outcome = new CompletableFuture<>();
                new Thread(
                                () ->
                                        outcome.complete(
                                                new MigrationDestination(
                                                                java.machine,
                                                                acceptor,
                                                                MigrationParameters.DEFAULT)
                                                        .run()))
                        .start();
                source.execute("migrate", Map.of("uri", address.toString()));
                assertThat(outcome.get())
                        .isInstanceOfSatisfying(
                                MigrationDestination.Outcome.Failed.class,
                                failed ->
                                        assertThat(failed.cause())
                                                .hasMessageContaining("Size mismatch: pc.ram"));
            }
            String status = "active";
            while (!status.equals("failed")) {
                Thread.sleep(20);
                status = (String) ((Map<?, ?>) source.execute("query-migrate")).get("status");
            }
            while (!source.status().equals("running")) {
                Thread.sleep(20);
            }
        }
    }
}
