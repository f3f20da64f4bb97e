// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vmstate.VMStateFields.buffer;
import static org.vmstate.VMStateFields.qtailq;
import static org.vmstate.VMStateFields.uint32;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.vmstate.VMStateDescription;
import org.vmstate.internal.access.Binder;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.access.LayoutFactory;
import org.vmstate.internal.access.MemoryBinder;
import org.vmstate.internal.access.ObjectBinder;
import org.vmstate.internal.compiled.BodyCodec;
import org.vmstate.internal.compiled.PlannedBody;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.Declaration;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.Hooks;
import org.vmstate.queue.TailQueue;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Tests the classes that the compiler generates.
final class CompilerTest {
    /// A state.
    @SuppressWarnings("UnusedVariable") // private fields are read by the description
    static final class Device {
        private int a;
        private long b;

        /// A description that only the class loader of this class refers to.
        static final VMStateDescription<Device> VMSTATE =
                VMStateDescription.builder("device", Device.class, MethodHandles.lookup())
                        .fields(uint32("a"), qtailq("q", 1, Entry.VMSTATE, Entry::new))
                        .build();

        private final TailQueue<Entry> q = new TailQueue<>(e -> e.next);

        @Override
        public String toString() {
            try {
                WireWriter writer = WireWriter.toMemory();
                VMSTATE.save(writer, this);
                VMSTATE.load(WireReader.of(writer.toByteArray()), this, 1);
                return "saved " + writer.position();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    /// An element.
    @SuppressWarnings("UnusedVariable") // private fields are read by the description
    static final class Entry {
        private final byte[] log = new byte[4];
        private final TailQueue.Link<Entry> next = new TailQueue.Link<>();

        static final VMStateDescription<Entry> VMSTATE =
                VMStateDescription.builder("entry", Entry.class, MethodHandles.lookup())
                        .fields(buffer("log", 4))
                        .build();
    }

    @Test
    void sameLayoutMakesTheSameClass() {
        assertThat(unit(layout()).bytes()).isEqualTo(unit(layout()).bytes());
    }

    @Test
    void stateWithFullRightsIsCompiledBesideItsClass() {
        BodyCodec body = Compiler.compile(layout(), 1);
        assertThat(body.getClass().isHidden()).isTrue();
        assertThat(body.getClass().getNestHost()).isEqualTo(CompilerTest.class);
    }

    @Test
    void stateInMemoryIsCompiledBesideTheCompiler() {
        BodyCodec body = Compiler.compile(memoryLayout(), 1);
        assertThat(body.getClass().isHidden()).isTrue();
        assertThat(body.getClass().getPackage()).isEqualTo(Compiler.class.getPackage());
    }

    @Test
    void sameLayoutInMemoryMakesTheSameClass() {
        assertThat(unit(memoryLayout()).bytes()).isEqualTo(unit(memoryLayout()).bytes());
    }

    @Test
    void unmigratableStateIsLeftToThePlan() {
        Layout layout = layout();
        Layout unmigratable =
                new Layout(
                        new Declaration(
                                layout.name(),
                                1,
                                1,
                                layout.declaration().fields(),
                                List.of(),
                                Hooks.NONE,
                                true,
                                Set.of(),
                                false),
                        layout.fields(),
                        List.of(),
                        layout.form());
        assertThat(Compiler.compile(unmigratable, 1)).isInstanceOf(PlannedBody.class);
    }

    @Test
    void compiledClassesGoWithTheClassOfTheirStates() throws Exception {
        WeakReference<Class<?>> device = useAndForget();
        for (int i = 0; i < 50 && device.get() != null; i++) {
            System.gc();
            Thread.sleep(20);
        }
        assertThat(device.get()).isNull();
    }

    private static WeakReference<Class<?>> useAndForget() throws Exception {
        Class<?> type = new Loader().loadClass(Device.class.getName());
        assertThat(type).isNotEqualTo(Device.class);
        var constructor = type.getDeclaredConstructor();
        constructor.setAccessible(true);
        assertThat(constructor.newInstance()).hasToString("saved 5");
        return new WeakReference<>(type);
    }

    private static Compiler.ClassBytes unit(Layout layout) {
        return Compiler.classFile(layout, Host.of(layout.form()), 1);
    }

    private static Layout layout() {
        return layout(new ObjectBinder(Device.class, MethodHandles.lookup()));
    }

    private static Layout memoryLayout() {
        return layout(
                new MemoryBinder(
                        MemoryLayout.structLayout(
                                ValueLayout.JAVA_LONG.withName("b"),
                                ValueLayout.JAVA_INT.withName("a")),
                        null));
    }

    private static Layout layout(Binder binder) {
        Declaration declared =
                new Declaration(
                        "device",
                        1,
                        1,
                        List.of(number("a", ScalarType.UINT32), number("b", ScalarType.INT64)),
                        List.of(),
                        Hooks.NONE,
                        false,
                        Set.of(),
                        false);
        return new LayoutFactory(declared, binder).layout(List.of(List.of(), List.of()), List.of());
    }

    private static FieldDeclaration number(String name, ScalarType type) {
        return FieldDeclaration.of(name, new Element.Scalar(type, null));
    }

    /// Defines the states' classes in a new class loader.
    private static final class Loader extends ClassLoader {
        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(CompilerTest.class.getName())) {
                return super.loadClass(name, resolve);
            }
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : define(name);
        }

        private Class<?> define(String name) throws ClassNotFoundException {
            String file = '/' + name.replace('.', '/') + ".class";
            try (InputStream in = CompilerTest.class.getResourceAsStream(file)) {
                byte[] bytes = in.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
