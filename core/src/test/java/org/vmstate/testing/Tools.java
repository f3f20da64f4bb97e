// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.opentest4j.TestAbortedException;

/// The programs of others that interop tests run: QEMU, gdb, a C compiler.
///
/// On a machine without them the tests that need them are skipped; with
/// `-Dvmstate.requireTools=true` (continuous integration) they fail, so that nothing goes untested
/// in silence.
public final class Tools {
    private Tools() {}

    /// The program of that name on the `PATH`; the calling test is skipped (or fails) if there is
    /// none.
    public static Path require(String name) {
        Optional<Path> found = find(name);
        if (found.isEmpty()) {
            missing(name + " is not on the PATH");
        }
        return found.orElseThrow();
    }

    /// The program of that name on the `PATH`, if it is there.
    public static Optional<Path> find(String name) {
        return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /// Skips the calling test, or fails it where tools are required, for a reason that [#require]
    /// does not cover.
    public static void missing(String reason) {
        if (Boolean.getBoolean("vmstate.requireTools")) {
            fail(reason + ", and vmstate.requireTools forbids to skip this test");
        }
        throw new TestAbortedException(reason);
    }
}
