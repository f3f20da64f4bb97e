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
        try (WireReader raw = Input.raw(name, terminal)) {
            if (raw.peek(0) == '{') {
                return ofJson(raw.retained());
            }
        } catch (VMStateException e) {
            throw e.within(Input.label(name));
        }
        try (StreamFile opened = Input.open(name, Input.Choice.DEFAULT, terminal)) {
            WireReader in = opened.reader();
            return ofStream(in.seekable() ? in : in.retained());
        } catch (VMStateException e) {
            throw e.within(Input.label(name));
        }
    }

    private static ReferenceStream ofJson(WireReader in) throws IOException {
        long size = in.remaining().orElseThrow();
        in.limits().checkBuffer(size, "description", 0);
        VmDescription description = VmDescription.parse(in.bytes((int) size), 0, in.limits());
        return new ReferenceStream(Optional.of(description), Optional.empty());
    }

    private static ReferenceStream ofStream(WireReader in) throws IOException {
        MachineReader machine = MachineReader.overview(in);
        while (machine.next() != null) {
            // The description is at the end.
        }
        if (machine.description().isEmpty()) {
            throw new CorruptException("it has no description of its devices", 0);
        }
        return new ReferenceStream(machine.description(), machine.context().configuration());
    }
}
