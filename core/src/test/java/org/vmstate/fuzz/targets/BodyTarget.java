// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.vmstate.fuzz.Sample;
import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Target;
import org.vmstate.fuzz.targets.Oracle.Outcome;
import org.vmstate.state.BoolNode;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.SectionDecoder;
import org.vmstate.state.SectionEditor;
import org.vmstate.state.StateEncoder;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.WireWriter;

/// Decodes bodies with their descriptions. The tree must contain exactly the bytes of the body, the
/// path of each node must select the node, and an editor that sets existing values must change
/// nothing.
///
/// The input consists of two parts: the text of the description, and the body.
final class BodyTarget implements Target {
    private static final int MAX_NODES = 400;

    /// For sections with [#MAX_NODES] nodes an eighth of this number is used, because each path
    /// takes time proportional to the section.
    private static final int MAX_PATHS = 40;

    private static final long OFFSET = 1000;

    @Override
    public String name() {
        return "body";
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (StateText state : StateText.all()) {
            seeds.add(Parts.join(List.of(state.description().getBytes(UTF_8), state.body())));
        }
        return seeds;
    }

    @Override
    public Structure structure(byte[] input) {
        Structure structure = new Structure();
        List<Parts.Range> parts = Parts.ranges(input, 2);
        Parts.add(parts, structure);
        JsonStructure.add(input, parts.getFirst().from(), parts.getFirst().to(), structure);
        Parts.Range body = parts.getLast();
        for (int width = 1; width <= 8; width *= 2) {
            for (int at = body.from();
                    at + width <= body.to() && at < body.from() + 64;
                    at += width) {
                structure.number(at, width);
            }
        }
        return structure;
    }

    @Override
    public Cost cost() {
        return new Cost(4 << 20, 4_000, 1_000_000, 10_000);
    }

    @Override
    public void run(byte[] input, Sample sample) throws IOException {
        List<Parts.Range> parts = Parts.ranges(input, 2);
        byte[] text = parts.getFirst().of(input);
        byte[] body = parts.size() < 2 ? new byte[0] : parts.getLast().of(input);
        Outcome<VmDescription> parsed =
                Outcome.of(text.length, () -> VmDescription.parse(text, 0, Oracle.LIMITS));
        if (parsed.result() == null || parsed.result().devices().isEmpty()) {
            return;
        }
        VmDescription description = parsed.result();
        DecodedSection section =
                new SectionDecoder(Oracle.LIMITS)
                        .decode(
                                MemorySegment.ofArray(body),
                                OFFSET,
                                description.devices().getFirst());
        WireWriter out = WireWriter.toMemory();
        StateEncoder.encode(section, out);
        Oracle.same(out.toByteArray(), body, "encoded again");
        List<StateNode> nodes = new ArrayList<>();
        collect(section.root(), nodes);
        int paths = nodes.size() < MAX_NODES ? MAX_PATHS : MAX_PATHS / 8;
        for (int i = 0; i < nodes.size(); i += 1 + nodes.size() / paths) {
            checkPath(section, nodes.get(i));
        }
        edit(body, description, nodes, paths / 4);
    }

    private static void collect(StateNode node, List<StateNode> nodes) {
        if (nodes.size() == MAX_NODES) {
            return;
        }
        nodes.add(node);
        Oracle.check(
                node.bytes().byteSize() == node.length(),
                "the length of a node's bytes differs from its length");
        long end = node.offset();
        for (StateNode child : node.children()) {
            if (nodes.size() == MAX_NODES) {
                return;
            }
            Oracle.check(
                    child.offset() >= end
                            && child.offset() + child.length() <= node.offset() + node.length(),
                    "a child outside its parent, or before the end of its predecessor: " + child);
            end = child.offset() + child.length();
            collect(child, nodes);
        }
        Oracle.check(node.contentEquals(node), "a node differs from itself");
    }

    /// Checks that the path of a node selects it, or another node with the same path.
    private static void checkPath(DecodedSection section, StateNode node) {
        String exact = node.path().toString();
        Oracle.same(StatePath.parse(exact), node.path(), "the path parsed");
        for (String text : List.of(exact, node.pathText())) {
            StateNode found = StatePath.find(List.of(section.root()), text).orElse(null);
            Oracle.check(
                    found != null && found.path().toString().equals(exact),
                    "the path " + text + " selects " + found + " instead of " + exact);
        }
    }

    private static void edit(
            byte[] body, VmDescription description, List<StateNode> nodes, int edits)
            throws IOException {
        SectionEditor editor =
                new SectionEditor(
                        MemorySegment.ofArray(body),
                        OFFSET,
                        description.entries().getFirst(),
                        Oracle.LIMITS);
        Oracle.check(!editor.changed(), "an editor is changed before the first edit");
        int set = 0;
        for (StateNode node : nodes) {
            String path = node.path().toString();
            boolean first =
                    StatePath.find(List.of(editor.section().root()), path)
                            .filter(found -> found.offset() == node.offset())
                            .isPresent();
            if (!first) {
                continue; // the path selects another node
            } else if (node instanceof IntegerNode integer) {
                editor.set(path, integer.exact());
            } else if (node instanceof BoolNode bool && bool.raw() <= 1) {
                editor.set(path, bool.value());
            }
            if (++set == edits) {
                break;
            }
        }
        Oracle.same(editor.body(), body, "body after existing values were set");
        Oracle.check(
                editor.entry().equals(description.entries().getFirst()),
                "the entry of the description changed");
    }
}
