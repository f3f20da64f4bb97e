// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// Opens what a command was told to read.
final class Input {
    private static final String STANDARD_INPUT = "-";

    private Input() {}

    /// A reader of a file, mapped where it is a regular one, or of standard input for `-`.
    static WireReader open(String name) throws IOException {
        if (name.equals(STANDARD_INPUT)) {
            return WireReader.of(
                    new FileInputStream(FileDescriptor.in).getChannel(), ReadLimits.DEFAULT);
        }
        Path file = Path.of(name);
        if (!Files.exists(file)) {
            throw new NoSuchFileException(name);
        }
        if (Files.isDirectory(file)) {
            throw new IOException(name + " is a directory");
        }
        return Files.isRegularFile(file)
                ? WireReader.open(file, ReadLimits.DEFAULT)
                : WireReader.of(new FileInputStream(name).getChannel(), ReadLimits.DEFAULT);
    }

    /// The name of the input for messages.
    static String label(String name) {
        return name.equals(STANDARD_INPUT) ? "standard input" : name;
    }
}
