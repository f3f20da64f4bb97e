// SPDX-License-Identifier: Apache-2.0
package org.example.codecs;

import java.io.IOException;
import java.nio.file.Path;
import org.vmstate.container.StreamFile;
import org.vmstate.wire.VMStateException;

/// Prints for each file whether its stream can be read.
public final class Main {
    private Main() {}

    /// Prints a line for each file.
    public static void main(String[] args) throws IOException {
        for (String arg : args) {
            Path file = Path.of(arg);
            System.out.println(file.getFileName() + ": " + read(file));
        }
    }

    private static String read(Path file) throws IOException {
        try (StreamFile stream = StreamFile.open(file, StreamFile.Options.DEFAULT)) {
            stream.reader().skip(4);
            return "read";
        } catch (VMStateException e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }
}
