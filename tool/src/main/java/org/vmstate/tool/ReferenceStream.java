// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.util.Optional;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineReader;
import org.vmstate.stream.Configuration;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Parts of another stream of the same machine, or of a file with only the JSON text of its
/// description.
record ReferenceStream(Optional<VmDescription> description, Optional<Configuration> configuration) {
    static ReferenceStream read(String name, Terminal terminal) throws IOException, UsageException {
        if (name.equals("-")) {
            throw new UsageException("--describe-with takes a file, not standard input");
        }
        try (Input input = new Input(name, Input.Choice.DEFAULT, terminal)) {
            return read(input, name);
        }
    }

    private static ReferenceStream read(Input input, String name) throws IOException {
        try {
            WireReader bytes = input.bytes();
            if (bytes.peek(0) == '{') {
                return ofJson(bytes.retained());
            }
        } catch (VMStateException e) {
            throw e.within(Input.label(name));
        }
        try (StreamFile opened = input.openStream()) {
            return ofStream(opened, name);
        }
    }

    private static ReferenceStream ofJson(WireReader in) throws IOException {
        long size = in.remaining().orElseThrow();
        in.limits().checkBuffer(size, "description", 0);
        VmDescription description = VmDescription.parse(in.bytes((int) size), 0, in.limits());
        return new ReferenceStream(Optional.of(description), Optional.empty());
    }

    private static ReferenceStream ofStream(StreamFile opened, String name) throws IOException {
        try {
            WireReader in = opened.reader();
            MachineReader machine = MachineReader.overview(in.seekable() ? in : in.retained());
            while (machine.next() != null) {
                // The description is at the end.
            }
            if (machine.description().isEmpty()) {
                throw new CorruptException("it has no description of its devices", 0);
            }
            return new ReferenceStream(machine.description(), machine.context().configuration());
        } catch (VMStateException e) {
            throw e.within(Input.label(name));
        }
    }
}
