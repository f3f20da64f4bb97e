// SPDX-License-Identifier: Apache-2.0
package org.vmstate.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.VMStateDescription;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The trace events of a save and a load, in QEMU's format.
final class TraceTest {
    @TempDir Path folder;

    static final class Timers {
        long cpuTicksOffset;
        long cpuClockOffset;

        static final VMStateDescription<Timers> VMSTATE =
                VMStateDescription.builder("timer", Timers.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(
                                int64("cpu_ticks_offset"),
                                unused(8),
                                int64("cpu_clock_offset").sinceVersion(2))
                        .build();
    }

    static final class Event {
        byte summary;

        static final VMStateDescription<Event> VMSTATE =
                VMStateDescription.builder("entry", Event.class, MethodHandles.lookup())
                        .fields(uint8("summary"))
                        .build();
    }

    static final class Machine {
        final List<Event> events = new ArrayList<>(List.of(new Event()));
        final List<Event> list = new ArrayList<>();
        final TreeMap<Long, Event> tree = new TreeMap<>();

        static final VMStateDescription<Machine> QUEUE =
                VMStateDescription.builder("m/queue", Machine.class, MethodHandles.lookup())
                        .needed(m -> !m.events.isEmpty())
                        .preSave(m -> {})
                        .fields(
                                qtailq("events", 1, Event.VMSTATE, Event::new),
                                qlist("list", 1, Event.VMSTATE, Event::new),
                                gtreeDirect("tree", 1, Event.VMSTATE, Event::new))
                        .build();

        static final VMStateDescription<Machine> VMSTATE =
                VMStateDescription.builder("m", Machine.class, MethodHandles.lookup())
                        .subsections(QUEUE)
                        .build();
    }

    /// From `-trace 'vmstate_*'` of QEMU 7.2, whose field events do not contain `exists`.
    @Test
    void savingTimersSaysWhatQemuSays() throws IOException {
        assertThat(traced(() -> Timers.VMSTATE.save(WireWriter.toMemory(), new Timers())))
                .containsExactly(
                        "vmstate_save_state_top timer",
                        "vmstate_n_elems cpu_ticks_offset: 1",
                        "vmstate_save_state_loop timer/cpu_ticks_offset[1]",
                        "vmstate_n_elems unused: 1",
                        "vmstate_save_state_loop timer/unused[1]",
                        "vmstate_n_elems cpu_clock_offset: 1",
                        "vmstate_save_state_loop timer/cpu_clock_offset[1]",
                        "vmstate_subsection_save_top timer");
    }

    /// From the same QEMU, with `exists` as in later versions.
    @Test
    void loadingTimersSaysWhatQemuSays() throws IOException {
        assertThat(traced(() -> Timers.VMSTATE.load(WireReader.of(new byte[24]), new Timers(), 2)))
                .containsExactly(
                        "vmstate_load_state timer v2",
                        "vmstate_load_state_field timer:cpu_ticks_offset exists=1",
                        "vmstate_n_elems cpu_ticks_offset: 1",
                        "vmstate_load_state_field timer:unused exists=1",
                        "vmstate_n_elems unused: 1",
                        "vmstate_load_state_field timer:cpu_clock_offset exists=1",
                        "vmstate_n_elems cpu_clock_offset: 1",
                        "vmstate_subsection_load timer",
                        "vmstate_subsection_load_good timer",
                        "vmstate_load_state_end timer end/0");
    }

    @Test
    void queuesListsTreesAndSubsectionsAreTraced() throws IOException {
        WireWriter writer = WireWriter.toMemory();
        assertThat(traced(() -> Machine.VMSTATE.save(writer, new Machine())))
                .contains(
                        "vmstate_subsection_save_loop m/m/queue",
                        "vmstate_save_state_pre_save_res m/queue/0",
                        "put_qtailq entry v1",
                        "put_qtailq_end entry end",
                        "put_qlist list(entry v1)",
                        "put_qlist_end list(entry)",
                        "put_gtree tree(direct/entry) nnodes=0",
                        "put_gtree_end tree(direct/entry) 0");
        assertThat(
                        traced(
                                () ->
                                        Machine.VMSTATE.load(
                                                WireReader.of(writer.toByteArray()),
                                                new Machine(),
                                                1)))
                .contains(
                        "get_qtailq entry v1",
                        "get_qtailq_end entry end/0",
                        "get_qlist list(entry v1)",
                        "get_qlist_end list(entry)",
                        "get_gtree tree(direct/entry) nnodes=0",
                        "get_gtree_end tree(direct/entry) 0");
    }

    @Test
    void refusalsAreTraced() throws IOException {
        byte[] unknown = {5, 3, 'm', '/', 'x', 0, 0, 0, 1};
        assertThat(
                        traced(
                                () -> {
                                    try {
                                        Machine.VMSTATE.load(
                                                WireReader.of(unknown), new Machine(), 1);
                                    } catch (VMStateException e) {
                                        assertThat(e).hasMessageContaining("no subsection 'm/x'");
                                    }
                                    try {
                                        Timers.VMSTATE.load(
                                                WireReader.of(new byte[0]), new Timers(), 3);
                                    } catch (VMStateException e) {
                                        assertThat(e).hasMessageContaining("too new");
                                    }
                                }))
                .contains(
                        "vmstate_subsection_load_bad m: m/x/(lookup)",
                        "vmstate_load_state_end timer too new/-22");
    }

    @Test
    void nothingIsRecordedUnlessAskedFor() throws IOException {
        assertThat(
                        traced(
                                List.of(),
                                () -> Timers.VMSTATE.save(WireWriter.toMemory(), new Timers())))
                .isEmpty();
    }

    private List<String> traced(Action action) throws IOException {
        return traced(TraceFormat.names(), action);
    }

    private List<String> traced(Iterable<String> names, Action action) throws IOException {
        Path file = folder.resolve("trace.jfr");
        try (Recording recording = new Recording()) {
            names.forEach(recording::enable);
            recording.start();
            action.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(TraceFormat::isTrace)
                .map(TraceFormat::format)
                .toList();
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }
}
