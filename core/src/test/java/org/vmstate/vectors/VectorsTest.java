// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.DescriptorPassing;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.VersionTooNewException;
import org.vmstate.wire.VersionTooOldException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Holds the engine to what QEMU's own writes and answers, with intrusive queues, with lists and in
/// native memory.
final class VectorsTest {
    /// A footer, and more than any subsection's name could ask for.
    private static final String TAIL = "7e00000000" + "11".repeat(256);

    static Stream<Arguments> vectors() {
        return all("index.json");
    }

    static Stream<Arguments> loads() {
        return all("load-cases.json");
    }

    static Stream<Arguments> saves() {
        return all("save-cases.json");
    }

    private static Stream<Arguments> all(String file) {
        return Vectors.cases(file).stream()
                .flatMap(
                        c ->
                                Stream.of(
                                                Named.of(
                                                        "intrusive",
                                                        new States(c.descriptions(), true)),
                                                Named.of(
                                                        "lists",
                                                        new States(c.descriptions(), false)),
                                                Named.of(
                                                        "memory",
                                                        new MemoryStates(c.descriptions())))
                                        .filter(kind -> c.isFor(kind.getPayload()))
                                        .map(kind -> Arguments.of(c, kind)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("vectors")
    <S> void savesTheBytesAndTheTextOfQemu(Vectors.Case vector, Kind<S> kind) throws IOException {
        Declarations<S> declarations = new Declarations<>(vector.descriptions(), kind);
        S state = kind.state(vector.description(), vector.map("state"));
        WireWriter writer = WireWriter.toMemory();
        VmDescWriter vmdesc = new VmDescWriter().startObject();

        run(() -> declarations.get(vector.description()).save(writer, state, vmdesc), vector);

        assertThat(writer.toByteArray()).isEqualTo(Vectors.bytes(vector.name() + ".bin"));
        assertThat(vmdesc.endObject().toString())
                .isEqualTo(Vectors.text(vector.name() + ".vmdesc.json"));
        String after = vector.json().containsKey("stateAfterSave") ? "stateAfterSave" : "state";
        assertSame(vector, kind.json(vector.description(), state), vector.map(after));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("vectors")
    <S> void loadsWhatItSaves(Vectors.Case vector, Kind<S> kind) throws IOException {
        assumeFalse(
                List.of("int32-le-negative", "with-tmp-minimum-1").contains(vector.name()),
                "can be saved, not loaded");
        Declarations<S> declarations = new Declarations<>(vector.descriptions(), kind);
        Description description = vector.descriptions().get(vector.description());
        byte[] bytes = Vectors.bytes(vector.name() + ".bin");
        boolean misread = vector.name().equals("qtailq-element-version");
        Map<String, Object> emptied =
                Emptied.state(vector.descriptions(), description, vector.map("state"));
        S state = kind.state(vector.description(), emptied);
        WireReader reader = WireReader.of(concat(bytes, HexFormat.of().parseHex(TAIL)));

        int version = declarations.get(vector.description()).versionId();
        run(() -> declarations.get(vector.description()).load(reader, state, version), vector);

        assertThat(reader.position()).isEqualTo(bytes.length);
        WireWriter writer = WireWriter.toMemory();
        run(() -> declarations.get(vector.description()).save(writer, state), vector);
        if (!misread) {
            assertThat(writer.toByteArray()).isEqualTo(bytes);
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("loads")
    <S> void loadsAndRefusesWhatQemuDoes(Vectors.Case load, Kind<S> kind) throws IOException {
        Declarations<S> declarations = new Declarations<>(load.descriptions(), kind);
        Map<String, Object> before = new HashMap<>(load.map("before"));
        if (load.json().containsKey("crash") && load.name().startsWith("struct-pointer")) {
            before.put("p", null);
        }
        S state = kind.state(load.description(), before);
        WireReader reader =
                WireReader.of(HexFormat.of().parseHex((String) load.json().get("input")));
        int version = ((Long) load.json().get("versionId")).intValue();

        Throwable thrown =
                catchThrowable(
                        () -> declarations.get(load.description()).load(reader, state, version));

        if (load.json().containsKey("crash")) {
            boolean positiveHook = load.name().startsWith("post-load-positive");
            if (!positiveHook || thrown != null) {
                assertThat(thrown).isInstanceOf(VMStateException.class);
            }
            return;
        }
        long result = (Long) load.json().get("result");
        if (result < 0) {
            assertThat(thrown).isInstanceOf(expected(load, result)).hasMessageContaining(":");
            return;
        }
        assertThat(thrown).isNull();
        if (load.json().containsKey("consumed")) {
            assertThat(reader.position()).isEqualTo(load.json().get("consumed"));
        }
        assertSame(load, kind.json(load.description(), state), load.map("after"));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("saves")
    <S> void failsToSaveWhatQemuCannotSave(Vectors.Case save, Kind<S> kind) {
        Declarations<S> declarations = new Declarations<>(save.descriptions(), kind);
        Map<String, Object> before = new HashMap<>(save.map("state"));
        if (save.name().equals("save-struct-pointer-null")) {
            before.put("p", null);
        }
        S state = kind.state(save.description(), before);
        WireWriter writer = WireWriter.toMemory();

        Throwable thrown =
                catchThrowable(() -> declarations.get(save.description()).save(writer, state));

        assertThat(thrown).isInstanceOf(VMStateException.class);
        if (!save.json().containsKey("crash")) {
            assertThat(HexFormat.of().formatHex(writer.toByteArray()))
                    .isEqualTo(save.json().get("written"));
            assertSame(save, kind.json(save.description(), state), save.map("stateAfterSave"));
        }
    }

    private static Class<? extends Throwable> expected(Vectors.Case load, long result) {
        String error = (String) load.json().get("error");
        boolean outer = !error.startsWith("Loading VM subsection");
        if (error.contains("is too new")) {
            return VersionTooNewException.class;
        } else if (error.contains("is too old") && outer) {
            return VersionTooOldException.class;
        } else if (result == -5 && !load.description().equals("fd")) {
            return TruncatedException.class;
        }
        return VMStateException.class;
    }

    /// Over a stream that passes descriptors, for the vector that was written to one.
    private static void run(Action action, Vectors.Case vector) throws IOException {
        if (!vector.description().equals("fd")) {
            action.run();
            return;
        }
        DescriptorPassing passing =
                new DescriptorPassing() {
                    @Override
                    public void send(WireWriter writer, int descriptor) throws IOException {
                        assertThat(descriptor).isZero();
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

    /// The members that the expectation has are equal; what QEMU never wrote is anything.
    private static void assertSame(Vectors.Case c, Object actual, @Nullable Object expected) {
        if (expected instanceof String text && text.equals("indeterminate")) {
            return;
        }
        switch (expected) {
            case Map<?, ?> map ->
                    map.forEach(
                            (key, value) -> assertSame(c, ((Map<?, ?>) actual).get(key), value));
            case List<?> list -> {
                assertThat((List<?>) actual).hasSameSizeAs(list);
                for (int i = 0; i < list.size(); i++) {
                    assertSame(c, ((List<?>) actual).get(i), list.get(i));
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
