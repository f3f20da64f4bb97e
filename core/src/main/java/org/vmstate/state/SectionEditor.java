// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.format.Framing;
import org.vmstate.internal.format.SubsectionHeader;
import org.vmstate.state.EntryChange.Inside;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// Changes the state in one section: its body and its entry in the stream's description. Does not
/// need a declaration of the device in Java.
///
/// ```java
/// SectionEditor spapr = new SectionEditor(body, offset, entry, ReadLimits.DEFAULT);
/// spapr.set("spapr/spapr_pending_events.pending_events[0].summary", 0x63);
/// spapr.remove("/spapr_pending_events.pending_events[1]");
/// ```
///
/// Values are addressed by the text of a [StatePath], with its section or, beginning with `.` or
/// `/`, without it. A change is applied to the result of the earlier changes; indexes refer to that
/// result.
///
/// The result is what QEMU would write: the sizes of all enclosing entries of the description, the
/// repeated keys of queue elements, the count of a tree, the header and the list of subsections are
/// updated. Facts that are not in the stream are not guessed:
///
/// - The number of an array's elements or of a buffer's bytes may be stored in another field. The
///   length changes only if the call specifies that field. Its value is checked and updated.
/// - A field that counts something can be set like any other; a device may then interpret the
///   fields after it differently.
/// - Only the device knows the order of its subsections and of a tree's keys: the caller specifies
///   the index.
/// - The types of elements that an empty queue can contain are not known.
/// - If the description contradicts the section, values can be set, but nothing can be added or
///   removed.
///
/// A call that cannot be carried out throws an [IllegalArgumentException] with the path and the
/// alternatives, and changes nothing. Not safe for use by several threads.
public final class SectionEditor {
    private final EditedSection edited;

    /// Creates an editor of a section; copies the bytes.
    ///
    /// Throws a [VMStateException] if the entry does not describe a device. A description that
    /// contradicts the bytes is not an error here: see [DecodedSection#findings()].
    ///
    /// @param body the bytes between the section's header and footer
    /// @param offset the absolute offset of the first byte
    /// @param entry the section's entry in the stream's description; see
    ///   [org.vmstate.vmdesc.VmDescription#entries()]
    public SectionEditor(MemorySegment body, long offset, JsonObject entry, ReadLimits limits)
            throws VMStateException {
        if (body.byteSize() > Integer.MAX_VALUE - Long.BYTES) {
            throw new LimitExceededException(
                    "a section of " + body.byteSize() + " bytes is too large to be edited", offset);
        }
        this.edited = new EditedSection(body, offset, entry, limits);
    }

    /// The section after all changes.
    public DecodedSection section() {
        return edited.section();
    }

    /// The body after all changes.
    public byte[] body() {
        return edited.body();
    }

    /// The entry of the description after all changes.
    public JsonObject entry() {
        return edited.entry();
    }

    /// Whether anything was changed.
    public boolean changed() {
        return edited.changed();
    }

    /// Sets an integer or a timer's expiry.
    public SectionEditor set(String path, long value) {
        return set(path, BigInteger.valueOf(value));
    }

    /// Sets an integer or a timer's expiry; needed for unsigned 64-bit numbers beyond
    /// [Long#MAX_VALUE].
    public SectionEditor set(String path, BigInteger value) {
        StateNode node = edited.at(path);
        if (!(node instanceof IntegerNode) && !(node instanceof TimerNode)) {
            throw LeafValues.wrongKind(node, "an integer");
        }
        edited.put(node, LeafValues.integer(node, value));
        return this;
    }

    /// Sets a boolean.
    public SectionEditor set(String path, boolean value) {
        StateNode node = edited.at(path);
        if (!(node instanceof BoolNode)) {
            throw LeafValues.wrongKind(node, "a truth value");
        }
        edited.put(node, new byte[] {(byte) (value ? 1 : 0)});
        return this;
    }

    /// Sets a floating-point number.
    public SectionEditor set(String path, double value) {
        StateNode node = edited.at(path);
        if (!(node instanceof FloatNode)) {
            throw LeafValues.wrongKind(node, "a floating-point number");
        }
        edited.put(
                node,
                ByteBuffer.allocate(Double.BYTES)
                        .putLong(Double.doubleToRawLongBits(value))
                        .array());
        return this;
    }

    /// Sets a bitmap.
    public SectionEditor set(String path, BitSet value) {
        StateNode node = edited.at(path);
        if (!(node instanceof BitmapNode bitmap)
                || value.length() > (long) bitmap.words() * Long.SIZE) {
            throw LeafValues.wrongKind(node, "a bitmap of " + value.length() + " bits");
        }
        ByteBuffer words = ByteBuffer.allocate(bitmap.words() * Long.BYTES);
        for (long word : value.toLongArray()) {
            words.putLong(word);
        }
        edited.put(node, words.array());
        return this;
    }

    /// Sets a counted string. Its length may change.
    public SectionEditor set(String path, String text) {
        StateNode node = edited.at(path);
        byte[] utf8 = text.getBytes(UTF_8);
        if (!(node instanceof TextNode) || utf8.length > 255) {
            throw LeafValues.wrongKind(node, "a text of " + utf8.length + " bytes");
        }
        byte[] bytes = new byte[1 + utf8.length];
        bytes[0] = (byte) utf8.length;
        System.arraycopy(utf8, 0, bytes, 1, utf8.length);
        edited.resize(node, bytes, null);
        return this;
    }

    /// Sets the bytes of a value that has no children: a buffer, or the encoding of a number. The
    /// length must not change, except for the state of an old-style device, which is not described
    /// by fields.
    public SectionEditor set(String path, byte[] bytes) {
        StateNode node = edited.at(path);
        boolean whole =
                edited.device().oldStyle() && node.length() == edited.section().root().length();
        if (!LeafValues.takesBytes(node) || (bytes.length != node.length() && !whole)) {
            throw LeafValues.wrongKind(node, bytes.length + " bytes");
        }
        if (bytes.length == node.length()) {
            edited.put(node, bytes.clone());
        } else {
            edited.resize(node, bytes.clone(), null);
        }
        return this;
    }

    /// Sets the content of a buffer, with any length.
    ///
    /// @param count the path of the integer that contains the number of the buffer's bytes; it is
    ///   updated
    public SectionEditor set(String path, byte[] bytes, String count) {
        StateNode node = edited.at(path);
        if (!(node instanceof BytesNode buffer) || buffer.kind() != BytesNode.Kind.BUFFER) {
            throw LeafValues.wrongKind(node, bytes.length + " bytes");
        }
        edited.resize(node, bytes.clone(), counted(count, node.length(), bytes.length, node));
        return this;
    }

    /// Sets a value given as text, as [LeafText] describes it.
    public SectionEditor assign(String path, String text) {
        StateNode node = edited.at(path);
        byte[] bytes = LeafText.parse(node, text);
        if (node instanceof TextNode) {
            edited.resize(node, bytes, null);
            return this;
        }
        return set(path, bytes);
    }

    /// Removes a field of the section, or of a structure in it, and all fields after it in the same
    /// structure: what newer versions of a device added.
    public SectionEditor removeFieldsFrom(String path) {
        StateNode node = edited.current(path);
        StructNode struct = structOf(node);
        return removeFields(struct, struct.fields().indexOf(node), struct.fields().size());
    }

    /// Removes a field of the section, or of a structure in it. A destination that reads this field
    /// cannot load the result.
    public SectionEditor removeField(String path) {
        StateNode node = edited.current(path);
        StructNode struct = structOf(node);
        int index = struct.fields().indexOf(node);
        return removeFields(struct, index, index + 1);
    }

    private SectionEditor removeFields(StructNode struct, int from, int to) {
        edited.requireSound();
        StateNode first = struct.fields().get(from);
        StateNode last = struct.fields().get(to - 1);
        Splice out = cut(first.offset(), last.offset() + last.length() - first.offset());
        edited.restructure(struct, List.of(out), from - to, Inside.fields(from, to, List::clear));
        return this;
    }

    /// The structure that a field belongs to.
    private static StructNode structOf(StateNode field) {
        if (field.parent().orElse(null) instanceof StructNode struct
                && !(field instanceof SubsectionNode)) {
            return struct;
        }
        throw new IllegalArgumentException(field.path().plain() + " is not a field of a structure");
    }

    /// Sets the version of the section's fields in the description. The version in the header of
    /// the section is set by [org.vmstate.inspect.MachineEdit].
    public SectionEditor version(long versionId) {
        edited.version(versionId);
        return this;
    }

    /// Removes an element of a queue or list, an entry of a tree (by the path of its key or value),
    /// or a subsection.
    public SectionEditor remove(String path) {
        return removeAt(path, null);
    }

    /// Removes an element of an array. The last remaining one cannot be removed. An array of one
    /// element is described like a single value, so that it cannot be recognised as an array.
    ///
    /// @param count the path of the integer that contains the number of the array's elements; it is
    ///   updated
    public SectionEditor remove(String path, String count) {
        return removeAt(path, Objects.requireNonNull(count));
    }

    private SectionEditor removeAt(String path, @Nullable String count) {
        StateNode node = edited.current(path);
        edited.requireSound();
        StateNode parent = node.parent().orElse(null);
        if (count != null && !(parent instanceof ArrayNode)) {
            throw new IllegalArgumentException(
                    node.path().plain() + " is not an element of an array");
        }
        switch (parent) {
            case QueueNode queue -> {
                int index = queue.elements().indexOf(node);
                Splice out = cut(node.offset() - 1, 1 + node.length());
                edited.restructure(queue, List.of(out), -1, Inside.groupsWithout(index, 1));
            }
            case TreeNode tree -> {
                int index = index(node);
                StateNode key = tree.keys().get(index);
                long length = key.length() + tree.entries().get(index).value().length();
                List<Splice> splices =
                        List.of(treeCount(tree, -1), cut(key.offset() - 1, 1 + length));
                boolean direct = key instanceof IntegerNode;
                Inside groups =
                        direct
                                ? Inside.groupsWithout(index, 1)
                                : Inside.groupsWithout(2 * index, 2);
                edited.restructure(tree, splices, -2, groups);
            }
            case StructNode struct when node instanceof SubsectionNode subsection -> {
                int index = struct.subsections().indexOf(subsection);
                List<Splice> out = List.of(cut(node.offset(), node.length()));
                edited.restructure(struct, out, -1, Inside.subsections(list -> list.remove(index)));
            }
            case CompositeNode composite when node instanceof SubsectionNode -> {
                List<Splice> out = List.of(cut(node.offset(), node.length()));
                edited.restructure(composite, out, -1, EntryChange.SIZES_ONLY);
            }
            case ArrayNode array when count != null -> {
                int index = index(node);
                refuseMarks(array);
                Splice counter = counted(count, array.size(), array.size() - 1L, array);
                List<Splice> splices = List.of(counter, cut(node.offset(), node.length()));
                Inside entries =
                        Inside.entries(
                                (list, run) ->
                                        new ArrayEntries(list, run, array.path().plain())
                                                .without(index));
                edited.restructure(array, splices, -1, entries);
            }
            case ArrayNode array ->
                    throw new IllegalArgumentException(
                            node.path().plain()
                                    + " is an element of an array: the field that counts the"
                                    + " elements of "
                                    + array.path().plain()
                                    + " has to be named");
            case null, default ->
                    throw new IllegalArgumentException(
                            node.path().plain()
                                    + " cannot be removed: only elements of queues, lists, trees"
                                    + " and counted arrays and subsections can");
        }
        return this;
    }

    /// Inserts a copied part: an element into a queue or list, an entry into a tree, a field into a
    /// structure, or a subsection into a structure, after its fields.
    ///
    /// @param path the path of the queue, list, tree or structure; empty for the section itself
    /// @param index the index of the new part; for a subsection that among the subsections, for a
    ///   field that among the fields
    public SectionEditor insert(String path, int index, StatePart part) {
        StateNode node = edited.current(path);
        edited.requireSound();
        switch (node) {
            case QueueNode queue -> {
                require(part, StatePart.Kind.QUEUE_ELEMENT, node);
                requireAlike(part, queue.elements(), node);
                checkIndex(index, queue.elements().size(), node);
                long at = markBefore(queue.elements(), index, queue);
                List<Splice> in = List.of(element(at, part));
                edited.restructure(queue, in, 1, Inside.groupsWith(index, part.described()));
            }
            case TreeNode tree -> {
                require(part, StatePart.Kind.TREE_ENTRY, node);
                requireAlike(
                        part, tree.entries().stream().map(TreeNode.Entry::value).toList(), node);
                checkIndex(index, tree.keys().size(), node);
                long at = markBefore(tree.keys(), index, tree);
                int perEntry = Math.max(1, part.described().size());
                List<Splice> in = List.of(treeCount(tree, 1), element(at, part));
                edited.restructure(
                        tree, in, 2, Inside.groupsWith(perEntry * index, part.described()));
            }
            case StructNode struct when part.kind() == StatePart.Kind.FIELD -> {
                checkIndex(index, struct.fields().size(), struct);
                long at =
                        index < struct.fields().size()
                                ? struct.fields().get(index).offset()
                                : endOfFields(struct);
                Splice in = new Splice(edited.place(at), 0, part.bytes());
                Inside described =
                        Inside.fields(index, index, list -> list.addAll(part.described()));
                edited.restructure(struct, List.of(in), 1, described);
            }
            case StructNode struct -> insertSubsection(struct, index, part);
            case ArrayNode array ->
                    throw new IllegalArgumentException(
                            array.path().plain()
                                    + " is an array: the field that counts its elements has to be"
                                    + " named");
            default ->
                    throw new IllegalArgumentException(
                            node.path().plain() + " is a " + node.type() + " and holds no parts");
        }
        return this;
    }

    private static long endOfFields(StructNode struct) {
        if (struct.fields().isEmpty()) {
            return struct.subsections().isEmpty()
                    ? struct.offset() + struct.length()
                    : struct.subsections().getFirst().offset();
        }
        StateNode last = struct.fields().getLast();
        return last.offset() + last.length();
    }

    private void insertSubsection(StructNode struct, int index, StatePart part) {
        require(part, StatePart.Kind.SUBSECTION, struct);
        checkIndex(index, struct.subsections().size(), struct);
        if (!SubsectionHeader.belongsTo(part.name(), struct.vmsdName())) {
            throw new IllegalArgumentException(
                    struct.path().plain()
                            + " is a "
                            + struct.vmsdName()
                            + ", which does not look for a subsection "
                            + part.name());
        }
        if (struct.subsections().stream().anyMatch(s -> s.vmsdName().equals(part.name()))) {
            throw new IllegalArgumentException(
                    struct.path().plain() + " has the subsection " + part.name() + " already");
        }
        long at =
                index < struct.subsections().size()
                        ? struct.subsections().get(index).offset()
                        : struct.offset() + struct.length();
        Splice in = new Splice(edited.place(at), 0, part.bytes());
        Inside described = Inside.subsections(list -> list.add(index, part.described().getFirst()));
        edited.restructure(struct, List.of(in), 1, described);
    }

    /// Inserts a copied element into an array.
    ///
    /// @param path the path of the array
    /// @param index the index of the new element
    /// @param count the path of the integer that contains the number of the array's elements; it is
    ///   updated
    public SectionEditor insert(String path, int index, StatePart part, String count) {
        StateNode node = edited.current(path);
        edited.requireSound();
        if (!(node instanceof ArrayNode array)) {
            throw new IllegalArgumentException(
                    node.path().plain()
                            + " is not described as an array; if it is one of a single element,"
                            + " nothing shows how several would be described");
        }
        require(part, StatePart.Kind.ARRAY_ELEMENT, node);
        checkIndex(index, array.size(), node);
        refuseMarks(array);
        long at =
                index < array.size()
                        ? array.elements().get(index).offset()
                        : array.offset() + array.length();
        Splice counter = counted(count, array.size(), array.size() + 1L, array);
        List<Splice> splices = List.of(counter, new Splice(edited.place(at), 0, part.bytes()));
        Inside entries =
                Inside.entries(
                        (list, run) ->
                                new ArrayEntries(list, run, array.path().plain())
                                        .with(index, part.described()));
        edited.restructure(array, splices, 1, entries);
        return this;
    }

    /// Copies an element of a queue, list or array, an entry of a tree (by the path of its key or
    /// value), a subsection, or a field, for insertion into this section or another one.
    public StatePart copy(String path) {
        edited.requireSound();
        StateNode node = edited.current(path);
        StateNode parent = node.parent().orElse(null);
        List<JsonObject> found = new ArrayList<>();
        return switch (parent) {
            case QueueNode queue -> {
                int index = queue.elements().indexOf(node);
                edited.look(
                        queue, Inside.groups(list -> found.addAll(list.subList(index, index + 1))));
                yield part(StatePart.Kind.QUEUE_ELEMENT, node, node.length(), node, found);
            }
            case TreeNode tree -> {
                int index = index(node);
                StateNode key = tree.keys().get(index);
                StructNode value = tree.entries().get(index).value();
                int per = key instanceof IntegerNode ? 1 : 2;
                int from = per * index;
                edited.look(
                        tree, Inside.groups(list -> found.addAll(list.subList(from, from + per))));
                long length = key.length() + value.length();
                yield part(StatePart.Kind.TREE_ENTRY, key, length, value, found);
            }
            case ArrayNode array -> {
                int index = index(node);
                refuseMarks(array);
                String name = array.path().plain();
                edited.look(
                        array,
                        Inside.entries(
                                (list, run) -> {
                                    found.add(new ArrayEntries(list, run, name).at(index));
                                    return list;
                                }));
                yield part(StatePart.Kind.ARRAY_ELEMENT, node, node.length(), node, found);
            }
            case StructNode struct when node instanceof SubsectionNode subsection -> {
                int index = struct.subsections().indexOf(subsection);
                edited.look(struct, Inside.subsections(list -> found.add(list.get(index))));
                yield part(StatePart.Kind.SUBSECTION, node, node.length(), node, found);
            }
            case StructNode struct -> {
                int index = struct.fields().indexOf(node);
                edited.look(struct, Inside.fields(index, index + 1, found::addAll));
                yield part(StatePart.Kind.FIELD, node, node.length(), node, found);
            }
            case null, default ->
                    throw new IllegalArgumentException(
                            node.path().plain()
                                    + " cannot be copied: only elements of queues, lists, trees and"
                                    + " arrays, subsections and fields can");
        };
    }

    private StatePart part(
            StatePart.Kind kind,
            StateNode first,
            long length,
            StateNode named,
            List<JsonObject> described) {
        if (described.isEmpty() && EditedSection.composite(first) == null) {
            throw new IllegalArgumentException(
                    named.path().plain()
                            + " is described by the first element of its array; copy from there");
        }
        byte[] bytes = edited.bytes(first.offset(), length);
        return named instanceof StructNode struct
                ? new StatePart(kind, struct.vmsdName(), struct.version(), bytes, described)
                : new StatePart(kind, named.type(), 0, bytes, described);
    }

    /// The index in the last step of the path of an element, key or value.
    private static int index(StateNode node) {
        return switch (node.step()) {
            case StatePath.Index(int index) -> index;
            case StatePath.Key(int index) -> index;
            case StatePath.Value(int index) -> index;
            default -> throw new IllegalStateException("no index: " + node);
        };
    }

    private Splice cut(long at, long length) {
        return new Splice(edited.place(at), Math.toIntExact(length), new byte[0]);
    }

    /// The insertion of an element of a queue or tree, with its mark.
    private Splice element(long at, StatePart part) {
        byte[] marked = new byte[1 + part.bytes().length];
        marked[0] = Framing.ELEMENT;
        System.arraycopy(part.bytes(), 0, marked, 1, marked.length - 1);
        return new Splice(edited.place(at), 0, marked);
    }

    private Splice treeCount(TreeNode tree, int more) {
        byte[] count = ByteBuffer.allocate(4).putInt(Math.toIntExact(tree.count()) + more).array();
        return new Splice(edited.place(tree.offset()), count.length, count);
    }

    /// The offset of the mark of an element, or of the end mark.
    private static long markBefore(List<? extends StateNode> elements, int index, StateNode in) {
        return (index < elements.size() ? elements.get(index).offset() : in.offset() + in.length())
                - 1;
    }

    /// The change of a field that counts something.
    private Splice counted(String path, long before, long after, StateNode what) {
        StateNode node = edited.current(path);
        if (!(node instanceof IntegerNode integer)
                || !integer.exact().equals(BigInteger.valueOf(before))) {
            throw new IllegalArgumentException(
                    node.path().plain()
                            + " does not count "
                            + what.path().plain()
                            + ", of which there are "
                            + before
                            + (node instanceof IntegerNode number
                                    ? ": it is " + number.exact()
                                    : ""));
        }
        byte[] bytes = LeafValues.integer(node, BigInteger.valueOf(after));
        return new Splice(edited.place(node.offset()), bytes.length, bytes);
    }

    private static void checkIndex(int index, int size, StateNode node) {
        if (index < 0 || index > size) {
            throw new IllegalArgumentException(
                    node.path().plain() + " takes an index from 0 to " + size + ", not " + index);
        }
    }

    private static void require(StatePart part, StatePart.Kind kind, StateNode node) {
        if (part.kind() != kind
                || (part.described().isEmpty() && EditedSection.composite(node) == null)) {
            throw new IllegalArgumentException(
                    node.path().plain() + " (" + node.type() + ") cannot hold " + part);
        }
    }

    private static void requireAlike(StatePart part, List<StructNode> elements, StateNode node) {
        for (StructNode element : elements) {
            if (!element.vmsdName().equals(part.name()) || element.version() != part.version()) {
                throw new IllegalArgumentException(
                        "%s holds %s (version %d), not %s (version %d)"
                                .formatted(
                                        node.path().plain(),
                                        element.vmsdName(),
                                        element.version(),
                                        part.name(),
                                        part.version()));
            }
        }
    }

    private static void refuseMarks(ArrayNode array) {
        for (int i = 0; i < array.size(); i++) {
            if (array.marked(i)) {
                throw new IllegalArgumentException(
                        array.path().plain()
                                + " is an array of pointers with marks; its elements can be"
                                + " changed, not added, removed or copied");
            }
        }
    }
}
