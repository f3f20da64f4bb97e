// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Count;
import org.vmstate.internal.access.FieldAccess;
import org.vmstate.internal.access.FieldLayout;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.access.QueueAccess;
import org.vmstate.internal.format.Framing;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.StateFactory;
import org.vmstate.internal.layout.StateFault;
import org.vmstate.trace.VMStateTrace;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.DescriptorPassing;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.TruncatedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Reads the elements of one field into one state.
///
/// Counts and sizes are checked against the limits, the capacity of the member and the remaining
/// input before memory is allocated or a byte is read.
final class FieldLoader {
    private final PlanLoader loader;
    private final WireReader in;
    private final FieldLayout field;
    private final FieldAccess access;
    private final Object state;
    private final int version;

    /// Creates a loader for a field of a state; `version` is the version of the body.
    FieldLoader(PlanLoader loader, WireReader in, FieldLayout field, Object state, int version) {
        this.loader = loader;
        this.in = in;
        this.field = field;
        this.access = field.access();
        this.state = state;
        this.version = version;
    }

    /// Reads the elements; `last` is true if they end the outermost body.
    @SuppressWarnings("ReferenceEquality") // the holder of a single value is the state itself
    void load(boolean last) throws IOException {
        int count = count();
        int size = size();
        VMStateTrace.nElems(field.name(), count);
        Object elements = elements(count, size);
        for (int i = 0; i < count; i++) {
            try {
                int index = field.first() + i;
                boolean isNull = field.pointers() && access.object(elements, index) == null;
                if (!isNull || isPresent(in, field.marked())) {
                    element(elements, index, size, last && i == count - 1);
                }
            } catch (Exception e) {
                if (field.count() instanceof Count.One) {
                    throw e;
                }
                throw within(e, i);
            }
        }
        if (elements != state) {
            access.loaded(state, elements);
        }
    }

    private int count() throws VMStateException {
        long count = field.count().of(state);
        if (count <= 0) {
            return 0;
        }
        in.limits().checkElements(count, "an array", in.position());
        return (int) count;
    }

    private int size() throws VMStateException {
        if (field.size() == null) {
            return 0;
        }
        long size = field.size().of(state);
        boolean bits = field.element() instanceof Element.Bitmap;
        in.limits().checkBuffer(bits ? (size + 7) / 8 : size, "a size", in.position());
        if (size > Integer.MAX_VALUE) {
            throw new LimitExceededException("a bitmap of " + size + " bits", in.position());
        }
        return (int) size;
    }

    /// Returns the holder to read the elements into: the existing one, or a newly allocated one.
    private Object elements(int count, int size) throws VMStateException {
        boolean sized = field.size() != null;
        int wanted =
                field.element() instanceof Element.Bitmap
                        ? (int) Framing.bitmapWords(size)
                        : sized ? size : count;
        if (field.allocated() && (sized || !(field.count() instanceof Count.One))) {
            if (wanted == 0) {
                return state;
            }
            checkLeft(count, size);
            return access.allocate(state, wanted);
        }
        Object elements = access.elements(state);
        if (elements == null) {
            if (wanted > 0) {
                throw refused("null where " + field.element().typeName() + " must be");
            }
            return state;
        }
        long needed =
                switch (field.element()) {
                    case Element.Bytes(int start) -> (long) start + wanted;
                    case Element.Unused _, Element.Check _ -> 0;
                    default -> (long) field.first() + wanted;
                };
        if (wanted > 0 && needed > access.room(elements)) {
            throw new LimitExceededException(
                    needed + " elements, there is room for " + access.room(elements),
                    in.position());
        }
        return elements;
    }

    /// Throws if the input has fewer bytes left than the minimum size of the elements.
    private void checkLeft(int count, int size) throws TruncatedException {
        long bytes =
                switch (field.element()) {
                    case Element.Bytes _ -> size;
                    case Element.Bitmap _ -> Framing.bitmapWords(size) * Long.BYTES;
                    case Element.Custom _ -> count;
                    case Element _ when field.marked() -> count;
                    case Element.Scalar(ScalarType type, _) -> (long) count * type.bytes();
                    case Element.Struct _ -> count * field.inner().minimumBytes();
                    default -> 0;
                };
        OptionalLong left = in.remaining();
        if (left.isPresent() && bytes > left.getAsLong()) {
            throw new TruncatedException(
                    bytes + " bytes are needed, " + left.getAsLong() + " are left", in.position());
        }
    }

    /// Reads the marker of an element and returns whether the element follows. An element can
    /// follow only if all elements are `marked`.
    static boolean isPresent(WireReader in, boolean marked) throws IOException {
        long start = in.position();
        int marker = in.u8();
        if (marker == Framing.POINTER_PRESENT && marked) {
            return true;
        }
        if (marker != Framing.NULL_POINTER) {
            throw new CorruptException(
                    "byte 0x%02x where a null element is marked by 0x%02x"
                            .formatted(marker, Framing.NULL_POINTER),
                    start);
        }
        return false;
    }

    @SuppressWarnings("ReferenceEquality") // the codec may return `current`
    private void element(Object elements, int index, int size, boolean last) throws IOException {
        switch (field.element()) {
            case Element.Scalar(ScalarType type, var hint) -> {
                if (access.isNullPointer(elements, index)) {
                    throw refused("null where " + type.typeName() + " must be");
                }
                long start = in.position();
                long value = scalar(type, hint, elements, index);
                try {
                    access.number(elements, index, value);
                } catch (Exception e) {
                    throw Refusals.refusal(e, start, "");
                }
            }
            case Element.Bytes(int start) -> {
                if (size > 0) {
                    access.load(elements, start, size, in);
                }
            }
            case Element.Bitmap _ -> {
                for (int word = 0; word < Framing.bitmapWords(size); word++) {
                    access.number(elements, word, in.int64());
                }
            }
            case Element.Unused(int bytes) -> in.skip(bytes);
            case Element.Struct(_, var made) ->
                    struct(elements, index, field.inner().version(), made, last);
            case Element.VersionedStruct struct ->
                    struct(elements, index, struct.version(version), null, last);
            case Element.Temporary(_, var ofParent) ->
                    loader.body(field.inner(), ofParent.apply(state), 0, last);
            case Element.Queue queue -> {
                Object target = object(elements, index);
                queue(queue, target);
                access.filled(elements, index, target);
            }
            case Element.Tree tree -> {
                Object target = object(elements, index);
                tree(tree, target);
                access.filled(elements, index, target);
            }
            case Element.Custom(_, var codec, _) -> {
                Object current = access.object(elements, index);
                Object value = codec.load(in, current);
                if (value != current) {
                    access.object(elements, index, value);
                } else if (value != null) {
                    access.filled(elements, index, value);
                }
            }
            case Element.Check _ -> {}
        }
    }

    private Object object(Object elements, int index) throws VMStateException {
        Object object = access.object(elements, index);
        if (object == null) {
            throw refused("null where " + field.element().typeName() + " must be");
        }
        return object;
    }

    private void struct(
            Object elements, int index, int version, @Nullable StateFactory made, boolean last)
            throws IOException {
        Layout inner = field.inner();
        Object draft = inner.form().draft();
        if (draft != null) {
            access.object(elements, index, loader.body(inner, draft, version, last));
        } else if (field.allocated() && made != null) {
            Object target = StateFault.made(made.make(), inner.form().type());
            access.object(elements, index, loader.body(inner, target, version, last));
        } else {
            Object target = object(elements, index);
            loader.body(inner, target, version, last);
            access.filled(elements, index, target);
        }
    }

    private long scalar(ScalarType type, @Nullable String hint, Object elements, int index)
            throws IOException {
        long start = in.position();
        if (type == ScalarType.FD) {
            DescriptorPassing passing = DescriptorPassing.ofThisLoad(start);
            in.skip(1);
            return passing.receive();
        }
        long value =
                type.interpret(
                        switch (type.bytes()) {
                            case 1 -> in.int8();
                            case 2 -> in.int16();
                            case 4 -> in.int32();
                            default -> in.int64();
                        });
        if (type == ScalarType.BOOL) {
            return value != 0 ? 1 : 0;
        }
        if (type.check() != ScalarType.Check.NONE) {
            check(type, hint, value, type.interpret(access.number(elements, index)), start);
        }
        return value;
    }

    private static void check(
            ScalarType type, @Nullable String hint, long value, long current, long start)
            throws RefusedException {
        if (type.check() == ScalarType.Check.EQUAL && value != current) {
            throw new RefusedException(
                    Long.toHexString(current)
                            + " != "
                            + Long.toHexString(value)
                            + (hint == null ? "" : ", " + hint),
                    start);
        }
        if (type.check() == ScalarType.Check.FROM_ZERO_TO_CURRENT
                && (value < 0 || value > current)) {
            throw new RefusedException(
                    "value " + value + ", expecting one from 0 to " + current, start);
        }
    }

    private void queue(Element.Queue element, Object queue) throws IOException {
        Layout inner = field.inner();
        QueueAccess elements = access.queue();
        Trace.getQueue(element, field.name(), field.since());
        PlanLoader.checkVersion(inner, field.since(), in.position());
        List<Object> loaded = new ArrayList<>();
        int count = 0;
        while (Framing.announcesElement(in.u8())) {
            in.limits().checkElements(count + 1L, "a queue", in.position());
            try {
                Object draft = inner.form().draft();
                Object target =
                        draft != null
                                ? draft
                                : StateFault.made(elements.make(), inner.form().type());
                Object one = loader.body(inner, target, field.since());
                if (element.list()) {
                    loaded.add(one);
                } else {
                    elements.append(queue, one);
                }
            } catch (Exception e) {
                throw within(e, count);
            }
            count++;
        }
        if (loaded.size() > 1) {
            elements.clear(queue);
        }
        loaded.reversed().forEach(one -> elements.prepend(queue, one));
        Trace.getQueueEnd(element, field.name());
    }

    private void tree(Element.Tree element, Object tree) throws IOException {
        @SuppressWarnings("unchecked")
        SortedMap<Object, Object> map =
                (SortedMap<Object, Object>) StateFault.state(tree, SortedMap.class);
        long start = in.position();
        Layout keyLayout = field.keys();
        if (keyLayout != null) {
            PlanLoader.checkVersion(keyLayout, field.since(), start);
        }
        PlanLoader.checkVersion(field.values(), field.since(), start);
        long nodes = in.u32();
        Trace.getTree(field.name(), element, nodes);
        in.limits().checkElements(nodes, "a tree", start);
        long count = 0;
        while (Framing.announcesElement(in.u8())) {
            if (++count > nodes) {
                throw mismatch(nodes, count, start);
            }
            try {
                Element.Tree.BodyType keys = element.key();
                Object key =
                        keys == null ? (Object) in.int64() : part(field.nested().getFirst(), keys);
                map.put(key, part(field.values(), element.value()));
            } catch (Exception e) {
                throw within(e, count - 1);
            }
        }
        if (count != nodes) {
            throw mismatch(nodes, count, start);
        }
        Trace.getTreeEnd(field.name(), element);
    }

    private Object part(Layout inner, Element.Tree.BodyType part) throws IOException {
        Object draft = inner.form().draft();
        StateFactory made = part.made();
        Object target =
                draft != null
                        ? draft
                        : StateFault.made(made == null ? null : made.make(), inner.form().type());
        return loader.body(inner, target, field.since());
    }

    /// Returns the error for a tree whose count differs from its number of nodes.
    static CorruptException mismatch(long nodes, long count, long start) {
        return new CorruptException(
                "a tree of " + nodes + " nodes has " + (count > nodes ? "more" : count), start);
    }

    private IOException within(Exception thrown, long index) {
        return Refusals.within(thrown, in.position(), "[" + index + "]");
    }

    private RefusedException refused(String detail) {
        return new RefusedException(detail, in.position());
    }
}
