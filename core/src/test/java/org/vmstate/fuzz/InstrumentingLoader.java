// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Instruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.net.URL;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Loads the project's classes. Classes under test get a probe in each basic block; test classes
/// are not changed.
///
/// The classes of the fuzzer itself are loaded by the parent, so that the fuzzer and its targets
/// share them. The loader also collects the constants of the classes under test, because these
/// compare their input with them.
final class InstrumentingLoader extends ClassLoader {
    private static final String ROOT = "org.vmstate.";
    private static final String SHARED = "org.vmstate.fuzz.";
    private static final String TARGETS = "org.vmstate.fuzz.targets.";
    private static final ClassDesc PROBES = ClassDesc.of(Probes.class.getName());
    private static final MethodTypeDesc HIT =
            MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_int);

    private final Set<Object> known = new HashSet<>();
    private final List<Object> constants = new ArrayList<>();

    InstrumentingLoader(ClassLoader parent) {
        super("fuzz", parent);
    }

    /// Returns the strings and numbers in the classes under test that were loaded since the last
    /// call.
    List<Object> takeConstants() {
        synchronized (constants) {
            List<Object> taken = List.copyOf(constants);
            constants.clear();
            return taken;
        }
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        boolean ours =
                name.startsWith(ROOT) && (!name.startsWith(SHARED) || name.startsWith(TARGETS));
        if (!ours) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded != null ? loaded : findClass(name);
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        URL url = getParent().getResource(name.replace('.', '/') + ".class");
        if (url == null) {
            throw new ClassNotFoundException(name);
        }
        try (InputStream in = url.openStream()) {
            byte[] bytes = in.readAllBytes();
            byte[] defined = underTest(url, name) ? instrumented(bytes) : bytes;
            return defineClass(name, defined, 0, defined.length);
        } catch (IOException e) {
            throw new ClassNotFoundException(name, e);
        }
    }

    /// Whether a class is under test, and not a class of the tests.
    private static boolean underTest(URL url, String name) {
        String path = url.getPath();
        String root = path.substring(0, path.length() - name.length() - ".class".length());
        return !root.endsWith("test-classes/") && !root.endsWith("/test/");
    }

    private byte[] instrumented(byte[] bytes) {
        ClassFile file = ClassFile.of(ClassFile.DebugElementsOption.DROP_DEBUG);
        return file.transformClass(
                file.parse(bytes),
                ClassTransform.transformingMethodBodies(CodeTransform.ofStateful(Blocks::new)));
    }

    /// Inserts a probe at the beginning of a method, after each label, and after each branch.
    private final class Blocks implements CodeTransform {
        private boolean pending = true;

        @Override
        public void accept(CodeBuilder builder, CodeElement element) {
            switch (element) {
                case LabelTarget _ -> pending = true;
                case Instruction instruction -> {
                    if (pending) {
                        builder.loadConstant(Probes.next());
                        builder.invokestatic(PROBES, "hit", HIT);
                        pending = false;
                    }
                    pending = instruction instanceof BranchInstruction;
                    collect(instruction);
                }
                default -> {}
            }
            builder.with(element);
        }
    }

    private void collect(Instruction instruction) {
        switch (instruction) {
            case ConstantInstruction constant -> collect(constant.constantValue());
            case LookupSwitchInstruction cases -> {
                for (SwitchCase one : cases.cases()) {
                    collect(one.caseValue());
                }
            }
            default -> {}
        }
    }

    private void collect(Object constant) {
        synchronized (constants) {
            if (known.add(constant)) {
                constants.add(constant);
            }
        }
    }
}
