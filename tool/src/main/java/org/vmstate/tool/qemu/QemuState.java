// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.qemu;

import java.io.IOException;
import java.io.Writer;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.ram.RamBlock;
import org.vmstate.state.ArrayNode;
import org.vmstate.state.BoolNode;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.Finding;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.NullNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.StructNode;
import org.vmstate.state.SubsectionNode;
import org.vmstate.state.TextNode;

/// Writes the state of a machine in the format of `analyze-migration.py -d state`.
///
/// An object with one member per section, whose key is the id string and the section id. The value
/// is an object: the sizes of the blocks for RAM, empty for other iterative devices, and the fields
/// by name for all others. Integers are hexadecimal strings, negative ones followed by the decimal
/// value. An array is a list, or its element if there is only one. Types that the script does not
/// know, including queues and trees, are strings of their bytes.
///
/// Decodes and prints one section at a time.
public final class QemuState {
    /// The types that the script treats as signed numbers, although some are not.
    private static final Set<String> SIGNED =
            Set.of(
                    "int8",
                    "int16",
                    "int32",
                    "int64",
                    "int32 equal",
                    "int64 equal",
                    "uint8 equal",
                    "uint16 equal",
                    "int32 le");

    /// A type that the script does not know; it prints the bytes of markers.
    private static final String POINTER_MARKER = "ptr-marker";

    private static final String PRESENT_MARKER = "31";

    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private final Writer out;
    private final PythonJson json;

    private QemuState(Writer out) {
        this.out = out;
        this.json = new PythonJson(out);
    }

    /// Prints a machine, with a newline at its end. Returns the contradictions between bytes and
    /// description. Sections without a description are printed as their bytes.
    public static List<Finding> print(SavedMachine machine, Writer out) throws IOException {
        return new QemuState(out).print(machine);
    }

    private List<Finding> print(SavedMachine machine) throws IOException {
        List<Finding> findings = new ArrayList<>(machine.findings());
        json.open('{');
        for (Device device : machine.devices()) {
            json.name(device.identity().idString() + " (" + device.sectionId() + ")");
            if (device.whole().isPresent()) {
                Device.Whole whole = device.whole().get();
                Optional<DecodedSection> decoded = machine.decode(whole);
                if (decoded.isPresent()) {
                    struct(decoded.get().root());
                    findings.addAll(SavedMachine.findings(whole, decoded.get()));
                } else {
                    hex(whole.section().body().memory());
                }
            } else if (device.identity().idString().equals("ram")) {
                ram(machine.ramBlocks());
            } else {
                json.string("");
            }
        }
        json.close('}');
        out.write('\n');
        return findings;
    }

    private void ram(Iterable<RamBlock> blocks) throws IOException {
        json.open('{');
        json.name("section sizes");
        json.open('{');
        for (RamBlock block : blocks) {
            json.name(block.name());
            json.string(String.format("0x%016x", block.length()));
        }
        json.close('}');
        json.close('}');
    }

    private void struct(StructNode struct) throws IOException {
        Map<String, List<StateNode>> values = new LinkedHashMap<>();
        for (StateNode field : struct.fields()) {
            values.computeIfAbsent(field.name(), _ -> new ArrayList<>(1)).add(field);
        }
        for (SubsectionNode subsection : struct.subsections()) {
            values.put(subsection.name(), List.of(subsection));
        }
        json.open('{');
        for (Map.Entry<String, List<StateNode>> value : values.entrySet()) {
            json.name(value.getKey());
            values(value.getValue());
        }
        json.close('}');
    }

    /// Writes the values of one name; an array is replaced by its elements.
    private void values(List<StateNode> nodes) throws IOException {
        long count = 0;
        for (StateNode node : nodes) {
            count += node instanceof ArrayNode array ? array.size() + markers(array) : 1;
        }
        if (count != 1) {
            json.open('[');
        }
        for (StateNode node : nodes) {
            List<StateNode> elements =
                    node instanceof ArrayNode array ? array.elements() : List.of(node);
            for (int i = 0; i < elements.size(); i++) {
                if (node instanceof ArrayNode array && array.marked(i)) {
                    json.element();
                    json.string(PRESENT_MARKER);
                }
                if (count != 1) {
                    json.element();
                }
                value(elements.get(i));
            }
        }
        if (count != 1) {
            json.close(']');
        }
    }

    private static long markers(ArrayNode array) {
        long markers = 0;
        for (int i = 0; i < array.size(); i++) {
            markers += array.marked(i) ? 1 : 0;
        }
        return markers;
    }

    private void value(StateNode node) throws IOException {
        switch (node) {
            case IntegerNode integer -> integer(integer);
            case BoolNode bool -> json.literal(bool.value() ? "true" : "false");
            case NullNode _ when !node.type().equals(POINTER_MARKER) -> json.string("nullptr");
            case TextNode text -> json.string(text.value());
            case SubsectionNode subsection -> struct(subsection);
            case StructNode struct when struct.type().equals("struct") -> struct(struct);
            default -> hex(node.bytes());
        }
    }

    private void integer(IntegerNode node) throws IOException {
        StringBuilder text = new StringBuilder("\"0x");
        for (int shift = node.width() * 8 - 4; shift >= 0; shift -= 4) {
            text.append(DIGITS[(int) (node.bits() >>> shift) & 0xf]);
        }
        if (SIGNED.contains(node.type())) {
            int unused = Long.SIZE - Byte.SIZE * node.width();
            long value = node.bits() << unused >> unused;
            if (value < 0) {
                text.append(" (").append(value).append(')');
            }
        }
        json.literal(text.append('"').toString());
    }

    private void hex(MemorySegment bytes) throws IOException {
        char[] chars = new char[3 * 1024];
        out.write('"');
        int filled = 0;
        for (long i = 0; i < bytes.byteSize(); i++) {
            if (filled > chars.length - 3) {
                out.write(chars, 0, filled);
                filled = 0;
            }
            int value = bytes.get(ValueLayout.JAVA_BYTE, i) & 0xff;
            if (i > 0) {
                chars[filled++] = ' ';
            }
            chars[filled++] = DIGITS[value >>> 4];
            chars[filled++] = DIGITS[value & 0xf];
        }
        out.write(chars, 0, filled);
        out.write('"');
    }
}
