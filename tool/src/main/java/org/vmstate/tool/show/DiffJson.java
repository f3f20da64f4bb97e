// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.io.OutputStream;
import java.util.Locale;
import java.util.Optional;
import org.vmstate.compare.Difference;
import org.vmstate.compare.MachineDiff;
import org.vmstate.compare.MemoryDiff;
import org.vmstate.compare.Side;
import org.vmstate.inspect.Device;
import org.vmstate.ram.RamBlock;
import org.vmstate.state.StateNode;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/// Writes the JSON document of `vmstate diff --json`, which `docs/guide/diff.md` specifies.
public final class DiffJson implements AutoCloseable {
    private static final int FORMAT_VERSION = 1;

    private final JsonGenerator json;
    private final JsonState states;

    /// Creates a writer to `out`.
    public DiffJson(OutputStream out) {
        json = AsciiJson.FACTORY.createGenerator(ObjectWriteContext.empty(), out);
        states = new JsonState(json);
    }

    /// Writes the document.
    ///
    /// @param before the name of the first input
    /// @param after the name of the second input
    public void write(String before, String after, MachineDiff diff) {
        json.writeStartObject();
        json.writeNumberProperty("formatVersion", FORMAT_VERSION);
        json.writeStringProperty("before", before);
        json.writeStringProperty("after", after);
        json.writeBooleanProperty("same", diff.same());
        json.writeStringProperty("allowed", Long.toString(diff.allowed()));
        json.writeStringProperty("omitted", Long.toString(diff.omitted()));
        json.writeArrayPropertyStart("differences");
        diff.differences().forEach(this::difference);
        json.writeEndArray();
        json.writeName("memory");
        if (diff.memory().isPresent()) {
            memory(diff.memory().get());
        } else {
            json.writeNull();
        }
        json.writeEndObject();
        json.writeRaw(System.lineSeparator());
    }

    @Override
    public void close() {
        json.close();
    }

    private void difference(Difference difference) {
        json.writeStartObject();
        json.writeStringProperty("path", difference.pathText());
        switch (difference) {
            case Difference.DeviceOnly(Side side, Device device) -> {
                kind("device");
                side(side);
                json.writeNumberProperty("versionId", device.identity().versionId());
                json.writeStringProperty("length", Long.toString(device.bytes()));
            }
            case Difference.PartOnly(Side side, StateNode node) -> {
                kind("part");
                side(side);
                json.writeName("state");
                states.write(node);
            }
            case Difference.ValueChange(StateNode before, StateNode after) -> {
                kind("value");
                if (!before.path().equals(after.path())) {
                    json.writeStringProperty("pathAfter", after.pathText());
                }
                json.writeName("before");
                states.write(before);
                json.writeName("after");
                states.write(after);
            }
            case Difference.BytesChange(
                            Device _,
                            Device _,
                            long length,
                            long lengthAfter,
                            Optional<Long> offset) -> {
                kind("bytes");
                json.writeStringProperty("before", Long.toString(length));
                json.writeStringProperty("after", Long.toString(lengthAfter));
                json.writeName("offset");
                text(offset.map(at -> Long.toString(at)));
            }
            case Difference.PropertyChange property -> {
                kind("property");
                json.writeStringProperty("property", property.property());
                json.writeName("before");
                text(property.before());
                json.writeName("after");
                text(property.after());
                json.writeBooleanProperty("form", property.form());
            }
        }
        json.writeEndObject();
    }

    private void kind(String kind) {
        json.writeStringProperty("kind", kind);
    }

    private void side(Side side) {
        json.writeStringProperty("in", side.name().toLowerCase(Locale.ROOT));
    }

    private void text(Optional<String> value) {
        value.ifPresentOrElse(json::writeString, json::writeNull);
    }

    private void memory(MemoryDiff memory) {
        json.writeStartObject();
        json.writeNumberProperty("pageSize", memory.pageSize());
        json.writeArrayPropertyStart("blocks");
        for (MemoryDiff.BlockDiff block : memory.blocks()) {
            MemoryDiff.Counts counts = block.counts();
            json.writeStartObject();
            json.writeStringProperty("name", block.name());
            json.writeBooleanProperty("same", block.same());
            json.writeName("before");
            text(block.before().map(DiffJson::length));
            json.writeName("after");
            text(block.after().map(DiffJson::length));
            number("equal", counts.equal());
            number("changed", counts.changed());
            number("zeroed", counts.zeroed());
            number("filled", counts.filled());
            number("onlyBefore", counts.onlyBefore());
            number("onlyAfter", counts.onlyAfter());
            number("neither", counts.neither());
            number("allowed", counts.allowed());
            json.writeArrayPropertyStart("ranges");
            for (MemoryDiff.Range range : block.ranges()) {
                json.writeStartObject();
                number("start", range.start());
                number("end", range.end());
                json.writeStringProperty(
                        "change", range.change().name().toLowerCase(Locale.ROOT).replace('_', '-'));
                json.writeEndObject();
            }
            json.writeEndArray();
            number("moreRanges", block.moreRanges());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static String length(RamBlock block) {
        return Long.toString(block.length());
    }

    private void number(String name, long value) {
        json.writeStringProperty(name, Long.toString(value));
    }
}
