// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Tools;

/// Tests the launcher with a damaged cache, and with options that contradict its own, in a copy of
/// the packaged tool. Enabled by `-Dvmstate.faults=true`.
@EnabledIfSystemProperty(named = "vmstate.faults", matches = "true")
final class LauncherFaultsTest {
    private static final Path NOTHING = Path.of("/dev/null");

    @TempDir private static Path folder;
    private static Path home = Path.of("");
    private static String shown = "";

    @BeforeAll
    static void copyTool() throws IOException {
        Path tree = Path.of("..").toAbsolutePath().normalize();
        if (!Files.exists(tree.resolve("tool/target/vmstate.jar"))) {
            Tools.missing("the tool is not packaged");
        }
        home = folder.resolve("home");
        for (String part :
                List.of("vmstate", "samples", "tool/target/vmstate.jar", "tool/target/lib")) {
            copy(tree.resolve(part), home.resolve(part));
        }
        Launcher.Run run = show();
        assertThat(run.code()).as(run.err()).isZero();
        shown = run.out();
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.walkFileTree(
                from,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Path target = to.resolve(from.relativize(file).toString());
                        Files.createDirectories(target.getParent());
                        Files.copy(file, target, StandardCopyOption.COPY_ATTRIBUTES);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    private static Launcher launcher() {
        return new Launcher(home.resolve("vmstate"), folder);
    }

    private static Launcher.Run show() throws IOException {
        return show(launcher());
    }

    private static Launcher.Run show(Launcher launcher) throws IOException {
        return launcher.run(NOTHING, List.of("show", home.resolve("samples/pc.mig").toString()));
    }

    private static Path cache() throws IOException {
        try (Stream<Path> files = Files.list(home.resolve("tool/target"))) {
            return files.filter(file -> file.toString().endsWith(".aot")).findFirst().orElseThrow();
        }
    }

    private static void outputIsTheSame() throws IOException {
        Launcher.Run run = show();
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEqualTo(shown);
    }

    @Test
    void damagedCacheIsRecordedAgain() throws IOException {
        Random random = new Random(1);
        Path cache = cache();
        assertThat(cache).isNotEmptyFile();
        for (int i = 0; i < 3; i++) {
            try (FileChannel file = FileChannel.open(cache, StandardOpenOption.WRITE)) {
                for (int n = 0; n < 200; n++) {
                    byte[] noise = {(byte) random.nextInt()};
                    file.write(ByteBuffer.wrap(noise), random.nextLong(file.size()));
                }
            }
            outputIsTheSame();
        }
    }

    @Test
    void truncatedCacheIsRecordedAgain() throws IOException {
        Path cache = cache();
        long size = Files.size(cache);
        try (FileChannel file = FileChannel.open(cache, StandardOpenOption.WRITE)) {
            file.truncate(size / 2);
        }

        outputIsTheSame();

        assertThat(cache).isNotEmptyFile();
        assertThat(Files.size(cache)).isGreaterThan(size / 2);
    }

    @Test
    void copiedCacheIsUsed() throws IOException {
        Path cache = cache();
        FileTime copied = FileTime.fromMillis(System.currentTimeMillis() + 5_000);
        Files.setLastModifiedTime(cache, copied);

        outputIsTheSame();

        assertThat(Files.getLastModifiedTime(cache)).isEqualTo(copied);
    }

    @Test
    void closedStandardInputIsEmpty() throws IOException {
        Launcher.Run run = launcher().shell("\"$VMSTATE\" show - <&-", List.of());

        assertThat(run.code()).as(run.err()).isEqualTo(3);
        assertThat(run.err()).hasLineCount(1).contains("standard input: the input is empty");
    }

    @Test
    void removedWorkingDirectoryIsOneMessage() throws IOException {
        Launcher.Run run =
                launcher()
                        .shell(
                                "mkdir gone && cd gone && rmdir ../gone && \"$VMSTATE\" show \"$1\"",
                                List.of(home.resolve("samples/pc.mig").toString()));

        run.failed();
        assertThat(run.err()).contains("the current folder no longer exists");
        assertThat(run.out()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-XX:+UseG1GC",
                "-XX:+UseParallelGC",
                "-XX:+UseZGC",
                "-XX:-TieredCompilation",
                "-Xint",
                "-Xshare:off",
                "-XX:AOTMode=off",
                "-XX:-UnlockDiagnosticVMOptions",
                "-Xmx64m -Dx=*"
            })
    void optionsOfTheUserTakePrecedence(String options) throws IOException {
        Launcher.Run run = show(launcher().with("VMSTATE_JAVA_OPTS", options));

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).isEqualTo(shown);
    }
}
