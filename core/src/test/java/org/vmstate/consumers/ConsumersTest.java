// SPDX-License-Identifier: Apache-2.0
package org.vmstate.consumers;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;
import org.vmstate.stream.EndOfStream;
import org.vmstate.stream.FileHeader;
import org.vmstate.stream.StreamWriter;
import org.vmstate.wire.WireWriter;

/// Compiles the programs in `consumers/` against the packaged library, with warnings as errors, and
/// runs them.
///
/// The build runs it after packaging the library, in the phase `integration-test`.
final class ConsumersTest {
    private static final Path SOURCES =
            Path.of(System.getProperty("vmstate.root", ".."), "consumers");
    private static final String EVERY_DEVICE =
            """
            uart: 69 bytes
            power-supply: 38 bytes
            nic: 154 bytes
            dma: 78 bytes
            event-log: 20 bytes
            uart of version 1 loaded
            in %s
            """;

    @TempDir private static Path out;
    private static Path library;

    @BeforeAll
    static void compile() throws IOException {
        String jar = System.getProperty("vmstate.jar");
        Assumptions.assumeTrue(jar != null, "the library is not packaged yet");
        library = Path.of(jar);
        module("chassis", library);
        module("board", library, out.resolve("chassis"));
        module("codecs", library);
        module("memory", library);
        module("refused", library, out.resolve("chassis"));
    }

    @Test
    void devicesOfAModuleAreSavedLoadedAndCompiled() throws IOException {
        Path loaded = out.resolve("loaded");
        Run run =
                java(
                        "-Xlog:class+load:file=" + loaded,
                        "-p",
                        path(library, out.resolve("chassis"), out.resolve("board")),
                        "-m",
                        "org.example.board/org.example.board.Main");
        assertThat(run)
                .isEqualTo(new Run(0, EVERY_DEVICE.formatted("module org.example.board"), ""));
        assertThat(Files.readString(loaded))
                .contains("org.example.board.PowerSupply$$Codec", "internal.DmaEngine$$Codec");
    }

    @Test
    void devicesOnTheClassPathAreSavedAndLoaded() throws IOException {
        Path classes = out.resolve("unnamed");
        List<String> arguments =
                new ArrayList<>(List.of("-cp", library.toString(), "-d", classes.toString()));
        for (String name : List.of("chassis", "board")) {
            sources(name)
                    .filter(file -> !file.endsWith("module-info.java"))
                    .forEach(arguments::add);
        }
        javac(arguments);
        Run run = java("-cp", path(library, classes), "org.example.board.Main");
        assertThat(run.err()).isEmpty();
        assertThat(run.out()).startsWith(EVERY_DEVICE.formatted("unnamed module").strip());
    }

    @Test
    void imageOfTheJavaPlatformsSmallestModulesIsEnough() throws IOException {
        Path image = out.resolve("image");
        run(
                "jlink",
                List.of(
                        "--module-path",
                        path(library, out.resolve("chassis"), out.resolve("board")),
                        "--add-modules",
                        "org.example.board",
                        "--output",
                        image.toString()));
        Path java = image.resolve("bin/java");
        assertThat(start(java, "--list-modules").out())
                .matches(
                        """
                        java.base@.*
                        jdk.jfr@.*
                        org.example.board
                        org.example.chassis
                        org.vmstate@.*
                        """);
        assertThat(start(java, "-m", "org.example.board/org.example.board.Main"))
                .isEqualTo(new Run(0, EVERY_DEVICE.formatted("module org.example.board"), ""));
    }

    @Test
    void moduleThatTheLookupCannotSeeIsNamed() throws IOException {
        Run run =
                java(
                        "-p",
                        path(library, out.resolve("chassis"), out.resolve("refused")),
                        "-m",
                        "org.example.refused/org.example.refused.Main");
        assertThat(run)
                .isEqualTo(
                        new Run(
                                0,
                                "refused: field serial_number: the lookup cannot see"
                                        + " org.example.chassis.Module.serialNumber, which is in"
                                        + " module org.example.chassis: use the lookup of the class"
                                        + " itself, or reach the value by .number(get, set) or"
                                        + " .object(get, set)\n",
                                ""));
    }

    @Test
    void missingDecodersAreNamedOnTheModulePath() throws IOException {
        String[] files = compressed();
        Run run =
                java(
                        with(
                                files,
                                "-p",
                                path(library, out.resolve("codecs")),
                                "-m",
                                "org.example.codecs/org.example.codecs.Main"));
        assertThat(run.err()).isEmpty();
        assertThat(run.out().lines())
                .satisfiesExactly(
                        gz -> assertThat(gz).isEqualTo("gz: read"),
                        xz ->
                                assertThat(xz)
                                        .startsWith(
                                                "xz: UnsupportedException: xz needs the library"
                                                        + " org.tukaani:xz on the module path, and its"
                                                        + " module org.tukaani.xz required by a module"
                                                        + " or named by --add-modules"),
                        zst ->
                                assertThat(zst)
                                        .startsWith(
                                                "zst: UnsupportedException: zstd needs the library"
                                                        + " com.github.luben:zstd-jni on the module"
                                                        + " path, and its module"
                                                        + " com.github.luben.zstd_jni required by a"
                                                        + " module or named by --add-modules"));
    }

    @Test
    void decodersOnTheModulePathAreUsed() throws IOException {
        Run run =
                java(
                        with(
                                compressed(),
                                "--enable-native-access=com.github.luben.zstd_jni",
                                "--add-modules=org.tukaani.xz,com.github.luben.zstd_jni",
                                "-p",
                                path(
                                        library,
                                        out.resolve("codecs"),
                                        jarOf(XZOutputStream.class),
                                        jarOf(ZstdOutputStream.class)),
                                "-m",
                                "org.example.codecs/org.example.codecs.Main"));
        assertThat(run).isEqualTo(new Run(0, "gz: read\nxz: read\nzst: read\n", ""));
    }

    @Test
    void missingDecodersAreNamedOnTheClassPath() throws IOException {
        Run run =
                java(
                        with(
                                compressed(),
                                "-cp",
                                path(library, out.resolve("codecs")),
                                "org.example.codecs.Main"));
        assertThat(run.err()).isEmpty();
        assertThat(run.out())
                .contains(
                        "gz: read",
                        "xz needs the library org.tukaani:xz on the class path",
                        "zstd needs the library com.github.luben:zstd-jni on the class path");
    }

    @Test
    void nativeMemoryNeedsNativeAccessOfTheLibrary() throws IOException {
        String modules = path(library, out.resolve("memory"));
        String main = "org.example.memory/org.example.memory.Main";
        assertThat(java("--enable-native-access=org.vmstate", "-p", modules, "-m", main))
                .isEqualTo(new Run(0, "0000000700000000\n", ""));
        assertThat(java("-p", modules, "-m", main).err())
                .contains("Use --enable-native-access=org.vmstate to avoid a warning");
    }

    /// The output of a process and its exit code.
    private record Run(int code, String out, String err) {}

    /// A stream without devices, compressed with gzip, xz and zstd.
    private static String[] compressed() throws IOException {
        WireWriter writer = WireWriter.toMemory();
        StreamWriter stream = new StreamWriter(writer);
        stream.write(new FileHeader());
        stream.write(new EndOfStream());
        byte[] bytes = writer.toByteArray();
        write("gz", bytes, GZIPOutputStream::new);
        write("xz", bytes, packed -> new XZOutputStream(packed, new LZMA2Options(0)));
        write("zst", bytes, ZstdOutputStream::new);
        return Stream.of("gz", "xz", "zst")
                .map(name -> out.resolve(name).toString())
                .toArray(String[]::new);
    }

    private interface Packer {
        OutputStream around(OutputStream packed) throws IOException;
    }

    private static void write(String name, byte[] bytes, Packer packer) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream plain = packer.around(packed)) {
            plain.write(bytes);
        }
        Files.write(out.resolve(name), packed.toByteArray());
    }

    private static void module(String name, Path... modules) throws IOException {
        List<String> arguments =
                new ArrayList<>(List.of("-p", path(modules), "-d", out.resolve(name).toString()));
        sources(name).forEach(arguments::add);
        javac(arguments);
    }

    private static void javac(List<String> arguments) {
        List<String> all = new ArrayList<>(List.of("-Xlint:all", "-Werror", "--release", "25"));
        all.addAll(arguments);
        run("javac", all);
    }

    private static Stream<String> sources(String name) throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES.resolve(name))) {
            return files
                    .map(Path::toString)
                    .filter(file -> file.endsWith(".java"))
                    .toList()
                    .stream();
        }
    }

    private static void run(String tool, List<String> arguments) {
        StringWriter said = new StringWriter();
        PrintWriter writer = new PrintWriter(said);
        int code =
                ToolProvider.findFirst(tool)
                        .orElseThrow()
                        .run(writer, writer, arguments.toArray(String[]::new));
        assertThat(said.toString()).as(tool).isEmpty();
        assertThat(code).as(tool).isZero();
    }

    private static Run java(String... arguments) throws IOException {
        return start(Path.of(System.getProperty("java.home"), "bin/java"), arguments);
    }

    private static Run start(Path java, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(java.toString(), "-XX:+UseSerialGC"));
        command.addAll(Arrays.asList(arguments));
        Path stdout = Files.createTempFile(out, "stdout", "");
        Path stderr = Files.createTempFile(out, "stderr", "");
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(stdout.toFile())
                        .redirectError(stderr.toFile())
                        .start();
        try {
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).as("in time").isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            process.destroyForcibly();
        }
        return new Run(process.exitValue(), Files.readString(stdout), Files.readString(stderr));
    }

    private static String[] with(String[] more, String... arguments) {
        return Stream.concat(Arrays.stream(arguments), Arrays.stream(more)).toArray(String[]::new);
    }

    private static String path(Path... entries) {
        return Arrays.stream(entries)
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static Path jarOf(Class<?> type) {
        return Path.of(
                java.net.URI.create(
                        type.getProtectionDomain().getCodeSource().getLocation().toString()));
    }
}
