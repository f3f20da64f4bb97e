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

/// The state of a machine as `analyze-migration.py -d state` prints it.
///
/// An object with a member per section, named by its id string and section id: of RAM the sizes of
/// its blocks, of other iterative devices nothing, of all others the fields by name. Integers are
/// hexadecimal strings, negative ones with their value behind; an array is a list, or its element
/// if there is only one; everything that the script does not know, queues and trees included, is a
/// string of its bytes.
///
/// Nothing is kept: a section is decoded, printed and forgotten.
public final class QemuState {
    /// The types that the script takes for signed numbers, some of which are not.
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

    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private final Writer out;
    private final PythonJson json;

    private QemuState(Writer out) {
        this.out = out;
        this.json = new PythonJson(out);
    }

    /// Prints a machine, with a newline at its end, and returns where its bytes and its description
    /// disagree. Sections that no description tells about are printed as their bytes.
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

    /// What stands under one name: arrays count as their elements.
    private void values(List<StateNode> nodes) throws IOException {
        long count = 0;
        for (StateNode node : nodes) {
            count += node instanceof ArrayNode array ? array.size() : 1;
        }
        if (count != 1) {
            json.open('[');
        }
        for (StateNode node : nodes) {
            List<StateNode> elements =
                    node instanceof ArrayNode array ? array.elements() : List.of(node);
            for (StateNode element : elements) {
                if (count != 1) {
                    json.element();
                }
                value(element);
            }
        }
        if (count != 1) {
            json.close(']');
        }
    }

    private void value(StateNode node) throws IOException {
        switch (node) {
            case IntegerNode integer -> integer(integer);
            case BoolNode bool -> json.literal(bool.value() ? "true" : "false");
            case NullNode _ -> json.string("nullptr");
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
