// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.List;
import org.vmstate.state.ArrayNode;
import org.vmstate.state.BitmapNode;
import org.vmstate.state.BoolNode;
import org.vmstate.state.BytesNode;
import org.vmstate.state.CompositeNode;
import org.vmstate.state.FloatNode;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.NullNode;
import org.vmstate.state.QueueNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.StructNode;
import org.vmstate.state.SubsectionNode;
import org.vmstate.state.TextNode;
import org.vmstate.state.TimerNode;
import org.vmstate.state.TreeNode;
import tools.jackson.core.JsonGenerator;

/// Writes values as JSON: one object per node with its name, type, position and content.
final class JsonState {
    private final JsonGenerator json;

    JsonState(JsonGenerator json) {
        this.json = json;
    }

    /// Writes a node with all its children.
    void write(StateNode node) {
        json.writeStartObject();
        if (!node.name().isEmpty()) {
            json.writeStringProperty("name", node.name());
        }
        json.writeStringProperty("type", node.type());
        place(node.offset(), node.length());
        switch (node) {
            case IntegerNode integer -> {
                json.writeName("value");
                if (integer.width() == Long.BYTES) {
                    json.writeString(integer.exact().toString());
                } else {
                    json.writeNumber(integer.value());
                }
            }
            case BoolNode bool -> json.writeBooleanProperty("value", bool.value());
            case FloatNode number -> {
                json.writeStringProperty("value", Double.toString(number.value()));
                json.writeStringProperty("bits", HexFormat.of().toHexDigits(number.bits()));
            }
            case TimerNode timer ->
                    json.writeStringProperty("value", Long.toString(timer.expiry()));
            case NullNode _ -> json.writeNullProperty("value");
            case TextNode text -> json.writeStringProperty("value", text.value());
            case BytesNode bytes -> bytes(bytes.bytes());
            case BitmapNode bitmap -> {
                json.writeArrayPropertyStart("words");
                for (int i = 0; i < bitmap.words(); i++) {
                    json.writeString(HexFormat.of().toHexDigits(bitmap.word(i)));
                }
                json.writeEndArray();
            }
            case StructNode struct -> {
                if (!struct.vmsdName().isEmpty()) {
                    json.writeStringProperty("vmsdName", struct.vmsdName());
                }
                json.writeNumberProperty(
                        "version",
                        struct instanceof SubsectionNode s ? s.sentVersion() : struct.version());
                nodes("fields", struct.fields());
                if (!struct.subsections().isEmpty()) {
                    nodes("subsections", struct.subsections());
                }
            }
            case ArrayNode array -> nodes("elements", array.elements());
            case QueueNode queue -> nodes("elements", queue.elements());
            case TreeNode tree -> {
                json.writeArrayPropertyStart("entries");
                for (TreeNode.Entry entry : tree.entries()) {
                    json.writeStartObject();
                    json.writeName("key");
                    write(entry.key());
                    json.writeName("value");
                    write(entry.value());
                    json.writeEndObject();
                }
                json.writeEndArray();
            }
            case CompositeNode composite -> nodes("parts", composite.parts());
        }
        json.writeEndObject();
    }

    /// Writes the body of a section without a description.
    void writeUndescribed(long offset, MemorySegment body) {
        json.writeStartObject();
        json.writeStringProperty("type", "undescribed");
        place(offset, body.byteSize());
        bytes(body);
        json.writeEndObject();
    }

    private void place(long offset, long length) {
        json.writeStringProperty("offset", Long.toString(offset));
        json.writeStringProperty("length", Long.toString(length));
    }

    private void bytes(MemorySegment bytes) {
        json.writeStringProperty(
                "bytes", HexFormat.of().formatHex(bytes.toArray(ValueLayout.JAVA_BYTE)));
    }

    private void nodes(String name, List<? extends StateNode> nodes) {
        json.writeArrayPropertyStart(name);
        nodes.forEach(this::write);
        json.writeEndArray();
    }
}
