// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.spapr;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.inspect.DeviceRewrite;
import org.vmstate.inspect.MachineReader;
import org.vmstate.internal.file.OutputFile;
import org.vmstate.interop.PseriesEvents;
import org.vmstate.queue.TailQueue;
import org.vmstate.stream.StreamWriter;
import org.vmstate.testing.Qemu;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The pending events of a real pseries machine, loaded into Java objects and saved.
final class PendingEventsInteropTest {
    private static final int CHANGED_SUMMARY = 0x0634_0041;

    @TempDir Path folder;

    @Test
    void eventsChangedInJavaAreWhatQemuLoadsRunsAndSavesAgain() throws Exception {
        Path saved = folder.resolve("saved.mig");
        Path changed = folder.resolve("changed.mig");
        Path again = folder.resolve("again.mig");
        PseriesEvents.save(saved, 3);

        List<String> before = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        rewrite(
                saved,
                changed,
                machine -> {
                    before.addAll(texts(machine.pendingEvents));
                    change(machine.pendingEvents);
                    expected.addAll(texts(machine.pendingEvents));
                });
        assertThat(before).hasSize(3);
        assertThat(expected).hasSize(4).isNotEqualTo(before);

        try (Qemu destination = PseriesEvents.load(changed)) {
            assertThat(destination.status()).isEqualTo("running");
            destination.save(again);
        }

        List<String> after = new ArrayList<>();
        rewrite(again, folder.resolve("read.mig"), m -> after.addAll(texts(m.pendingEvents)));
        assertThat(after).isEqualTo(expected);
    }

    /// Removes the first event, changes the next, and appends two new ones.
    private static void change(TailQueue<EventLogEntry> events) {
        EventLogEntry first = events.first();
        events.remove(first);
        events.first().summary = CHANGED_SUMMARY;
        for (byte mark = 1; mark <= 2; mark++) {
            EventLogEntry added = new EventLogEntry();
            added.summary = first.summary;
            added.extendedLog = first.extendedLog.clone();
            added.extendedLog[added.extendedLog.length - 1] = mark;
            added.extendedLength = added.extendedLog.length;
            events.insertTail(added);
        }
    }

    private static List<String> texts(TailQueue<EventLogEntry> events) {
        List<String> texts = new ArrayList<>();
        for (EventLogEntry event : events) {
            texts.add(event.summary + " " + java.util.HexFormat.of().formatHex(event.extendedLog));
        }
        return texts;
    }

    private static void rewrite(Path from, Path to, Consumer<SpaprMachine> change)
            throws IOException {
        DeviceRewrite<SpaprMachine> rewrite =
                new DeviceRewrite<>(
                        "spapr",
                        0,
                        SpaprMachine.VMSTATE,
                        SpaprMachine::new,
                        change,
                        ReadLimits.DEFAULT);
        try (WireReader in = WireReader.open(from, ReadLimits.DEFAULT);
                OutputFile out = OutputFile.create(to)) {
            WireWriter bytes = WireWriter.to(out.channel());
            MachineReader reader = MachineReader.of(in);
            new StreamWriter(bytes).write(rewrite, reader::next);
            bytes.flush();
            out.commit();
        }
        assertThat(rewrite.applied()).isTrue();
    }
}
