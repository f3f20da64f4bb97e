// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.testing.Firmware;
import org.vmstate.testing.Qemu;
import org.vmstate.testing.QemuMachine;
import org.vmstate.testing.TestCertificates;
import org.vmstate.tool.ToolRunner;

/// A real QEMU migrates to `vmstate receive` and from `vmstate send`.
@Timeout(120)
final class LiveInteropTest {
    private static final int FILL = 4 << 20;

    @TempDir Path folder;

    private static Qemu running(QemuMachine machine) throws IOException {
        Qemu source = machine.start();
        source.awaitMemory(0x8000, "done".getBytes(US_ASCII));
        return source;
    }

    private static byte[] fill(Qemu guest) throws IOException {
        return guest.memory(Firmware.PC_FILL_START, FILL);
    }

    /// Runs a command in another thread, as of the moment at which `socket` exists.
    private static CompletableFuture<ToolRunner.Result> inBackground(Path socket, String... args)
            throws Exception {
        CompletableFuture<ToolRunner.Result> result = new CompletableFuture<>();
        Thread.ofPlatform()
                .daemon()
                .start(
                        () -> {
                            try {
                                result.complete(ToolRunner.result(args));
                            } catch (RuntimeException | Error e) {
                                result.completeExceptionally(e);
                            }
                        });
        await(socket, result);
        return result;
    }

    private static void await(Path socket, CompletableFuture<?> end) throws Exception {
        while (!Files.exists(socket) && !end.isDone()) {
            Thread.sleep(20);
        }
    }

    private static String[] words(String command, List<String> more) {
        return Stream.concat(Stream.of(command.split(" ")), more.stream()).toArray(String[]::new);
    }

    private static void parameters(Qemu qemu, Map<String, ?> values) throws IOException {
        qemu.execute("migrate-set-parameters", values);
    }

    @ParameterizedTest
    @CsvSource({
        "'', '', ''",
        "'', return-path, ''",
        "'', 'return-path,xbzrle', ''",
        "--channels 2, multifd, multifd",
        "--channels 2, 'return-path,multifd', ''",
        "--as mapped-ram, return-path, converted",
        "--as mapped-ram --channels 2, 'return-path,multifd', converted"
    })
    void recordingLoadsInAnotherQemu(String options, String capabilities, String loading)
            throws Exception {
        Path socket = folder.resolve("socket");
        Path recorded = folder.resolve("vm.mig");
        byte[] memory;
        try (Qemu source = running(QemuMachine.pc(FILL))) {
            if (!capabilities.isEmpty()) {
                source.capabilities(capabilities.split(","));
            }
            List<String> more = options.isEmpty() ? List.of() : List.of(options.split(" "));
            CompletableFuture<ToolRunner.Result> recording =
                    inBackground(
                            socket, words("receive unix:" + socket + " -o " + recorded, more));
            source.migrate("unix:" + socket);
            assertThat(recording.get().code()).as(recording.get().err()).isZero();
            assertThat(source.status()).isEqualTo("postmigrate");
            memory = fill(source);
        }
        assertThat(socket).doesNotExist();
        Path loaded = recorded;
        if (loading.equals("converted")) { // QEMU 7.2 has no mapped-ram
            loaded = folder.resolve("plain.mig");
            ToolRunner.run("convert", recorded.toString(), loaded.toString(), "--ram", "plain");
        }
        try (Qemu destination = QemuMachine.pc(FILL).startIncoming()) {
            destination.load(loaded);
            assertThat(fill(destination)).isEqualTo(memory);
        }
    }

    @Test
    void postcopySourceIsServedToTheEnd() throws Exception {
        Path socket = folder.resolve("socket");
        Path recorded = folder.resolve("vm.mig");
        byte[] memory;
        try (Qemu source = running(QemuMachine.pc(FILL))) {
            source.capabilities("postcopy-ram");
            parameters(source, Map.of("max-bandwidth", 1 << 20));
            CompletableFuture<ToolRunner.Result> recording =
                    inBackground(
                            socket, "receive", "unix:" + socket, "-o", recorded.toString());
            source.execute("migrate", Map.of("uri", "unix:" + socket));
            while (!"active"
                    .equals(((Map<?, ?>) source.execute("query-migrate")).get("status"))) {
                Thread.sleep(5);
            }
            source.execute("migrate-start-postcopy");
            parameters(source, Map.of("max-bandwidth", 1 << 30));
            assertThat(recording.get().code()).as(recording.get().err()).isZero();
            assertThat(recording.get().text()).contains("postcopy");
            memory = fill(source);
        }
        try (Qemu destination = QemuMachine.pc(FILL).startIncoming()) {
            destination.load(recorded);
            assertThat(fill(destination)).isEqualTo(memory);
        }
    }

    @ParameterizedTest
    @CsvSource({"'', ''", "--channels 2, multifd"})
    void sentStreamIsLoaded(String options, String capability) throws Exception {
        Path socket = folder.resolve("socket");
        Path saved = folder.resolve("vm.mig");
        byte[] memory;
        try (Qemu source = running(QemuMachine.pc(FILL))) {
            source.save(saved);
            memory = fill(source);
        }
        List<String> more = options.isEmpty() ? List.of() : List.of(options.split(" "));
        try (Qemu destination = QemuMachine.pc(FILL).startIncoming()) {
            if (!capability.isEmpty()) {
                destination.capabilities(capability);
            }
            destination.execute("migrate-incoming", Map.of("uri", "unix:" + socket));
            ToolRunner.Result sent =
                    ToolRunner.result(words("send " + saved + " unix:" + socket, more));

            assertThat(sent.code()).as(sent.err()).isZero();
            assertThat(fill(destination)).isEqualTo(memory);
        }
    }

    @Test
    void destinationThatRefusesTheStreamIsAnError() throws Exception {
        Path socket = folder.resolve("socket");
        Path saved = folder.resolve("vm.mig");
        try (Qemu source = running(QemuMachine.pc(FILL))) {
            source.save(saved);
        }
        try (Qemu destination = QemuMachine.pc(FILL).with("-m 16").startIncoming()) {
            destination.execute("migrate-incoming", Map.of("uri", "unix:" + socket));
            ToolRunner.Result sent =
                    ToolRunner.result("send", saved.toString(), "unix:" + socket);

            assertThat(sent.code()).isEqualTo(4);
            assertThat(sent.err()).contains("the destination");
        }
    }

    @Test
    void capturedGuestContinuesAndItsCapabilitiesAreAsBefore() throws Exception {
        Path saved = folder.resolve("vm.mig");
        try (Qemu guest = running(QemuMachine.pc(FILL).with("-qmp unix:" + folder.resolve("qmp") + ",server=on,wait=off"))) {
            guest.capabilities("xbzrle", "multifd");
            Object before = guest.execute("query-migrate-capabilities");
            Object parameters = guest.execute("query-migrate-parameters");

            ToolRunner.Result captured =
                    ToolRunner.result(
                            "capture",
                            folder.resolve("qmp").toString(),
                            "-o",
                            saved.toString(),
                            "--resume");

            assertThat(captured.code()).as(captured.err()).isZero();
            assertThat(guest.status()).isEqualTo("running");
            assertThat(guest.execute("query-migrate-capabilities")).isEqualTo(before);
            assertThat(guest.execute("query-migrate-parameters")).isEqualTo(parameters);
            byte[] memory = fill(guest);
            try (Qemu destination = QemuMachine.pc(FILL).startIncoming()) {
                destination.load(saved);
                assertThat(fill(destination)).isEqualTo(memory);
            }
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(f -> f.getFileName().toString()))
                    .doesNotContain("vmstate-", ".vmstate-")
                    .allMatch(name -> name.equals("vm.mig") || name.equals("qmp"));
        }
    }

    @Test
    void failedCaptureLeavesTheGuestRunningAndNoFile() throws Exception {
        Path full = Path.of("/dev/full");
        try (Qemu guest = running(QemuMachine.pc(FILL).with("-qmp unix:" + folder.resolve("qmp") + ",server=on,wait=off"))) {
            Object before = guest.execute("query-migrate-capabilities");

            ToolRunner.Result captured =
                    ToolRunner.result(
                            "capture", folder.resolve("qmp").toString(), "-o", full.toString());

            assertThat(captured.code()).as(captured.err()).isEqualTo(4);
            assertThat(guest.status()).isEqualTo("running");
            assertThat(guest.execute("query-migrate-capabilities")).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @CsvSource({"'', return-path", "--channels 2, 'return-path,multifd'"})
    void encryptedMigrationIsRecordedWithoutAnAlert(String options, String capabilities)
            throws Exception {
        Path certificates = TestCertificates.create(folder.resolve("pki"));
        Path socket = folder.resolve("socket");
        Path recorded = folder.resolve("vm.mig");
        List<String> more = new ArrayList<>(List.of("--tls-creds", certificates.toString()));
        more.addAll(options.isEmpty() ? List.of() : List.of(options.split(" ")));
        try (Qemu source = running(QemuMachine.pc(FILL).with(credentials(certificates, "client")))) {
            source.capabilities(capabilities.split(","));
            parameters(source, Map.of("tls-creds", "tls", "tls-hostname", "server.example"));
            CompletableFuture<ToolRunner.Result> recording =
                    inBackground(
                            socket, words("receive unix:" + socket + " -o " + recorded, more));
            source.migrate("unix:" + socket);
            assertThat(recording.get().code()).as(recording.get().err()).isZero();
            assertThat(source.errors()).isEmpty();
        }
        try (Qemu destination = QemuMachine.pc(FILL).startIncoming()) {
            destination.load(recorded);
        }
    }

    @ParameterizedTest
    @CsvSource({"'', ''", "--channels 2, multifd"})
    void encryptedStreamIsSentWithoutAnAlert(String options, String capability) throws Exception {
        Path certificates = TestCertificates.create(folder.resolve("pki"));
        Path socket = folder.resolve("socket");
        Path saved = folder.resolve("vm.mig");
        List<String> more = new ArrayList<>(List.of("--tls-creds", certificates.toString()));
        more.addAll(List.of("--tls-hostname", "server.example"));
        more.addAll(options.isEmpty() ? List.of() : List.of(options.split(" ")));
        byte[] memory;
        try (Qemu source = running(QemuMachine.pc(FILL))) {
            source.save(saved);
            memory = fill(source);
        }
        try (Qemu destination =
                QemuMachine.pc(FILL).with(credentials(certificates, "server")).startIncoming()) {
            if (!capability.isEmpty()) {
                destination.capabilities(capability);
            }
            parameters(destination, Map.of("tls-creds", "tls"));
            destination.execute("migrate-incoming", Map.of("uri", "unix:" + socket));
            ToolRunner.Result sent =
                    ToolRunner.result(words("send " + saved + " unix:" + socket, more));

            assertThat(sent.code()).as(sent.err()).isZero();
            assertThat(fill(destination)).isEqualTo(memory);
            assertThat(destination.errors()).isEmpty();
        }
    }

    private static String credentials(Path folder, String endpoint) {
        return "-object tls-creds-x509,id=tls,dir="
                + folder
                + ",endpoint="
                + endpoint
                + ",verify-peer=yes";
    }
}
