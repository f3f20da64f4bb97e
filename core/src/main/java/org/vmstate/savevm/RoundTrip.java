// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.internal.file.MappedComparison;
import org.vmstate.ram.RamContext;
import org.vmstate.state.SectionDecoder;
import org.vmstate.state.StateNode;
import org.vmstate.stream.Body;
import org.vmstate.stream.Description;
import org.vmstate.stream.Section;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamReader;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// A check for the tests of an emulator: a machine that is loaded into a new one and saved again is
/// the same.
///
/// ```java
/// assertThat(RoundTrip.differences(busyMachine(), newMachine())).isEmpty();
/// ```
public final class RoundTrip {
    private RoundTrip() {}

    /// Saves a machine, loads it into another one, saves that one, and compares.
    ///
    /// @param fresh a machine with the same devices, as the emulator creates it
    /// @return a line for each device that differs, with the path of the first field whose bytes
    ///   differ; empty if there is none
    public static List<String> differences(Machine machine, Machine fresh) throws IOException {
        byte[] first = machine.save();
        fresh.load(first);
        return differences(first, fresh.save());
    }

    /// Compares two streams of machines with the same devices.
    static List<String> differences(byte[] first, byte[] second) throws IOException {
        Map<String, Body> other = new HashMap<>();
        Stream after = Stream.of(second);
        for (Section.Full section : after.sections()) {
            other.put(section.identity().label(), section.body());
        }
        List<String> differences = new ArrayList<>();
        Stream before = Stream.of(first);
        for (int i = 0; i < before.sections().size(); i++) {
            Section.Full section = before.sections().get(i);
            String label = section.identity().label();
            Body body = other.remove(label);
            if (body == null) {
                differences.add(label + ": only the first save has it");
            } else if (!body.contentEquals(section.body())) {
                long at = MappedComparison.mismatch(section.body().memory(), body.memory());
                differences.add(difference(section, before.devices().get(i), at));
            }
        }
        other.keySet().forEach(label -> differences.add(label + ": only the second save has it"));
        return differences;
    }

    private static String difference(Section.Full section, DeviceDescription device, long at) {
        StateNode root =
                new SectionDecoder(ReadLimits.DEFAULT)
                        .decode(section.body().memory(), section.body().offset(), device)
                        .root();
        return innermost(root, section.body().offset() + at).pathText() + ": the bytes differ";
    }

    /// Returns the innermost node that contains the byte at an offset.
    private static StateNode innermost(StateNode node, long offset) {
        return node.children().stream()
                .filter(
                        child ->
                                child.offset() <= offset
                                        && offset < child.offset() + child.length())
                .reduce((_, last) -> last)
                .map(child -> innermost(child, offset))
                .orElse(node);
    }

    /// The whole sections of a stream, and their descriptions in the same order.
    private record Stream(List<Section.Full> sections, List<DeviceDescription> devices) {
        static Stream of(byte[] bytes) throws IOException {
            List<Section.Full> sections = new ArrayList<>();
            List<DeviceDescription> devices = new ArrayList<>();
            StreamReader reader =
                    StreamReader.of(
                            WireReader.of(bytes),
                            new BuiltInHandlers(new RamContext()),
                            description -> StreamCheck.expected(description, ReadLimits.DEFAULT));
            for (StreamElement e = reader.next(); e != null; e = reader.next()) {
                if (e instanceof Section.Full full) {
                    sections.add(full);
                } else if (e instanceof Description description) {
                    Body json = description.json();
                    devices.addAll(
                            VmDescription.parse(json.memory(), json.offset(), ReadLimits.DEFAULT)
                                    .devices());
                }
            }
            return new Stream(sections, devices);
        }
    }
}
