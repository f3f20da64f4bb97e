// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.vmstate.wire.UnsupportedException;

/// The exceptions of the library without the optional libraries.
final class OptionalLibraryTest {
    private static final URL CLASSES =
            OptionalLibrary.class.getProtectionDomain().getCodeSource().getLocation();

    @ParameterizedTest
    @CsvSource({"XZ,xz,org.tukaani:xz", "ZSTD,zstd,com.github.luben:zstd-jni"})
    void compressedInputNamesTheDecoderItNeeds(String compression, String format, String artifact)
            throws Exception {
        try (URLClassLoader alone = alone()) {
            Class<?> type = alone.loadClass("org.vmstate.container.Compression");
            Object by = type.getField(compression).get(null);
            Method of =
                    alone.loadClass("org.vmstate.container.Unpacking")
                            .getDeclaredMethod(
                                    "of", type, InputStream.class, Map.class, boolean.class);
            assertThatThrownBy(
                            () ->
                                    call(
                                            of,
                                            by,
                                            new ByteArrayInputStream(new byte[9]),
                                            Map.of(),
                                            false))
                    .hasMessageContaining(
                            format + " needs the library " + artifact + " on the class path");
        }
    }

    @Test
    void wrongGzipInputIsCorruptWithoutOtherDecoders() throws Exception {
        try (URLClassLoader alone = alone()) {
            Class<?> type = alone.loadClass("org.vmstate.container.Compression");
            Method of =
                    alone.loadClass("org.vmstate.container.Unpacking")
                            .getDeclaredMethod(
                                    "of", type, InputStream.class, Map.class, boolean.class);
            Object by = type.getField("GZIP").get(null);
            assertThatThrownBy(
                            () ->
                                    call(
                                            of,
                                            by,
                                            new ByteArrayInputStream(new byte[20]),
                                            Map.of(),
                                            false))
                    .hasMessageContaining("wrong gzip data");
        }
    }

    @Test
    void channelsNameTheEncoderTheyNeed() throws Exception {
        try (URLClassLoader alone = alone()) {
            Method zstd =
                    alone.loadClass("org.vmstate.ram.PacketEncoder").getDeclaredMethod("zstd");
            assertThatThrownBy(() -> call(zstd))
                    .hasMessage(
                            "zstd needs the library com.github.luben:zstd-jni on the class path");
        }
    }

    @Test
    void channelsNameTheDecoderTheyNeed() throws Exception {
        try (URLClassLoader alone = alone()) {
            Method zstd =
                    alone.loadClass("org.vmstate.ram.PacketDecoder")
                            .getDeclaredMethod("zstd", long.class);
            assertThatThrownBy(() -> call(zstd, 0x40L))
                    .hasMessage(
                            "zstd needs the library com.github.luben:zstd-jni on the class path"
                                    + " (offset 0x40)");
        }
    }

    @Test
    void libraryThatDoesNotStartIsNotCalledAbsent() {
        UnsupportedException failed =
                OptionalLibrary.ZSTD.missing(new UnsatisfiedLinkError("no room in /tmp"), 0);
        assertThat(failed)
                .hasMessage(
                        "zstd needs the library com.github.luben:zstd-jni, which cannot be loaded:"
                                + " java.lang.UnsatisfiedLinkError: no room in /tmp (offset 0x0)");
    }

    /// A class loader of this library's classes only.
    private static URLClassLoader alone() {
        return new URLClassLoader(new URL[] {CLASSES}, ClassLoader.getPlatformClassLoader());
    }

    private static void call(Method method, Object... arguments) throws Throwable {
        method.setAccessible(true);
        try {
            method.invoke(null, arguments);
        } catch (InvocationTargetException e) {
            assertThat(e.getCause().getClass().getPackageName()).isEqualTo("org.vmstate.wire");
            throw e.getCause();
        }
    }
}
