// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.vmstate.inspect.MachineEdit;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.SectionEditor;
import org.vmstate.state.StatePart;
import org.vmstate.stream.StreamWriter;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The code of `docs/guide/edit.md`.
final class EditStream {
    private EditStream() {}

    static void edit(Path from, Path to) throws IOException {
        try (WireReader in = WireReader.open(from, ReadLimits.DEFAULT);
                WireReader again = WireReader.open(from, ReadLimits.DEFAULT);
                FileChannel out = FileChannel.open(to, CREATE_NEW, WRITE)) {
            MachineEdit edit = new MachineEdit(SavedMachine.read(MachineReader.of(in)));
            change(edit);
            WireWriter bytes = WireWriter.to(out);
            MachineReader reader = MachineReader.of(again);
            new StreamWriter(bytes).write(edit, reader::next);
            bytes.flush();
        }
    }

    private static void change(MachineEdit edit) throws IOException {
        SectionEditor spapr = edit.section("spapr", 0);
        spapr.set("/spapr_pending_events.pending_events[0].summary", 0x63);

        String event = "/spapr_pending_events.pending_events[0]";
        spapr.set(event + ".extended_log", new byte[40], event + ".extended_length");

        String events = "/spapr_pending_events.pending_events";
        StatePart copy = spapr.copy(events + "[1]");
        spapr.insert(events, 0, copy).set(events + "[0].summary", 0x64);
        spapr.remove(events + "[2]");

        edit.drop("spapr/rtc", 0);
    }
}
