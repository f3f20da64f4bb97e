// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.opentest4j.TestAbortedException;

/// The external programs of interoperability tests: QEMU, gdb, a C compiler.
///
/// Tests whose programs are missing are skipped. With `-Dvmstate.requireTools=true`, as in
/// continuous integration, they fail, so that no test is skipped unnoticed.
public final class Tools {
    private Tools() {}

    /// The program with a name on the `PATH`; skips (or fails) the calling test if there is none.
    public static Path require(String name) {
        Optional<Path> found = find(name);
        if (found.isEmpty()) {
            missing(name + " is not on the PATH");
        }
        return found.orElseThrow();
    }

    /// The program with a name on the `PATH`, if there is one.
    public static Optional<Path> find(String name) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /// Skips the calling test, or fails it if tools are required, for a reason other than those of
    /// [#require].
    public static void missing(String reason) {
        if (Boolean.getBoolean("vmstate.requireTools")) {
            fail(reason + ", and vmstate.requireTools forbids to skip this test");
        }
        throw new TestAbortedException(reason);
    }
}
