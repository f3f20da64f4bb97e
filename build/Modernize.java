// SPDX-License-Identifier: Apache-2.0
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// Lifts the classes of the given jars to the class file version that an AOT cache can hold.
///
/// picocli still serves Java 5, and its classes were written for the verifier of that time, which
/// the cache leaves out: a third of the tool's start-up was loading them. They get stack maps and
/// the version of Java 8; nothing else changes. A jar without such classes stays as it is.
void main(String[] jars) throws IOException {
    for (String jar : jars) {
        modernize(Path.of(jar));
    }
}

void modernize(Path jar) throws IOException {
    try (var in = new ZipFile(jar.toFile());
            var loader = new URLClassLoader(new URL[] {jar.toUri().toURL()})) {
        List<? extends ZipEntry> entries = in.stream().toList();
        if (entries.stream().noneMatch(entry -> isOld(in, entry))) {
            return;
        }
        var classFile =
                ClassFile.of(
                        StackMapsOption.GENERATE_STACK_MAPS,
                        ClassHierarchyResolverOption.of(
                                ClassHierarchyResolver.ofResourceParsing(loader)
                                        .orElse(ClassHierarchyResolver.defaultResolver())));
        // Passing each instruction on makes the bodies be written anew, with their stack maps.
        ClassTransform transform =
                ClassTransform.transformingMethodBodies((code, element) -> code.with(element))
                        .andThen(
                                (builder, element) -> {
                                    if (element instanceof ClassFileVersion) {
                                        builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
                                    } else {
                                        builder.with(element);
                                    }
                                });
        Path modern = jar.resolveSibling(jar.getFileName() + ".new");
        try (var out = new ZipOutputStream(Files.newOutputStream(modern))) {
            for (ZipEntry entry : entries) {
                byte[] bytes = in.getInputStream(entry).readAllBytes();
                if (isOld(in, entry)) {
                    bytes = classFile.transformClass(classFile.parse(bytes), transform);
                }
                var copy = new ZipEntry(entry.getName());
                copy.setTime(entry.getTime());
                out.putNextEntry(copy);
                out.write(bytes);
            }
        }
        Files.move(modern, jar, StandardCopyOption.REPLACE_EXISTING);
    }
}

boolean isOld(ZipFile jar, ZipEntry entry) {
    if (!entry.getName().endsWith(".class")) {
        return false;
    }
    try (var in = jar.getInputStream(entry)) {
        byte[] head = in.readNBytes(8);
        return (head[6] & 0xff) * 256 + (head[7] & 0xff) < ClassFile.JAVA_6_VERSION;
    } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
    }
}
