// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Count;
import org.vmstate.internal.access.FieldAccess;
import org.vmstate.internal.access.FieldLayout;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.access.QueueAccess;
import org.vmstate.internal.format.DescriptionKeys;
import org.vmstate.internal.format.Framing;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.StateFault;
import org.vmstate.trace.VMStateTrace;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.DescriptorPassing;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// Writes the elements of one field of one state, and their entries in the description.
///
/// ```
/// entry := {name, [array_len | index], type, [struct: {body}] | body*, size}
/// ```
///
/// An array has one entry with `array_len` if its elements cannot differ in shape, otherwise one
/// entry per element with `index`. In an array of pointers, each run of null or non-null elements
/// has its own entry. Two peculiarities of QEMU's numbers are preserved: the first run of non-null
/// elements has the length of the whole array, and an entry for only the last element has no
/// number.
final class FieldSaver {
    private final PlanSaver saver;
    private final WireWriter out;
    private final Layout layout;
    private final FieldLayout field;
    private final FieldAccess access;
    private final Object state;
    private final int version;

    /// Creates a saver for a field of a state; `version` is the version of the body.
    FieldSaver(
            PlanSaver saver,
            WireWriter out,
            Layout layout,
            FieldLayout field,
            Object state,
            int version) {
        this.saver = saver;
        this.out = out;
        this.layout = layout;
        this.field = field;
        this.access = field.access();
        this.state = state;
        this.version = version;
    }

    void save(@Nullable VmDescWriter vmdesc) throws IOException {
        int count = count();
        VMStateTrace.nElems(field.name(), count);
        VMStateTrace.saveStateLoop(layout.name(), field.name(), count);
        int size = size();
        Object elements = access.elements(state);
        if (elements == null) {
            if (count > 0 && (field.size() == null || size > 0)) {
                throw PlanSaver.refused("null where " + field.element().typeName() + " must be");
            }
            elements = state;
        } else {
            checkRoom(elements, count, size);
        }
        VmDescWriter described = vmdesc;
        boolean previousNull = false;
        for (int i = 0; i < count; i++) {
            int left = count - i;
            boolean isNull = field.pointers() && isNull(elements, i);
            if (field.marked()) {
                marker(isNull, vmdesc);
                if (isNull) {
                    continue;
                }
                left = 1;
            }
            if (vmdesc != null && field.pointers() && !field.marked() && isNull != previousNull) {
                previousNull = isNull;
                described = vmdesc;
                left = run(elements, i, count, isNull);
            }
            if (described != null) {
                startEntry(described, field, isNull, i, left);
            }
            long before = out.position();
            try {
                if (isNull) {
                    out.u8(Framing.NULL_POINTER);
                } else {
                    element(elements, i, size, described);
                }
            } catch (Exception e) {
                if (field.count() instanceof Count.One) {
                    throw e;
                }
                throw within(e, i);
            }
            if (described != null) {
                endEntry(described, field, isNull, out.position() - before);
                if (field.compressible()) {
                    described = null;
                }
            }
        }
    }

    private static IOException within(Exception thrown, int index) {
        return Refusals.within(thrown, VMStateException.NO_OFFSET, "[" + index + "]");
    }

    private int count() throws VMStateException {
        long count = field.count().of(state);
        if (count > Integer.MAX_VALUE) {
            throw PlanSaver.refused("a count of " + count + " elements");
        }
        return (int) Math.max(count, 0);
    }

    private int size() throws VMStateException {
        if (field.size() == null) {
            return 0;
        }
        long size = field.size().of(state);
        if (size < 0 || size > Integer.MAX_VALUE) {
            throw PlanSaver.refused("a size of " + size);
        }
        return (int) size;
    }

    private void checkRoom(Object elements, int count, int size) throws VMStateException {
        long needed =
                switch (field.element()) {
                    case Element.Bytes(int start) -> size == 0 ? 0 : (long) start + size;
                    case Element.Bitmap _ -> Framing.bitmapWords(size);
                    case Element.Unused _, Element.Check _ -> 0;
                    default -> count == 0 ? 0 : (long) field.first() + count;
                };
        long room = access.room(elements);
        if (needed > room) {
            throw PlanSaver.refused(needed + " elements are to be saved, there are " + room);
        }
    }

    private boolean isNull(Object elements, int i) {
        return access.object(elements, field.first() + i) == null;
    }

    private int run(Object elements, int from, int count, boolean isNull) {
        int end = from + 1;
        while (end < count && isNull(elements, end) == isNull) {
            end++;
        }
        return end - from;
    }

    private void marker(boolean isNull, @Nullable VmDescWriter vmdesc) throws IOException {
        out.u8(isNull ? Framing.NULL_POINTER : Framing.POINTER_PRESENT);
        if (vmdesc != null) {
            vmdesc.startObject().string(DescriptionKeys.NAME, field.describedNullName());
            vmdesc.string(DescriptionKeys.TYPE, TypeNames.POINTER_MARKER);
            vmdesc.number(DescriptionKeys.SIZE, 1).endObject();
        }
    }

    /// Begins the entry of an element, or of the first of `left` elements.
    static void startEntry(
            VmDescWriter vmdesc, FieldLayout field, boolean isNull, int index, int left) {
        vmdesc.startObject();
        vmdesc.string(
                DescriptionKeys.NAME, isNull ? field.describedNullName() : field.describedName());
        if (left > 1) {
            if (isNull || field.compressible()) {
                vmdesc.number(DescriptionKeys.ARRAY_LENGTH, left);
            } else {
                vmdesc.number(DescriptionKeys.INDEX, index);
            }
        }
        vmdesc.string(
                DescriptionKeys.TYPE, isNull ? TypeNames.NULL_POINTER : field.element().typeName());
        if (!isNull && field.element() instanceof Element.Struct) {
            vmdesc.startObject(DescriptionKeys.STRUCT);
        }
    }

    /// Ends the entry of an element of `written` bytes.
    static void endEntry(VmDescWriter vmdesc, FieldLayout field, boolean isNull, long written) {
        if (!isNull && field.element() instanceof Element.Struct) {
            vmdesc.endObject();
        }
        boolean counted =
                !(field.element() instanceof Element.Scalar(ScalarType type, _))
                        || type != ScalarType.FD;
        vmdesc.number(DescriptionKeys.SIZE, counted || isNull ? written : 0).endObject();
    }

    private void element(Object elements, int i, int size, @Nullable VmDescWriter vmdesc)
            throws IOException {
        int index = field.first() + i;
        switch (field.element()) {
            case Element.Scalar(ScalarType type, _) -> {
                if (access.isNullPointer(elements, index)) {
                    throw PlanSaver.refused("null where " + type.typeName() + " must be");
                }
                scalar(type, access.number(elements, index));
            }
            case Element.Bytes(int start) -> {
                if (size > 0) {
                    access.save(elements, start, size, out);
                }
            }
            case Element.Bitmap _ -> {
                for (int word = 0; word < Framing.bitmapWords(size); word++) {
                    out.int64(access.number(elements, word));
                }
            }
            case Element.Unused(int bytes) -> out.zeros(bytes);
            case Element.Struct _ -> {
                Layout inner = field.inner();
                saver.body(inner, object(elements, index), inner.version(), vmdesc);
            }
            case Element.VersionedStruct struct ->
                    saver.body(
                            field.inner(),
                            object(elements, index),
                            struct.version(version),
                            vmdesc);
            case Element.Temporary(_, var ofParent) -> {
                Layout inner = field.inner();
                saver.body(inner, ofParent.apply(state), inner.version(), vmdesc);
            }
            case Element.Queue queue -> queue(queue, object(elements, index), vmdesc);
            case Element.Tree tree -> tree(tree, object(elements, index), vmdesc);
            case Element.Custom(_, var codec, _) ->
                    codec.save(out, access.object(elements, index), vmdesc);
            case Element.Check _ -> {}
        }
    }

    private Object object(Object elements, int index) throws VMStateException {
        Object object = access.object(elements, index);
        if (object == null) {
            throw PlanSaver.refused("null where " + field.element().typeName() + " must be");
        }
        return object;
    }

    private void scalar(ScalarType type, long value) throws IOException {
        if (type == ScalarType.FD) {
            DescriptorPassing.ofThisSave().send(out, (int) value);
            return;
        }
        if (!type.holds(value)) {
            throw PlanSaver.refused(value + " does not fit " + type.typeName());
        }
        switch (type.bytes()) {
            case 1 -> out.int8((byte) value);
            case 2 -> out.int16((short) value);
            case 4 -> out.int32((int) value);
            default -> out.int64(value);
        }
    }

    private void queue(Element.Queue element, Object queue, @Nullable VmDescWriter vmdesc)
            throws IOException {
        Layout inner = field.inner();
        QueueAccess elements = access.queue();
        Trace.putQueue(element, field.name());
        Iterator<?> iterator = elements.elements(queue);
        int i = 0;
        try {
            while (iterator.hasNext()) {
                Object one = iterator.next();
                out.u8(Framing.ELEMENT);
                saver.body(inner, one, inner.version(), vmdesc);
                i++;
            }
        } catch (Exception e) {
            throw within(e, i);
        }
        out.u8(Framing.END);
        Trace.putQueueEnd(element, field.name());
    }

    private void tree(Element.Tree element, Object tree, @Nullable VmDescWriter vmdesc)
            throws IOException {
        SortedMap<?, ?> map = (SortedMap<?, ?>) StateFault.state(tree, SortedMap.class);
        int nodes = map.size();
        Trace.putTree(field.name(), element, nodes);
        out.int32(nodes);
        Layout keys = field.keys();
        Layout values = field.values();
        Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
        int i = 0;
        try {
            while (entries.hasNext()) {
                Map.Entry<?, ?> entry = entries.next();
                out.u8(Framing.ELEMENT);
                if (keys == null) {
                    out.int64((Long) StateFault.state(entry.getKey(), Long.class));
                } else {
                    saver.body(keys, entry.getKey(), keys.version(), vmdesc);
                }
                saver.body(values, entry.getValue(), values.version(), vmdesc);
                i++;
            }
        } catch (Exception e) {
            throw within(e, i);
        }
        if (i != nodes) {
            throw PlanSaver.refused(
                    "the map changed while it was saved: it had %d entries, then %d"
                            .formatted(nodes, i));
        }
        out.u8(Framing.END);
        Trace.putTreeEnd(field.name(), element);
    }
}
