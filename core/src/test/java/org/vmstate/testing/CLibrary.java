// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A C source among the test resources, compiled with the system's compiler and loaded into this
/// process.
@SuppressWarnings("restricted") // tests may crash
public final class CLibrary {
    private final SymbolLookup symbols;

    private CLibrary(SymbolLookup symbols) {
        this.symbols = symbols;
    }

    /// Compiles and loads the resource with a name beside `test`; skips the calling test if there
    /// is no C compiler.
    public static CLibrary compile(Class<?> test, String resource) {
        Path compiler = Tools.require("cc");
        try {
            Path directory = Files.createTempDirectory("vmstate-c");
            Path source = directory.resolve(resource);
            Path library = directory.resolve("library.so");
            try (InputStream in = test.getResourceAsStream(resource)) {
                Files.copy(in, source);
            }
            run(
                    List.of(
                            compiler.toString(),
                            "-std=gnu11",
                            "-Wall",
                            "-Werror",
                            "-O1",
                            "-fPIC",
                            "-shared",
                            "-o",
                            library.toString(),
                            source.toString()));
            SymbolLookup symbols = SymbolLookup.libraryLookup(library, Arena.global());
            Files.delete(source);
            Files.delete(library);
            Files.delete(directory);
            return new CLibrary(symbols);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The function with a name.
    public MethodHandle function(String name, FunctionDescriptor type) {
        return Linker.nativeLinker().downcallHandle(symbol(name), type);
    }

    /// The address of the function or variable with a name.
    public MemorySegment symbol(String name) {
        return symbols.findOrThrow(name);
    }

    private static void run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException(command + " failed:\n" + output);
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}
