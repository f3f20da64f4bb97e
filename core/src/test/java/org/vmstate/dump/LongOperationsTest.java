// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.ram.MultifdChannels;
import org.vmstate.ram.PageCensus;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamFormat;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.ram.RamRewriter;
import org.vmstate.stream.Expectations;
import org.vmstate.stream.StreamElement;
import org.vmstate.testing.Corpus;
import org.vmstate.wire.CancelledException;
import org.vmstate.wire.Progress;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Long operations report their progress, are cancelled by an interrupt, and leave no files.
@Timeout(60)
class LongOperationsTest {
    private static final String PLAIN = "v-plain-72.mig";
    private static final String MAPPED = "v-mappedram-100.mig";
    private static final String CHANNELS = "v-multifd-dest-100";

    @TempDir static Path corpus;
    @TempDir Path folder;

    private final ExecutorService thread = Executors.newSingleThreadExecutor();

    /// An operation that reports to a listener and stores its files in `folder`.
    interface Body {
        void run(Path folder, Progress listener) throws IOException;
    }

    /// An operation and the phase that is checked.
    record Operation(String name, Progress.Phase phase, Body body) {
        @Override
        public String toString() {
            return name;
        }
    }

    static final List<Operation> OPERATIONS =
            List.of(
                    new Operation("machine", Progress.Phase.MACHINE, LongOperationsTest::machine),
                    new Operation(
                            "machine, pipe", Progress.Phase.MACHINE, LongOperationsTest::pipe),
                    new Operation("memory", Progress.Phase.MEMORY, (f, p) -> load(f, PLAIN, p)),
                    new Operation(
                            "memory, mapped", Progress.Phase.MEMORY, (f, p) -> load(f, MAPPED, p)),
                    new Operation(
                            "memory, channels",
                            Progress.Phase.MEMORY,
                            (f, p) -> load(f, CHANNELS + ".mig", p)),
                    new Operation(
                            "kinds of pages", Progress.Phase.PAGES, (f, p) -> census(f, p, false)),
                    new Operation(
                            "count of pages", Progress.Phase.PAGES, (f, p) -> census(f, p, true)),
                    new Operation(
                            "rewriting",
                            Progress.Phase.OUTPUT,
                            (f, p) -> rewrite(f, p, RamFormat.PLAIN)),
                    new Operation(
                            "rewriting, xbzrle",
                            Progress.Phase.OUTPUT,
                            (f, p) -> rewrite(f, p, RamFormat.XBZRLE)),
                    new Operation(
                            "rewriting, mapped",
                            Progress.Phase.OUTPUT,
                            (f, p) -> rewrite(f, p, RamFormat.MAPPED_RAM)),
                    new Operation("guest", Progress.Phase.MEMORY, LongOperationsTest::guest),
                    new Operation("core", Progress.Phase.OUTPUT, LongOperationsTest::core));

    @BeforeEach
    void unpack() throws IOException {
        List<Corpus.Entry> needed = new ArrayList<>(Corpus.file(CHANNELS + ".mig").channels());
        needed.add(Corpus.file(CHANNELS + ".mig"));
        needed.add(Corpus.file(PLAIN));
        needed.add(Corpus.file(MAPPED));
        for (Corpus.Entry entry : needed) {
            if (!Files.exists(corpus.resolve(entry.file()))) {
                entry.unpack(corpus);
            }
        }
    }

    @AfterEach
    void end() {
        thread.close();
    }

    private static WireReader open(String name) throws IOException {
        return WireReader.open(corpus.resolve(name), ReadLimits.DEFAULT);
    }

    private static void machine(Path folder, Progress listener) throws IOException {
        try (WireReader in = open(PLAIN)) {
            SavedMachine.read(MachineReader.of(in).progress(listener));
        }
    }

    private static void pipe(Path folder, Progress listener) throws IOException {
        try (FileInputStream file = new FileInputStream(corpus.resolve(PLAIN).toFile());
                WireReader in = WireReader.of(file.getChannel(), ReadLimits.DEFAULT)) {
            SavedMachine.read(MachineReader.of(in).progress(listener));
        }
    }

    private static void load(Path folder, String name, Progress listener) throws IOException {
        try (RamImage image = RamImage.temporary(folder)) {
            load(image, name, listener);
        }
    }

    private static RamReader.Result load(RamImage image, String name, Progress listener)
            throws IOException {
        try (WireReader in = open(name)) {
            RamReader reader =
                    RamReader.of(new BuiltInHandlers(new RamContext()), Expectations.NONE)
                            .progress(listener);
            List<Path> channels =
                    Corpus.file(name).channels().stream()
                            .map(e -> corpus.resolve(e.file()))
                            .toList();
            if (!channels.isEmpty()) {
                reader.channels(MultifdChannels.open(channels, ReadLimits.DEFAULT));
            }
            return reader.read(in, image);
        }
    }

    private static void census(Path folder, Progress listener, boolean count) throws IOException {
        try (RamImage image = loaded(folder)) {
            PageCensus census = new PageCensus(image, 4096).progress(listener);
            if (count) {
                census.count(folder);
            } else {
                census.kinds((_, _, _) -> {});
            }
        }
    }

    /// The image of a stream, loaded by a thread that is not interrupted.
    private static RamImage loaded(Path folder) throws IOException {
        boolean interrupted = Thread.interrupted();
        RamImage image = RamImage.temporary(folder);
        load(image, PLAIN, Progress.NONE);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return image;
    }

    private static void rewrite(Path folder, Progress listener, RamFormat format)
            throws IOException {
        Path target = folder.resolve("out.mig");
        try (RamImage image = loaded(folder);
                WireReader in = open(PLAIN);
                FileChannel file =
                        FileChannel.open(
                                target,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.WRITE,
                                StandardOpenOption.DELETE_ON_CLOSE);
                RamRewriter rewriter =
                        new RamRewriter(WireWriter.to(file), image, format, 4096, List.of())
                                .progress(listener)) {
            MachineReader machine = MachineReader.of(in);
            for (StreamElement e = machine.next(); e != null; e = machine.next()) {
                rewriter.write(e);
            }
        }
    }

    private static void guest(Path folder, Progress listener) throws IOException {
        SavedGuest.Loader loader = SavedGuest.loader().scratch(folder).progress(listener);
        try (SavedGuest guest = loader.open(corpus.resolve(PLAIN))) {
            assertThat(guest.cpus()).hasSize(1);
        }
    }

    private static void core(Path folder, Progress listener) throws IOException {
        boolean interrupted = Thread.interrupted();
        try (SavedGuest guest = SavedGuest.loader().scratch(folder).open(corpus.resolve(PLAIN))) {
            ElfCore core = guest.core().progress(listener);
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            core.writeTo(Files.createDirectories(folder.resolve("cores")).resolve("vm.core"));
        }
    }

    private void nothingIsLeft() throws IOException {
        try (Stream<Path> left = Files.walk(folder)) {
            assertThat(left.filter(Files::isRegularFile)).isEmpty();
        }
    }

    /// Runs an action in another thread, so that its interrupt status does not matter afterwards.
    private <T> T inThread(Callable<T> task) throws Throwable {
        try {
            return thread.submit(task).get();
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }

    @ParameterizedTest
    @FieldSource("OPERATIONS")
    void progressIsReportedInBytes(Operation operation) throws Throwable {
        List<Progress.Step> steps = new ArrayList<>();

        operation.body.run(folder, steps::add);

        List<Progress.Step> counted =
                steps.stream().filter(s -> s.phase() == operation.phase).toList();
        assertThat(counted).isNotEmpty();
        long before = 0;
        for (Progress.Step step : counted) {
            assertThat(step.bytes()).isGreaterThanOrEqualTo(before);
            assertThat(step.total().orElse(Long.MAX_VALUE)).isGreaterThanOrEqualTo(step.bytes());
            before = step.bytes();
        }
    }

    @ParameterizedTest
    @FieldSource("OPERATIONS")
    void aListenerCancelsByInterruptingItsThread(Operation operation) throws Throwable {
        Progress cancels =
                step -> {
                    if (step.phase() == operation.phase) {
                        Thread.currentThread().interrupt();
                    }
                };

        boolean stays =
                inThread(
                        () -> {
                            assertThatThrownBy(() -> operation.body.run(folder, cancels))
                                    .isInstanceOf(CancelledException.class);
                            return Thread.interrupted();
                        });

        assertThat(stays).isTrue();
        nothingIsLeft();
    }

    @ParameterizedTest
    @FieldSource("OPERATIONS")
    void anInterruptCancelsWithoutAListener(Operation operation) throws Throwable {
        inThread(
                () -> {
                    Thread.currentThread().interrupt();
                    assertThatThrownBy(() -> operation.body.run(folder, Progress.NONE))
                            .isInstanceOf(CancelledException.class);
                    return Thread.interrupted();
                });

        nothingIsLeft();
    }
}
