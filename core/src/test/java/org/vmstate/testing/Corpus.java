// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.tukaani.xz.XZInputStream;

/// The streams of real QEMUs among the test resources, and facts about each. The README beside them
/// describes their origin.
///
/// `toString` returns the name of the file, which is suitable for parameterized tests.
public final class Corpus {
    private static final String ROOT = "/corpus/";

    private Corpus() {}

    /// Every file: main streams, channels, return paths, disks.
    public static List<Entry> files() {
        return table("index.tsv").map(Entry::of).toList();
    }

    /// The main streams, with or without a container.
    public static List<Entry> streams() {
        return files().stream()
                .filter(e -> e.file().endsWith(".mig") || e.file().endsWith(".qcow2"))
                .toList();
    }

    /// The file with a name, such as `pc-default-72.mig`.
    public static Entry file(String name) {
        return files().stream().filter(e -> e.file().equals(name)).findFirst().orElseThrow();
    }

    /// The RAM blocks of all main streams.
    public static List<Block> blocks() {
        return table("ram.tsv")
                .map(row -> new Block(row[0], row[1], Long.parseLong(row[2]), known(row[3])))
                .toList();
    }

    private static Stream<String[]> table(String name) {
        try (InputStream in = open(name)) {
            String text = new String(in.readAllBytes(), UTF_8);
            return text.lines().skip(1).map(line -> line.split("\t", -1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(String name) throws IOException {
        InputStream in = Corpus.class.getResourceAsStream(ROOT + name);
        if (in == null) {
            throw new FileNotFoundException(ROOT + name);
        }
        return in;
    }

    private static Optional<String> known(String cell) {
        return Optional.of(cell).filter(c -> !c.equals("-"));
    }

    /// A file of the corpus.
    ///
    /// @param file its name without compression
    /// @param qemu the version that wrote it, such as `7.2`
    /// @param qemu the version that wrote it, such as `7.2`
    /// @param stateSize of the analyser's output for it, if it is right
    /// @param pcRamSha256 of what it decodes to as `pc.ram` from 1 MiB to 48 MiB
    public record Entry(
            String file,
            String qemu,
            long size,
            String sha256,
            String analyzer,
            OptionalInt stateSize,
            Optional<String> stateSha256,
            Optional<String> pcRamSha256) {

        private static Entry of(String[] row) {
            return new Entry(
                    row[0],
                    row[1],
                    Long.parseLong(row[2]),
                    row[3],
                    row[4],
                    known(row[5])
                            .map(Integer::parseInt)
                            .map(OptionalInt::of)
                            .orElse(OptionalInt.empty()),
                    known(row[6]),
                    known(row[7]));
        }

        /// Its name without the extension, which files that belong together share.
        public String name() {
            return file.substring(0, file.lastIndexOf('.'));
        }

        /// A stream that begins with its header: without a container and without an offset.
        public boolean beginsWithHeader() {
            return file.endsWith(".mig")
                    && !file.startsWith("libvirt-")
                    && !file.contains("-offset-");
        }

        /// The channel files of a multifd stream, in the order in which they connected.
        public List<Entry> channels() {
            return files().stream()
                    .filter(e -> e.name().equals(name()) && e.file().matches(".*\\.ch\\d+"))
                    .toList();
        }

        /// The RAM blocks of a main stream.
        public List<Block> blocks() {
            return Corpus.blocks().stream().filter(b -> b.file().equals(file)).toList();
        }

        /// Its decompressed content, as a stream.
        public InputStream open() throws IOException {
            return new XZInputStream(Corpus.open(file + ".xz"));
        }

        /// Its decompressed content.
        public byte[] bytes() throws IOException {
            try (InputStream in = open()) {
                return in.readAllBytes();
            }
        }

        /// Decompresses it into a folder.
        public Path unpack(Path folder) throws IOException {
            Path target = folder.resolve(file);
            try (InputStream in = open()) {
                Files.copy(in, target);
            }
            return target;
        }

        /// The output of QEMU's analyser for it, if it is stored and not only its hash.
        public Optional<byte[]> state() throws IOException {
            try (InputStream in =
                    Corpus.class.getResourceAsStream(ROOT + name() + ".state.json.xz")) {
                return in == null
                        ? Optional.empty()
                        : Optional.of(new XZInputStream(in).readAllBytes());
            }
        }

        @Override
        public String toString() {
            return file;
        }
    }

    /// A RAM block of a main stream.
    ///
    /// @param sha256 the hash of its decoded content, in which memory that was not sent is zero;
    ///   empty if its memory is not in the stream
    public record Block(String file, String name, long length, Optional<String> sha256) {
        @Override
        public String toString() {
            return file + " " + name;
        }
    }
}
