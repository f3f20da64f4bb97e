// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.DescriptionKeys;
import org.vmstate.state.EntryChange.Inside;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// A section while it is edited: its bytes, its entry of the description, and the tree, which
/// always agree. A change is applied completely or not at all.
final class EditedSection {
    private final ReadLimits limits;
    private final long offset;
    private JsonObject entry;
    private DeviceDescription device;
    private DecodedSection section;
    private byte[] body;

    /// Whether the nodes of `section` are views of `body`, which then must not change.
    private boolean shared = true;

    /// Whether values in `body` differ from those in `section`; the structure is the same.
    private boolean stale;

    private boolean changed;

    EditedSection(MemorySegment body, long offset, JsonObject entry, ReadLimits limits)
            throws VMStateException {
        this.limits = limits;
        this.offset = offset;
        this.entry = entry;
        this.device = DeviceDescription.of(entry);
        this.body = body.toArray(ValueLayout.JAVA_BYTE);
        this.section =
                new SectionDecoder(limits).decode(MemorySegment.ofArray(this.body), offset, device);
    }

    /// The section after all changes.
    DecodedSection section() {
        if (stale) {
            section = decode(body, device);
            shared = true;
            stale = false;
        }
        return section;
    }

    /// Finds a node in a tree with the same structure as [#section()], possibly with outdated
    /// values.
    StateNode at(String path) {
        return NodeLookup.at(section.root(), path);
    }

    /// Finds a node with its current value.
    StateNode current(String path) {
        return NodeLookup.at(section().root(), path);
    }

    byte[] body() {
        return body.clone();
    }

    /// A copy of some bytes of the body.
    byte[] bytes(long at, long length) {
        int from = place(at);
        return Arrays.copyOfRange(body, from, from + Math.toIntExact(length));
    }

    JsonObject entry() {
        return entry;
    }

    DeviceDescription device() {
        return device;
    }

    boolean changed() {
        return changed;
    }

    /// The index in the body of an absolute offset.
    int place(long at) {
        return Math.toIntExact(at - offset);
    }

    /// Throws if the description contradicts the body, because a change could then not be
    /// described.
    void requireSound() {
        if (!section.findings().isEmpty()) {
            throw new IllegalArgumentException(
                    "the description is wrong about this section, so nothing can be added, removed"
                            + " or resized: "
                            + section.findings().getFirst());
        }
    }

    /// Applies a change of the structure to the bytes and to the entry that describes them.
    ///
    /// @param node the innermost node whose content changes
    /// @param more the number of children that are added to it, negative if they are removed
    void restructure(StateNode node, List<Splice> splices, int more, Inside inside) {
        requireSound();
        byte[] after = Splice.apply(body, splices);
        EntryChange change = new EntryChange(way(node), after.length - body.length, inside);
        JsonObject newEntry = change.apply(entry, device);
        if (node instanceof StructNode && change.sharesEntry()) {
            throw new IllegalArgumentException(
                    node.path().plain()
                            + " is described together with other elements of its array, so its"
                            + " fields and subsections cannot be changed alone");
        }
        try {
            DeviceDescription newDevice = DeviceDescription.of(newEntry);
            DecodedSection newSection = decode(after, newDevice);
            if (!newSection.findings().isEmpty()) {
                throw new IllegalArgumentException(
                        node.path().plain()
                                + " cannot be changed like this, the rest of the section would not"
                                + " be described any more: "
                                + newSection.findings().getFirst());
            }
            requireChildren(newSection, node, node.children().size() + more);
            body = after;
            entry = newEntry;
            device = newDevice;
            adopt(newSection);
        } catch (VMStateException e) {
            throw new IllegalArgumentException(
                    node.path().plain() + " cannot be changed like this: " + e.getMessage(), e);
        }
    }

    /// Checks the number of children of a changed node. An array of one element is not an array in
    /// the description and has no children.
    private static void requireChildren(DecodedSection section, StateNode before, int children) {
        boolean asMany =
                counterparts(before, section)
                        .anyMatch(
                                after ->
                                        after.children().size() == children
                                                || (before instanceof ArrayNode && children == 1));
        if (!asMany) {
            throw new IllegalArgumentException(
                    before.path().plain()
                            + " cannot be changed like this: other values depend on it");
        }
    }

    /// The nodes of another version of the section that a node may have become: several nodes may
    /// have the same path, but none before the change moves.
    private static Stream<StateNode> counterparts(StateNode node, DecodedSection section) {
        return node.path().allIn(section.root()).filter(other -> other.offset() == node.offset());
    }

    /// Sets the version in the description.
    void version(long versionId) {
        JsonObject newEntry = entry.with(DescriptionKeys.VERSION, new JsonNumber(versionId));
        try {
            DeviceDescription newDevice = DeviceDescription.of(newEntry);
            DecodedSection newSection = decode(body, newDevice);
            entry = newEntry;
            device = newDevice;
            adopt(newSection);
        } catch (VMStateException e) {
            throw new IllegalArgumentException("version " + versionId + ": " + e.getMessage(), e);
        }
    }

    void resize(StateNode leaf, byte[] bytes, @Nullable Splice count) {
        section();
        List<Splice> splices = new ArrayList<>();
        splices.add(new Splice(place(leaf.offset()), Math.toIntExact(leaf.length()), bytes));
        if (count != null) {
            splices.add(count);
        }
        restructure(leaf, splices, 0, EntryChange.SIZES_ONLY);
    }

    /// Replaces the bytes of a node with the same number of bytes.
    void put(StateNode leaf, byte[] bytes) {
        CompositeNode composite = composite(leaf);
        if (composite != null) {
            putInside(composite, leaf, bytes);
            return;
        }
        if (shared) {
            body = body.clone();
            shared = false;
        }
        System.arraycopy(bytes, 0, body, place(leaf.offset()), bytes.length);
        stale = true;
        changed = true;
    }

    /// Replaces bytes of a value whose format may depend on them.
    private void putInside(CompositeNode composite, StateNode leaf, byte[] bytes) {
        byte[] after = body.clone();
        System.arraycopy(bytes, 0, after, place(leaf.offset()), bytes.length);
        DecodedSection newSection = decode(after, device);
        if (counterparts(composite, newSection).noneMatch(other -> sameShape(composite, other))) {
            throw new IllegalArgumentException(
                    leaf.path().plain()
                            + " cannot be changed alone: the form of "
                            + composite.path().plain()
                            + " depends on it");
        }
        body = after;
        adopt(newSection);
    }

    private void adopt(DecodedSection newSection) {
        section = newSection;
        shared = true;
        stale = false;
        changed = true;
    }

    private static boolean sameShape(StateNode a, StateNode b) {
        List<StateNode> inA = a.children();
        List<StateNode> inB = b.children();
        boolean same =
                a.getClass() == b.getClass()
                        && a.step().equals(b.step())
                        && a.offset() == b.offset()
                        && a.length() == b.length()
                        && inA.size() == inB.size();
        for (int i = 0; same && i < inA.size(); i++) {
            same = sameShape(inA.get(i), inB.get(i));
        }
        return same;
    }

    private DecodedSection decode(byte[] bytes, DeviceDescription description) {
        return new SectionDecoder(limits).decode(MemorySegment.ofArray(bytes), offset, description);
    }

    /// Passes the JSON of a node to `inside`; changes nothing.
    void look(StateNode node, Inside inside) {
        new EntryChange(way(node), 0, inside).apply(entry, device);
    }

    /// The nodes from the section to a node, or to the outermost [CompositeNode] that contains it.
    private static List<StateNode> way(StateNode node) {
        Deque<StateNode> way = new ArrayDeque<>();
        Optional<StateNode> next = Optional.of(node);
        while (next.isPresent()) {
            if (next.get() instanceof CompositeNode) {
                way.clear();
            }
            way.addFirst(next.get());
            next = next.get().parent();
        }
        return List.copyOf(way);
    }

    /// The outermost [CompositeNode] that is or contains a node; null if there is none.
    static @Nullable CompositeNode composite(StateNode node) {
        CompositeNode outermost = null;
        for (Optional<StateNode> n = Optional.of(node); n.isPresent(); n = n.get().parent()) {
            if (n.get() instanceof CompositeNode composite) {
                outermost = composite;
            }
        }
        return outermost;
    }
}
