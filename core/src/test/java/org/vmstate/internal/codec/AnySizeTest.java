// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint32;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.constant.ConstantDescs;
import java.lang.foreign.Arena;
import java.lang.invoke.MethodHandles;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.Layouts;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.codec.BigStates.Kind;
import org.vmstate.internal.compiled.BodyCodec;
import org.vmstate.internal.compiled.PlannedBody;
import org.vmstate.internal.plan.PlanLoader;
import org.vmstate.internal.plan.PlanSaver;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Compares the compiled code of descriptions of many sizes with the plan, and its methods with the
/// maximum size that HotSpot compiles.
final class AnySizeTest {
    private static final Arena ARENA = Arena.ofConfined();

    @AfterAll
    static void close() {
        ARENA.close();
    }

    static List<Arguments> sizes() {
        List<Arguments> all = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (int size : new int[] {1, 80, 300}) {
                all.add(Arguments.of(kind, size));
            }
        }
        return all;
    }

    static List<Arguments> objects() {
        List<Arguments> all = sizes();
        all.add(Arguments.of(Kind.MIXED, 3000));
        all.add(Arguments.of(Kind.QUEUES, 175));
        all.add(Arguments.of(Kind.QUEUES, 3000));
        all.add(Arguments.of(Kind.POINTERS, 3000));
        all.add(Arguments.of(Kind.SUBSECTIONS, 3000));
        all.add(Arguments.of(Kind.NUMBERS, 3439));
        all.add(Arguments.of(Kind.NUMBERS, 10_000));
        return all;
    }

    static List<Arguments> memory() {
        List<Arguments> all = sizes();
        all.removeIf(arguments -> arguments.get()[0] == Kind.CUSTOM);
        all.add(Arguments.of(Kind.MIXED, 3000));
        all.add(Arguments.of(Kind.NUMBERS, 3439));
        return all;
    }

    /// A structure that is nested in itself, as deep as its description declares.
    static final class Nest {
        int x = 7;
        final Nest self = this;

        static VMStateDescription<Nest> describe(int levels) {
            VMStateDescription<Nest> inner = null;
            for (int i = 0; i < levels; i++) {
                VMStateDescriptionBuilder<Nest> builder =
                        VMStateDescription.builder("nest", Nest.class, MethodHandles.lookup());
                builder.fields(uint32("x"));
                if (inner != null) {
                    builder.fields(struct("self", inner));
                }
                inner = builder.build();
            }
            return Objects.requireNonNull(inner);
        }
    }

    @Test
    void deepNestingCostsMemoryInProportion() throws IOException {
        Nest.describe(20).save(WireWriter.toMemory(), new Nest());

        assertThat(allocatedByFirstSave(200)).isLessThan(200 * 200_000L);
    }

    private static long allocatedByFirstSave(int levels) throws IOException {
        VMStateDescription<Nest> description = Nest.describe(levels);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        WireWriter out = WireWriter.toMemory();
        long before = threads.getCurrentThreadAllocatedBytes();
        description.save(out, new Nest());
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(out.position()).isEqualTo(4L * levels);
        return allocated;
    }

    @ParameterizedTest
    @MethodSource("objects")
    void objectsOfAnySizeAreCompiled(Kind kind, int size) throws IOException {
        check(BigStates.ofObjects(kind, size));
    }

    @ParameterizedTest
    @MethodSource("memory")
    void memoryOfAnySizeIsCompiled(Kind kind, int size) throws IOException {
        check(BigStates.ofMemory(kind, size, ARENA));
    }

    @Test
    void descriptionThatNoClassFileHoldsIsLeftToThePlan() throws IOException {
        BigStates.Inner inner = BigStates.Inner.random(new Random(1));
        VMStateDescription<Outer> description =
                VMStateDescription.builder("outer", Outer.class, MethodHandles.lookup())
                        .fields(
                                struct("n".repeat(1 << 16), BigStates.Inner.HOOKED).named("inner"),
                                uint32("number"))
                        .build();
        Layout layout = Layouts.of(description);
        assertThat(Compiler.compile(layout, 1)).isInstanceOf(PlannedBody.class);

        Outer state = new Outer(inner, 7);
        WireWriter writer = WireWriter.toMemory();
        description.save(writer, state);
        Outer loaded = new Outer(new BigStates.Inner(), 0);
        description.load(WireReader.of(writer.toByteArray()), loaded, 1);
        assertThat(writer.toByteArray()).isEqualTo(saved(layout, state));
        assertThat(saved(layout, loaded)).isEqualTo(saved(layout, state));
    }

    /// A state.
    @SuppressWarnings("UnusedVariable") // private fields are read by the description
    private static final class Outer {
        final BigStates.Inner inner;
        int number;

        Outer(BigStates.Inner inner, int number) {
            this.inner = inner;
            this.number = number;
        }
    }

    private static <T> void check(BigStates<T> states) throws IOException {
        VMStateDescription<T> description = states.description();
        Layout layout = Layouts.of(description);
        List<Compiler.ClassBytes> classes = new ArrayList<>();
        BodyCodec body = new Compiler(classes::add).body(layout, 1);
        assertThat(body.getClass().isHidden()).isTrue();
        assertThat(classes).allSatisfy(file -> checkMethods(file.bytes()));
        T state = states.filled(states.size);
        WireWriter planned = WireWriter.toMemory();
        new PlanSaver(planned).body(layout, state, 1, null);
        WireWriter compiled = WireWriter.toMemory();
        body.save(compiled, state, 1);
        byte[] bytes = planned.toByteArray();
        assertThat(compiled.toByteArray()).isEqualTo(bytes);
        T loaded = states.fresh();
        body.load(WireReader.of(bytes), loaded, 1);
        assertThat(saved(layout, loaded)).isEqualTo(bytes);
        compareLoads(states, layout, body, bytes);
        compareLoads(states, layout, body, Arrays.copyOf(bytes, bytes.length + 1));
        for (int i = 1; i < 4; i++) {
            compareLoads(states, layout, body, Arrays.copyOf(bytes, bytes.length * i / 4));
        }
    }

    private static void checkMethods(byte[] bytes) {
        for (MethodModel method : ClassFile.of().parse(bytes).methods()) {
            boolean runsOnce = method.methodName().equalsString(ConstantDescs.CLASS_INIT_NAME);
            int length =
                    method.findAttribute(Attributes.code())
                            .map(CodeAttribute::codeLength)
                            .orElseThrow();
            assertThat(length)
                    .as(method.methodName().stringValue())
                    .isLessThanOrEqualTo(runsOnce ? 65535 : Compiler.MAX_METHOD_BYTES);
        }
    }

    private static <T> void compareLoads(
            BigStates<T> states, Layout layout, BodyCodec body, byte[] bytes) throws IOException {
        T one = states.fresh();
        T other = states.fresh();
        WireReader planned = WireReader.of(bytes);
        WireReader compiled = WireReader.of(bytes);
        String expected = outcome(() -> new PlanLoader(planned).body(layout, one, 1));
        assertThat(outcome(() -> body.load(compiled, other, 1))).isEqualTo(expected);
        assertThat(compiled.position()).isEqualTo(planned.position());
        assertThat(saved(layout, other)).isEqualTo(saved(layout, one));
    }

    private static byte[] saved(Layout layout, Object state) throws IOException {
        WireWriter writer = WireWriter.toMemory();
        new PlanSaver(writer).body(layout, state, 1, null);
        return writer.toByteArray();
    }

    /// An action that may throw.
    private interface Attempt {
        void run() throws IOException;
    }

    private static String outcome(Attempt attempt) throws IOException {
        try {
            attempt.run();
            return "";
        } catch (VMStateException e) {
            return e.getClass() + " " + e.getMessage();
        }
    }
}
