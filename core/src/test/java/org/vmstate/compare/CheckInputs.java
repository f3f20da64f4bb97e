// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.function.UnaryOperator;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// A small machine for the tests of checks: its stream, and the dump of the program that wrote it.
/// Each test changes one place.
final class CheckInputs {
    /// One device `uart` of version 2: a number, a structure with a buffer of four bytes, a number
    /// since version 2, and the subsection `uart/fifo`.
    static final String DESCRIPTION =
            """
            {"page_size": 4096, "devices": [{"name": "uart", "instance_id": 0, "vmsd_name": "uart",
             "version": 2, "fields": [
              {"name": "rate", "type": "uint32", "size": 4},
              {"name": "line", "type": "struct", "size": 4, "struct": {"vmsd_name": "line", "version": 1,
                "fields": [{"name": "data", "type": "buffer", "size": 4}]}},
              {"name": "mode", "type": "uint8", "size": 1}],
             "subsections": [{"vmsd_name": "uart/fifo", "version": 1, "fields": [
              {"name": "level", "type": "uint16", "size": 2}]}]}]}""";

    static final String DUMP =
            """
            {"vmschkmachine": {"Name": "board-7.2"},
             "uart-device": {"Name": "uart-device", "version_id": 2, "minimum_version_id": 1,
              "Description": {"name": "uart", "version_id": 2, "minimum_version_id": 1, "Fields": [
               {"field": "rate", "version_id": 0, "field_exists": false, "size": 4},
               {"field": "line", "version_id": 0, "field_exists": false, "size": 16,
                "Description": {"name": "line", "version_id": 1, "minimum_version_id": 1, "Fields": [
                 {"field": "data", "version_id": 0, "field_exists": false, "size": 4}]}},
               {"field": "mode", "version_id": 2, "field_exists": false, "size": 1}],
               "Subsections": [{"name": "uart/fifo", "version_id": 1, "minimum_version_id": 1,
                "Fields": [{"field": "level", "version_id": 0, "field_exists": false, "size": 2}]}]}}}""";

    private CheckInputs() {}

    /// The machine's stream.
    static SavedMachine stream() throws IOException {
        return read(bytes("board-7.2", s -> s, DESCRIPTION));
    }

    /// The machine's stream with another description of the same bytes, or with other elements
    /// before its device.
    static StreamBytes bytes(
            String machine, UnaryOperator<StreamBytes> before, String description) {
        return before.apply(StreamBytes.stream().configuration(machine))
                .full(7, "uart", 0, 2)
                .u32(115200)
                .text("abcd")
                .u8(3)
                .subsection("uart/fifo", 1)
                .u16(9)
                .footer(7)
                .endOfStream()
                .description(description);
    }

    static SavedMachine read(StreamBytes stream) throws IOException {
        return SavedMachine.read(MachineReader.of(WireReader.of(stream.toByteArray())));
    }

    static MachineDescriptions dump(String text) throws VMStateException {
        return MachineDescriptions.parse(text.getBytes(UTF_8), ReadLimits.DEFAULT);
    }

    /// A destination with this dump.
    static Destination knownBy(String dump) throws VMStateException {
        return Destination.builder().descriptions(dump(dump)).build();
    }

    /// A destination that wrote this stream.
    static Destination knownBy(SavedMachine reference) {
        return Destination.builder().reference(reference).build();
    }
}
