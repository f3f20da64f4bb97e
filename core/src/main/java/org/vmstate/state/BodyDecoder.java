// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.Framing;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.FieldDescription;
import org.vmstate.vmdesc.FieldRun;
import org.vmstate.vmdesc.StructDescription;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VMStateException;

/// Decodes one body by its description.
///
/// Each node is added to the tree as soon as it is read. If an exception ends decoding, the tree
/// covers exactly the bytes before the position.
final class BodyDecoder {
    /// The maximum number of nodes of a body; real bodies have less than a tenth of it.
    private static final int MAX_NODES = 1 << 19;

    private final Region region;
    private final ReadLimits limits;
    private final Findings findings = new Findings();

    /// The runs of the fields of descriptions that are used for several elements of an array.
    private final IdentityHashMap<StructDescription, List<FieldRun>> runs = new IdentityHashMap<>();

    /// Whether all elements in the description of a queue are alike; a cache.
    private final IdentityHashMap<FieldDescription, Boolean> alike = new IdentityHashMap<>();

    private long position;
    private int nodes;
    private long emptyElements;
    private int depth;

    BodyDecoder(Region region, ReadLimits limits) {
        this.region = region;
        this.limits = limits;
        this.position = region.origin();
    }

    DecodedSection section(DeviceDescription device) {
        StatePath.Section step = new StatePath.Section(device.name(), device.instanceId());
        NodePlace place = new NodePlace(null, step, device.name(), "section", region, position);
        StructDescription body = device.body();
        StructNode root = new StructNode(place, body.vmsdName(), body.version());
        Optional<BytesNode> rest = Optional.empty();
        try {
            body(root, body, false);
            if (position < region.end()) {
                long more = region.end() - position;
                findings.add(
                        root,
                        "the description ends "
                                + more
                                + (more == 1 ? " byte" : " bytes")
                                + " before the section does",
                        position);
            }
        } catch (VMStateException e) {
            findings.end(root, "", e);
        }
        if (position < region.end()) {
            NodePlace behind =
                    NodePlace.field(root, "(undescribed)", "undescribed", region, position);
            rest =
                    Optional.of(
                            new BytesNode(behind, region.end() - position, BytesNode.Kind.OPAQUE));
        }
        return new DecodedSection(root, rest, findings.list(root));
    }

    /// Decodes fields and subsections.
    ///
    /// @param further whether this is an element other than the first of an array that describes
    ///   only its first one
    private void body(StructNode node, StructDescription description, boolean further)
            throws VMStateException {
        limits.checkNesting(++depth, position);
        try {
            for (FieldRun run :
                    further
                            ? runs.computeIfAbsent(description, StructDescription::runs)
                            : description.runs()) {
                field(node, node::add, run, further);
            }
            for (StructDescription subsection : description.subsections()) {
                subsection(node, node.vmsdName(), node::add, subsection, further);
            }
        } finally {
            depth--;
            node.endAt(position);
        }
    }

    /// Decodes the value of a field.
    ///
    /// @param node the enclosing node, to which `attach` adds the value
    void field(StateNode node, Attach attach, FieldRun run, boolean further)
            throws VMStateException {
        FieldDescription first = run.fields().getFirst().field();
        long start = position;
        try {
            if (run.array()) {
                NodePlace place = NodePlace.field(node, run.name(), first.type(), region, position);
                ArrayNode array = new ArrayNode(place);
                count(1);
                attach.to(array);
                array(array, run, further);
            } else {
                NodePlace place = NodePlace.field(node, run.name(), first.type(), region, position);
                element(place, first, attach, further);
            }
            countEmpty(position == start ? 1 : 0);
        } catch (VMStateException e) {
            findings.end(node, "." + run.name(), e);
            throw e;
        }
    }

    private void array(ArrayNode array, FieldRun run, boolean further) throws VMStateException {
        PointerMarkers markers = new PointerMarkers(run);
        boolean lastIsMissing = PointerMarkers.lastIsMissing(run, region, position);
        try {
            for (int i = 0; i < run.fields().size(); i++) {
                FieldDescription field = run.fields().get(i).field();
                int count = run.fields().get(i).count() - (lastIsMissing && i == 0 ? 1 : 0);
                if (markers.precedesElement(i) && presentMarker(array, markers)) {
                    i++;
                    marked(array, run.fields().get(i).field(), further);
                } else if (FixedSize.is(field)) {
                    uniform(array, field, count);
                } else {
                    for (int n = 0; n < count; n++) {
                        element(array, field, false, further || n > 0);
                    }
                }
            }
            if (lastIsMissing) {
                missing(array, run);
            }
        } finally {
            array.endAt(position);
        }
    }

    /// Decodes the last element of an array whose description leaves it out.
    private void missing(ArrayNode array, FieldRun run) throws VMStateException {
        findings.add(array, "the description leaves out the last element", position);
        if (run.fields().getLast().field().isPointerMarker()) {
            element(array, run.fields().getFirst().field(), false, true);
        } else {
            uniform(array, run.fields().get(1).field(), 1);
        }
    }

    /// Whether the byte at the position marks an element. Does not move the position.
    private boolean presentMarker(ArrayNode array, PointerMarkers markers) throws VMStateException {
        try {
            region.require(position, 1);
            return markers.present(region.u8(position), position);
        } catch (VMStateException e) {
            findings.end(array, "[" + array.size() + "]", e);
            throw e;
        }
    }

    /// Decodes an element and its marker. If the element cannot be created, the marker is not part
    /// of the tree.
    private void marked(ArrayNode array, FieldDescription field, boolean further)
            throws VMStateException {
        int size = array.size();
        position++;
        try {
            element(array, field, true, further);
        } catch (VMStateException e) {
            if (array.size() == size) {
                position--;
            }
            throw e;
        }
    }

    private void element(ArrayNode array, FieldDescription field, boolean marked, boolean further)
            throws VMStateException {
        int index = array.size();
        NodePlace place = NodePlace.element(array, index, field.type(), region, position);
        try {
            long start = position;
            element(place, field, node -> array.add(node, marked), further);
            countEmpty(position == start && !marked ? 1 : 0);
        } catch (VMStateException e) {
            findings.end(array, "[" + index + "]", e);
            throw e;
        }
    }

    private void uniform(ArrayNode array, FieldDescription field, int count)
            throws VMStateException {
        limits.checkElements((long) array.size() + count, "an array", position);
        countEmpty(FixedSize.times(count, FixedSize.emptyValues(field)));
        long all = field.size() * count;
        region.require(position, all);
        WireType type = WireType.named(field.type());
        if (type != null && type.kind() == WireType.Kind.NULL) {
            for (int i = 0; i < count; i++) {
                try {
                    checkNull(position + i);
                } catch (CorruptException e) {
                    findings.end(array, "[" + (array.size() + i) + "]", e);
                    throw e;
                }
            }
        }
        array.add(
                count,
                position,
                field.size(),
                (parent, index, offset) ->
                        FixedSize.make(
                                NodePlace.element(parent, index, field.type(), region, offset),
                                field));
        position += all;
    }

    /// Adds a node to its parent, before the content of the node is read.
    @FunctionalInterface
    interface Attach {
        void to(StateNode node);
    }

    private void element(NodePlace place, FieldDescription field, Attach attach, boolean further)
            throws VMStateException {
        count(1);
        switch (field.type()) {
            case TypeNames.TAIL_QUEUE, TypeNames.LIST -> queue(place, field, attach, further);
            case TypeNames.TREE -> tree(place, field, attach, further);
            case TypeNames.CAPABILITY -> text(place, field, attach);
            case TypeNames.DESCRIPTOR -> descriptor(place, field, attach);
            case TypeNames.VIRTIO -> {
                region.require(position, field.size());
                attach.to(VirtioDecoder.decode(place, field.size(), limits));
                position += field.size();
            }
            default -> {
                StructDescription inside = inside(field);
                if (inside != null) {
                    struct(place, field, inside, attach, further);
                } else {
                    leaf(place, field, attach);
                }
            }
        }
    }

    /// The description of the content of a structure, a versioned structure or a temporary; null
    /// for other types.
    private static @Nullable StructDescription inside(FieldDescription field) {
        if (field.struct().isPresent()) {
            return field.struct().get();
        }
        return field.elements().size() == 1 ? field.elements().getFirst() : null;
    }

    /// The absolute offset of the next byte.
    long position() {
        return position;
    }

    /// The bytes of the body.
    Region region() {
        return region;
    }

    private void leaf(NodePlace place, FieldDescription field, Attach attach)
            throws VMStateException {
        WireType type = WireType.named(field.type());
        if (type != null && type.bytes() != field.size()) {
            throw new CorruptException(
                    field.type() + " of " + field.size() + " bytes in the description", position);
        }
        region.require(position, field.size());
        if (type != null && type.kind() == WireType.Kind.NULL) {
            checkNull(position);
        }
        attach.to(FixedSize.make(place, field));
        position += field.size();
    }

    private void checkNull(long offset) throws CorruptException {
        if (region.u8(offset) != Framing.NULL_POINTER) {
            throw new CorruptException(
                    "0x%02x where the description has a null pointer, 0x30"
                            .formatted(region.u8(offset)),
                    offset);
        }
    }

    private void struct(
            NodePlace place,
            FieldDescription field,
            StructDescription inside,
            Attach attach,
            boolean further)
            throws VMStateException {
        if (field.struct().isPresent() && inside.fields().isEmpty() && field.size() == 1) {
            // QEMU before 10.0 describes an array of pointers like this if its first one is null.
            region.require(position, 1);
            checkNull(position);
            attach.to(new NullNode(place));
            position++;
            return;
        }
        long start = position;
        StructNode node = new StructNode(place, inside.vmsdName(), inside.version());
        attach.to(node);
        body(node, inside, further);
        checkSize(field, start, further);
    }

    private void checkSize(FieldDescription field, long start, boolean further)
            throws CorruptException {
        long size = position - start;
        if (!further && size != field.size()) {
            throw new CorruptException(
                    "takes " + size + " bytes where the description says " + field.size(),
                    position);
        }
    }

    /// Adds a subsection to its parent, before the content of the subsection is read.
    @FunctionalInterface
    interface AttachSubsection {
        void to(SubsectionNode node);
    }

    /// Decodes a subsection, including its header.
    ///
    /// @param node the enclosing node, to which `attach` adds the subsection
    /// @param owner the name of the description that the subsection belongs to
    void subsection(
            StateNode node,
            String owner,
            AttachSubsection attach,
            StructDescription description,
            boolean further)
            throws VMStateException {
        String name = SubsectionNames.below(owner, description.vmsdName());
        try {
            long start = position;
            region.require(start, SubsectionHeader.NAME_AT);
            if (region.u8(start) != SubsectionHeader.MARK) {
                throw new CorruptException(
                        "0x%02x where a subsection begins with 0x05".formatted(region.u8(start)),
                        start);
            }
            int nameLength = region.u8(start + SubsectionHeader.NAME_LENGTH_AT);
            region.require(start, SubsectionHeader.size(nameLength));
            byte[] expected = description.vmsdName().getBytes(StandardCharsets.UTF_8);
            byte[] found = array(start + SubsectionHeader.NAME_AT, nameLength);
            if (!java.util.Arrays.equals(found, expected)) {
                throw new CorruptException(
                        "the subsection "
                                + new String(found, StandardCharsets.UTF_8)
                                + " where the description has "
                                + description.vmsdName(),
                        start);
            }
            long version = region.u32(start + SubsectionHeader.NAME_AT + nameLength);
            NodePlace place =
                    new NodePlace(
                            node,
                            new StatePath.Subsection(name),
                            description.vmsdName(),
                            "subsection",
                            region,
                            start);
            SubsectionNode subsection =
                    new SubsectionNode(
                            place, description.vmsdName(), description.version(), version);
            count(1);
            attach.to(subsection);
            position = start + SubsectionHeader.size(nameLength);
            // QEMU reads 32 bits and uses the lowest 8.
            if (SubsectionHeader.loaded((int) version)
                    != SubsectionHeader.loaded(description.version())) {
                findings.add(
                        subsection,
                        "version "
                                + version
                                + " where the description says "
                                + description.version(),
                        position - 4);
            }
            body(subsection, description, further);
        } catch (VMStateException e) {
            findings.end(node, "/" + name, e);
            throw e;
        }
    }

    private void queue(NodePlace place, FieldDescription field, Attach attach, boolean further)
            throws VMStateException {
        long start = position;
        QueueNode queue = new QueueNode(place);
        attach.to(queue);
        try {
            for (int mark = mark(); Framing.announcesElement(mark); mark = mark()) {
                int index = queue.elements().size();
                StructDescription description = elementOf(field, index, further);
                NodePlace inside = NodePlace.element(queue, index, "element", region, position + 1);
                StructNode element =
                        new StructNode(inside, description.vmsdName(), description.version());
                limits.checkElements(index + 1L, "a queue", position);
                count(1);
                queue.add(element, mark);
                position++;
                body(element, description, further);
            }
            position++;
            queue.end();
            if (!further && queue.elements().size() != field.elements().size()) {
                throw new CorruptException(
                        "a queue of "
                                + queue.elements().size()
                                + " elements where the description has "
                                + field.elements().size(),
                        start);
            }
        } finally {
            queue.endAt(position);
        }
        checkSize(field, start, further);
    }

    /// The mark at the position. Does not move the position.
    private int mark() throws VMStateException {
        region.require(position, 1);
        return region.u8(position);
    }

    /// The description of an element. In an array that describes only its first element, a queue of
    /// another element uses the element descriptions of the first one's queue, if they are all
    /// alike.
    private StructDescription elementOf(FieldDescription field, int index, boolean further)
            throws CorruptException {
        List<StructDescription> elements = field.elements();
        if (!further && index < elements.size()) {
            return elements.get(index);
        }
        if (further && !elements.isEmpty() && alike.computeIfAbsent(field, BodyDecoder::alike)) {
            return elements.getFirst();
        }
        throw new CorruptException("an element that the description does not have", position);
    }

    private static boolean alike(FieldDescription queue) {
        StructDescription first = queue.elements().getFirst();
        return queue.elements().stream().allMatch(first::equals);
    }

    private void tree(NodePlace place, FieldDescription field, Attach attach, boolean further)
            throws VMStateException {
        long start = position;
        region.require(start, Framing.TREE_COUNT_BYTES);
        long count = region.u32(start);
        limits.checkElements(count, "a tree", start);
        int described = field.elements().size();
        boolean direct = described == count;
        if (further || (!direct && described != 2 * count)) {
            if (count != 0) {
                throw new CorruptException(
                        "a tree of "
                                + count
                                + " entries where the description has "
                                + described
                                + " keys and values",
                        start);
            }
        }
        TreeNode tree = new TreeNode(place, count);
        attach.to(tree);
        position += Framing.TREE_COUNT_BYTES;
        try {
            for (int mark = mark(); Framing.announcesElement(mark); mark = mark()) {
                if (tree.keys().size() >= count) {
                    throw new CorruptException("more entries than the tree counts", position);
                }
                entry(tree, field, mark, direct);
            }
            if (tree.keys().size() != count) {
                throw new CorruptException(
                        "the end after " + tree.keys().size() + " of " + count + " entries",
                        position);
            }
            position++;
            tree.end();
        } finally {
            tree.endAt(position);
        }
        checkSize(field, start, further);
    }

    private void entry(TreeNode tree, FieldDescription field, int mark, boolean direct)
            throws VMStateException {
        List<StructDescription> elements = field.elements();
        count(2);
        int index = tree.keys().size();
        long start = position + 1;
        if (direct) {
            region.require(start, Framing.DIRECT_KEY_BYTES);
            StatePath.Step step = new StatePath.Key(index);
            NodePlace place =
                    new NodePlace(tree, step, "key", ScalarType.UINT64.typeName(), region, start);
            tree.addKey(
                    new IntegerNode(place, Framing.DIRECT_KEY_BYTES, false, ByteOrder.BIG_ENDIAN),
                    mark);
            position = start + Framing.DIRECT_KEY_BYTES;
        } else {
            StructDescription description = elements.get(2 * index);
            StructNode key = treePart(tree, new StatePath.Key(index), "key", description, start);
            tree.addKey(key, mark);
            position = start;
            body(key, description, false);
        }
        StructDescription description = elements.get(direct ? index : 2 * index + 1);
        StructNode value =
                treePart(tree, new StatePath.Value(index), "value", description, position);
        tree.addValue(value);
        body(value, description, false);
    }

    private StructNode treePart(
            TreeNode tree,
            StatePath.Step step,
            String name,
            StructDescription description,
            long at) {
        NodePlace place = new NodePlace(tree, step, name, name, region, at);
        return new StructNode(place, description.vmsdName(), description.version());
    }

    private void text(NodePlace place, FieldDescription field, Attach attach)
            throws VMStateException {
        region.require(position, 1);
        int length = region.u8(position);
        region.require(position, 1 + length);
        String value;
        try {
            value =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(array(position + 1, length)))
                            .toString();
        } catch (CharacterCodingException e) {
            throw new CorruptException("a string that is not UTF-8", position);
        }
        if (1 + length != field.size()) {
            throw new CorruptException(
                    "a string of "
                            + (1 + length)
                            + " bytes where the description says "
                            + field.size(),
                    position);
        }
        attach.to(new TextNode(place, value, 1 + length));
        position += 1 + length;
    }

    /// Decodes a file descriptor. Its mark takes one byte that the description does not count.
    private void descriptor(NodePlace place, FieldDescription field, Attach attach)
            throws VMStateException {
        long size = Math.max(1, field.size());
        region.require(position, size);
        attach.to(new BytesNode(place, size, BytesNode.Kind.OPAQUE));
        position += size;
    }

    private byte[] array(long offset, int length) throws TruncatedException {
        region.require(offset, length);
        return region.slice(offset, length).toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    private void count(int more) throws LimitExceededException {
        nodes += more;
        if (nodes > MAX_NODES) {
            throw new LimitExceededException(
                    "a body of more than " + MAX_NODES + " values", position);
        }
    }

    /// Counts values that take no bytes, of which the size of the input does not limit the number.
    private void countEmpty(long more) throws LimitExceededException {
        if (more > 0) {
            emptyElements = FixedSize.plus(emptyElements, more);
            limits.checkEmptyElements(emptyElements, position);
        }
    }
}
