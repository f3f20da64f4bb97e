// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmstate.container.Layer;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.LocatedCommand;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.ram.RamBlock;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.Finding;
import org.vmstate.state.StateNode;
import org.vmstate.stream.Body;
import org.vmstate.stream.Configuration;
import org.vmstate.stream.Footers;
import org.vmstate.wire.VMStateException;
import tools.jackson.core.JsonGenerator;

/// Writes the JSON document of `vmstate show --json`, which `docs/guide/show-json.md` specifies.
///
/// All values that are 64 bits wide, including offsets and lengths, are decimal strings. Narrower
/// integers are numbers.
final class JsonOutput implements AutoCloseable {
    private static final int FORMAT_VERSION = 1;

    private final JsonGenerator json;

    JsonOutput(OutputStream out) {
        json = AsciiJson.pretty(out);
    }

    /// Writes the machine and the state of the selected values; returns the findings about the
    /// stream.
    List<Finding> write(
            String file, List<Layer> layers, SavedMachine machine, List<Selection> selections) {
        json.writeStartObject();
        json.writeNumberProperty("formatVersion", FORMAT_VERSION);
        json.writeStringProperty("file", file);
        Wrappings.write(json, layers);
        configuration(machine);
        json.writeName("pageSize");
        machine.pageSize().ifPresentOrElse(json::writeNumber, json::writeNull);
        json.writeStringProperty("description", description(machine));
        json.writeStringProperty("located", machine.skippedBytes() > 0 ? "from-end" : "walked");
        json.writeName("bytesAfterEnd");
        machine.bytesAfterEnd()
                .ifPresentOrElse(n -> json.writeString(Long.toString(n)), json::writeNull);
        json.writeName("footers");
        if (machine.footers() == Footers.UNKNOWN) {
            json.writeNull();
        } else {
            json.writeBoolean(machine.footers() == Footers.USED);
        }
        json.writeArrayPropertyStart("ramBlocks");
        for (RamBlock block : machine.ramBlocks()) {
            json.writeStartObject();
            json.writeStringProperty("name", block.name());
            json.writeStringProperty("length", Long.toUnsignedString(block.length()));
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("commands");
        for (LocatedCommand command : machine.commands()) {
            json.writeStartObject();
            json.writeStringProperty("name", command.command().label());
            json.writeStringProperty("offset", Long.toString(command.origin().offset()));
            json.writeEndObject();
        }
        json.writeEndArray();
        List<Finding> findings = devices(machine);
        findings.addAll(machine.findings());
        selections(selections);
        findings(findings);
        failure(machine);
        json.writeEndObject();
        json.writeRaw(System.lineSeparator());
        return findings;
    }

    @Override
    public void close() {
        json.close();
    }

    private void configuration(SavedMachine machine) {
        json.writeName("configuration");
        Optional<Configuration> configuration = machine.configuration();
        if (configuration.isEmpty()) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeStringProperty("machineType", configuration.get().machineType());
        for (Configuration.Subsection subsection : configuration.get().subsections()) {
            switch (subsection) {
                case Configuration.Subsection.TargetPageBits bits ->
                        json.writeNumberProperty("targetPageBits", bits.bits());
                case Configuration.Subsection.Capabilities capabilities -> {
                    json.writeArrayPropertyStart("capabilities");
                    capabilities.names().forEach(json::writeString);
                    json.writeEndArray();
                }
                case Configuration.Subsection.MachineUuid uuid ->
                        json.writeStringProperty("uuid", uuid.uuid().toString());
            }
        }
        json.writeEndObject();
    }

    private static String description(SavedMachine machine) {
        if (machine.description().isEmpty()) {
            return "none";
        }
        return machine.substituted() ? "substitute" : "stream";
    }

    private List<Finding> devices(SavedMachine machine) {
        List<Finding> findings = new ArrayList<>();
        json.writeArrayPropertyStart("devices");
        for (Device device : machine.devices()) {
            json.writeStartObject();
            identity(device);
            json.writeStringProperty("kind", device.iterative().isPresent() ? "iterative" : "full");
            if (device.iterative().isEmpty() || machine.skippedBytes() == 0) {
                json.writeStringProperty("length", Long.toString(device.bytes()));
                device.iterative()
                        .ifPresent(
                                i ->
                                        json.writeStringProperty(
                                                "sections", Long.toString(i.parts() + 1)));
            }
            if (device.whole().isPresent()) {
                Device.Whole whole = device.whole().get();
                json.writeStringProperty(
                        "end", whole.bodyEnd().name().toLowerCase(java.util.Locale.ROOT));
                json.writeBooleanProperty("described", whole.description().isPresent());
                Optional<DecodedSection> decoded = machine.decode(whole);
                decoded.ifPresent(d -> findings.addAll(SavedMachine.findings(whole, d)));
            }
            json.writeEndObject();
        }
        json.writeEndArray();
        return findings;
    }

    private void identity(Device device) {
        json.writeNumberProperty("sectionId", device.sectionId());
        json.writeStringProperty("idString", device.identity().idString());
        json.writeNumberProperty("instanceId", device.identity().instanceId());
        json.writeNumberProperty("versionId", device.identity().versionId());
        json.writeStringProperty("offset", Long.toString(device.offset()));
    }

    private void selections(List<Selection> selections) {
        if (selections.isEmpty()) {
            return;
        }
        json.writeArrayPropertyStart("selected");
        for (Selection selection : selections) {
            json.writeStartObject();
            json.writeStringProperty(
                    "path",
                    selection
                            .node()
                            .map(StateNode::pathText)
                            .orElse(selection.device().identity().label()));
            json.writeNumberProperty("sectionId", selection.device().sectionId());
            json.writeName("state");
            if (selection.node().isPresent()) {
                new JsonState(json).write(selection.node().get());
            } else if (selection.device().whole().isPresent()) {
                Body body = selection.device().whole().get().section().body();
                new JsonState(json).writeUndescribed(body.offset(), body.memory());
            } else {
                json.writeNull();
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void findings(List<Finding> findings) {
        json.writeArrayPropertyStart("findings");
        for (Finding finding : findings) {
            json.writeStartObject();
            json.writeStringProperty("path", finding.path());
            json.writeStringProperty("detail", finding.detail());
            json.writeStringProperty("offset", Long.toString(finding.offset()));
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private void failure(SavedMachine machine) {
        json.writeName("error");
        Optional<VMStateException> failure = machine.failure();
        if (failure.isEmpty()) {
            json.writeNull();
            return;
        }
        json.writeStartObject();
        json.writeStringProperty("path", failure.get().path());
        json.writeStringProperty("detail", failure.get().detail());
        json.writeStringProperty("offset", Long.toString(failure.get().offset()));
        json.writeEndObject();
    }
}
