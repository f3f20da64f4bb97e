// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.VMStateDescription;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.DescriptorPassing;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.VersionTooOldException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Compares the engine with QEMU's, with intrusive queues, with lists and in native memory.
final class VectorsTest {
    /// A footer, and more bytes than looking for a subsection reads.
    private static final String TAIL = "7e00000000" + "11".repeat(256);

    static Stream<Arguments> vectors() {
        return onAllKinds(Vectors.cases("index.json").stream());
    }

    static Stream<Arguments> loads() {
        return onAllKinds(withThoseByHand("load-cases.json"));
    }

    static Stream<Arguments> saves() {
        return onAllKinds(withThoseByHand("save-cases.json"));
    }

    private static Stream<Vectors.Case> withThoseByHand(String file) {
        return Stream.concat(Vectors.cases(file).stream(), Vectors.casesByHand(file).stream());
    }

    private static Stream<Arguments> onAllKinds(Stream<Vectors.Case> cases) {
        return cases.flatMap(c -> c.kinds().map(kind -> Arguments.of(c, kind)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("vectors")
    <S> void savesTheBytesAndTheTextOfQemu(Vectors.Case vector, Kind<S> kind) throws IOException {
        Declarations<S> declarations = new Declarations<>(vector.descriptions(), kind);
        for (int i = 0; i < 3; i++) { // text is copied from the second time on
            saveTheBytesAndTheText(vector, kind, declarations);
        }
    }

    private static <S> void saveTheBytesAndTheText(
            Vectors.Case vector, Kind<S> kind, Declarations<S> declarations) throws IOException {
        S state = kind.state(vector.description(), vector.map("state"));
        WireWriter writer = WireWriter.toMemory();
        VmDescWriter vmdesc = new VmDescWriter().startObject();

        passing(() -> declarations.get(vector.description()).save(writer, state, vmdesc));

        assertThat(writer.toByteArray()).isEqualTo(Vectors.bytes(vector.name() + ".bin"));
        assertThat(vmdesc.endObject().toString())
                .isEqualTo(Vectors.text(vector.name() + ".vmdesc.json"));
        String after = vector.json().containsKey("stateAfterSave") ? "stateAfterSave" : "state";
        assertSame(kind.json(vector.description(), state), vector.map(after));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("vectors")
    <S> void loadsWhatItSaves(Vectors.Case vector, Kind<S> kind) throws IOException {
        loadWhatItSaves(vector, kind, HexFormat.of().parseHex(TAIL));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("vectors")
    <S> void loadsWhatItSavesWithNothingBehindIt(Vectors.Case vector, Kind<S> kind)
            throws IOException {
        loadWhatItSaves(vector, kind, new byte[0]);
    }

    private static <S> void loadWhatItSaves(Vectors.Case vector, Kind<S> kind, byte[] tail)
            throws IOException {
        RoundTrip roundTrip = new RoundTrip(vector.descriptions());
        String refusal = roundTrip.refusal(vector.description(), vector.map("state"));
        Declarations<S> declarations = new Declarations<>(vector.descriptions(), kind);
        VMStateDescription<S> description = declarations.get(vector.description());
        byte[] bytes = Vectors.bytes(vector.name() + ".bin");
        Map<String, Object> emptied =
                Emptied.state(
                        vector.descriptions(),
                        vector.descriptions().get(vector.description()),
                        vector.map("state"));
        S state = kind.state(vector.description(), emptied);
        WireReader reader = WireReader.of(concat(bytes, tail));
        ThrowingCallable load =
                () -> passing(() -> description.load(reader, state, description.versionId()));

        if (refusal != null) {
            assertThatThrownBy(load).as(refusal).isInstanceOf(VMStateException.class);
            return;
        }
        Throwable thrown = catchThrowable(load);
        assumeTrue(declarations.hookFailure() == null, "a hook refuses it");
        if (roundTrip.isMisread(vector.description())) {
            if (thrown != null) {
                assertThat(thrown).isInstanceOf(VMStateException.class);
            }
            return;
        }
        assertThat(thrown).isNull();
        assertThat(reader.position()).isEqualTo(bytes.length);
        if (!roundTrip.isChangedByLoading(vector.description())) {
            WireWriter writer = WireWriter.toMemory();
            passing(() -> description.save(writer, state));
            assertThat(writer.toByteArray()).isEqualTo(bytes);
        }
    }

    /// Checks loading against QEMU's result twice: with QEMU's rule about the end of the input, and
    /// without it, where only the results of cases that the rule refuses may differ.
    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("loads")
    <S> void loadsAndRefusesWhatQemuDoes(Vectors.Case load, Kind<S> kind) throws IOException {
        WireReader reader = reader(load);
        QemuEnd end = new QemuEnd(reader);
        assertAnswer(load, kind, new Declarations<>(load.descriptions(), kind, end), reader);

        Declarations<S> declarations = new Declarations<>(load.descriptions(), kind);
        if (!end.hasThrown()) {
            assertAnswer(load, kind, declarations, reader(load));
            return;
        }
        S state = kind.state(load.description(), load.map("before"));
        Throwable thrown = catchThrowable(() -> load(load, declarations, reader(load), state));
        if (thrown != null) {
            assertThat(thrown).isInstanceOf(TruncatedException.class);
        }
    }

    private static WireReader reader(Vectors.Case load) {
        return WireReader.of(HexFormat.of().parseHex((String) load.json().get("input")));
    }

    private static <S> void load(
            Vectors.Case load, Declarations<S> declarations, WireReader reader, S state)
            throws IOException {
        int version = ((Long) load.json().get("versionId")).intValue();
        declarations.get(load.description()).load(reader, state, version);
    }

    private static <S> void assertAnswer(
            Vectors.Case load, Kind<S> kind, Declarations<S> declarations, WireReader reader) {
        S state = kind.state(load.description(), load.map("before"));

        Throwable thrown = catchThrowable(() -> load(load, declarations, reader, state));

        if (load.crashed()) {
            assertDiesWithAnError(thrown, declarations);
            return;
        }
        long result = (Long) load.json().get("result");
        Integer hookFailure = declarations.hookFailure();
        if (hookFailure != null) {
            assertThat(thrown).isInstanceOf(RefusedException.class).hasMessageContaining(":");
            assertThat((long) hookFailure).isEqualTo(result);
        } else if (result < 0) {
            assertThat(thrown).isInstanceOf(expected(load, result)).hasMessageContaining(":");
        } else {
            assertThat(thrown).isNull();
            if (load.json().containsKey("consumed")) {
                assertThat(reader.position()).isEqualTo(load.json().get("consumed"));
            }
            assertSame(kind.json(load.description(), state), load.map("after"));
        }
    }

    /// A case in which QEMU crashes must be an error, unless the reason is a positive result of a
    /// hook, which hooks here do not have.
    private static void assertDiesWithAnError(
            @Nullable Throwable thrown, Declarations<?> declarations) {
        if (thrown != null || !declarations.hookReturnedPositive()) {
            assertThat(thrown).isInstanceOf(VMStateException.class);
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("saves")
    <S> void savesAndRefusesToSaveWhatQemuDoes(Vectors.Case save, Kind<S> kind) {
        Declarations<S> declarations = new Declarations<>(save.descriptions(), kind);
        S state = kind.state(save.description(), save.map("state"));
        WireWriter writer = WireWriter.toMemory();

        Throwable thrown =
                catchThrowable(() -> declarations.get(save.description()).save(writer, state));

        if (save.crashed()) {
            assertDiesWithAnError(thrown, declarations);
            return;
        }
        if ((Long) save.json().get("result") == 0) {
            assertThat(thrown).isNull();
        } else {
            assertThat(thrown).isInstanceOf(VMStateException.class);
        }
        assertThat(HexFormat.of().formatHex(writer.toByteArray()))
                .isEqualTo(save.json().get("written"));
        assertSame(kind.json(save.description(), state), save.map("stateAfterSave"));
    }

    private static Class<? extends Throwable> expected(Vectors.Case load, long result) {
        String error = (String) load.json().get("error");
        boolean outer = !error.startsWith("Loading VM subsection");
        if (error.contains("is too new")) {
            return VersionTooNewException.class;
        } else if (error.contains("is too old") && outer) {
            return VersionTooOldException.class;
        } else if (result == -5 && !load.passesDescriptors()) {
            return TruncatedException.class;
        }
        return VMStateException.class;
    }

    /// Uses a stream that passes descriptors if the vector was written to one.
    private static void passing(Action action) throws IOException {
        DescriptorPassing passing =
                new DescriptorPassing() {
                    @Override
                    public void send(WireWriter writer, int descriptor) throws IOException {
                        assertThat(descriptor).isNotNegative();
                        writer.u8(0x20);
                    }

                    @Override
                    public int receive() {
                        return 0;
                    }
                };
        ScopedValue.where(DescriptorPassing.CURRENT, passing)
                .call(
                        () -> {
                            action.run();
                            return null;
                        });
    }

    /// The members of the expected state are equal; members that QEMU did not write may have any
    /// value.
    private static void assertSame(Object actual, @Nullable Object expected) {
        if (expected instanceof String text && text.equals("indeterminate")) {
            return;
        }
        switch (expected) {
            case Map<?, ?> map ->
                    map.forEach((key, value) -> assertSame(((Map<?, ?>) actual).get(key), value));
            case List<?> list -> {
                assertThat((List<?>) actual).hasSameSizeAs(list);
                for (int i = 0; i < list.size(); i++) {
                    assertSame(((List<?>) actual).get(i), list.get(i));
                }
            }
            case null -> assertThat(actual).isNull();
            default -> assertThat(actual).isEqualTo(expected);
        }
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] both = java.util.Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }
}
