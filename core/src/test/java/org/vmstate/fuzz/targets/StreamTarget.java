// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.vmstate.fuzz.Sample;
import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Target;
import org.vmstate.fuzz.targets.Oracle.Outcome;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.MachineEdit;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.StateEncoder;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamTransform;
import org.vmstate.stream.StreamWriter;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.SampleStreams;
import org.vmstate.testing.StreamBytes;
import org.vmstate.testing.TrickleChannel;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Reads streams. The elements must be written as the same bytes, and a pipe must yield the same
/// elements as memory.
final class StreamTarget implements Target {
    private static final int MAX_SEED = 40 << 10;

    @Override
    public String name() {
        return "stream";
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        seeds.add(SampleStreams.everyElement());
        seeds.add(SampleStreams.described());
        seeds.add(
                StreamBytes.stream()
                        .full(0, "timer", 0, 2)
                        .bytes(new byte[24])
                        .full(1, "cpu", 0, 12)
                        .bytes(new byte[5])
                        .endOfStream()
                        .toByteArray());
        for (Corpus.Entry entry : Corpus.streams()) {
            if (entry.beginsWithHeader() && entry.size() <= MAX_SEED) {
                seeds.add(entry.bytes());
            }
        }
        return seeds;
    }

    @Override
    public Structure structure(byte[] input) {
        return StreamStructure.of(input);
    }

    @Override
    public Cost cost() {
        return new Cost(8 << 20, 600, 400_000, 2_000);
    }

    @Override
    public void run(byte[] input, Sample sample) throws IOException {
        MachineReader reader = MachineReader.of(memory(input));
        Outcome<List<StreamElement>> whole = Outcome.of(input.length, () -> elements(reader));
        List<StreamElement> elements = whole.result();
        if (elements != null) {
            int behind = (int) reader.bytesAfterEnd().orElse(0);
            byte[] stream = Arrays.copyOf(input, input.length - behind);
            Oracle.same(written(elements), stream, "written again");
            if (sample.takes(4)) {
                edit(input, stream);
            }
        }
        boolean piped = sample.takes(4);
        boolean overview = sample.takes(4);
        boolean decoded = sample.takes(4);
        if (piped || overview || decoded) {
            SavedMachine machine = SavedMachine.read(MachineReader.of(memory(input)));
            if (piped) {
                pipe(input, machine);
            }
            if (overview) {
                overview(input, machine);
            }
            if (decoded) {
                machine.requirements();
                decode(machine);
            }
        }
    }

    private static void edit(byte[] input, byte[] stream) throws IOException {
        WireWriter edited = WireWriter.toMemory();
        MachineReader source = MachineReader.of(memory(input));
        SavedMachine machine = SavedMachine.read(MachineReader.of(memory(input)));
        StreamTransform nothing = new MachineEdit(machine);
        new StreamWriter(edited).write(nothing, source::next);
        Oracle.same(edited.toByteArray(), stream, "edited without a change");
    }

    private static void pipe(byte[] input, SavedMachine machine) throws IOException {
        WireReader trickle =
                WireReader.of(new TrickleChannel(input, 1 + input.length % 97), Oracle.LIMITS);
        SavedMachine piped = SavedMachine.read(MachineReader.of(trickle));
        // From a pipe, a description arrives too late to determine where bodies end.
        if (machine.ended() && machine.description().isEmpty()) {
            sameMachine(piped, machine, "from a pipe");
        }
    }

    private static void overview(byte[] input, SavedMachine machine) throws IOException {
        SavedMachine overview = SavedMachine.read(MachineReader.overview(memory(input)));
        if (overview.skippedBytes() == 0) {
            sameMachine(overview, machine, "as an overview");
        }
    }

    private static WireReader memory(byte[] input) {
        return WireReader.of(input, 0, Oracle.LIMITS);
    }

    private static List<StreamElement> elements(MachineReader reader) throws IOException {
        List<StreamElement> elements = new ArrayList<>();
        for (StreamElement e = reader.next(); e != null; e = reader.next()) {
            elements.add(e);
        }
        return elements;
    }

    private static byte[] written(List<StreamElement> elements) throws IOException {
        WireWriter out = WireWriter.toMemory();
        StreamWriter writer = new StreamWriter(out);
        for (StreamElement element : elements) {
            writer.write(element);
        }
        return out.toByteArray();
    }

    private static void sameMachine(SavedMachine actual, SavedMachine expected, String what) {
        Oracle.same(labels(actual), labels(expected), "devices " + what);
        Oracle.same(commands(actual), commands(expected), "commands " + what);
        Oracle.same(actual.configuration(), expected.configuration(), "configuration " + what);
        Oracle.same(actual.ended(), expected.ended(), "end " + what);
        // With a known size, a truncation is detected earlier.
        boolean cut = expected.failure().filter(TruncatedException.class::isInstance).isPresent();
        Oracle.same(
                actual.failure().map(e -> cut ? "" : e.toString()),
                expected.failure().map(e -> cut ? "" : e.toString()),
                "failure " + what);
    }

    private static List<String> commands(SavedMachine machine) {
        return machine.commands().stream()
                .map(c -> c.command().label() + " " + c.origin().offset())
                .toList();
    }

    private static List<String> labels(SavedMachine machine) {
        return machine.devices().stream()
                .map(
                        d ->
                                d.whole()
                                        .map(
                                                w ->
                                                        w.section().identity().label()
                                                                + " "
                                                                + w.section().body().offset()
                                                                + " "
                                                                + w.section().body().length())
                                        .orElse("in pieces"))
                .toList();
    }

    private static void decode(SavedMachine machine) throws IOException {
        for (Device device : machine.devices()) {
            if (device.whole().isEmpty()) {
                continue;
            }
            Device.Whole whole = device.whole().get();
            Optional<DecodedSection> decoded = machine.decode(whole);
            if (decoded.isPresent()) {
                WireWriter out = WireWriter.toMemory();
                StateEncoder.encode(decoded.get(), out);
                Oracle.same(
                        out.toByteArray(),
                        whole.section().body().memory().toArray(JAVA_BYTE),
                        "encoded again");
                SavedMachine.findings(whole, decoded.get());
            }
        }
    }
}
