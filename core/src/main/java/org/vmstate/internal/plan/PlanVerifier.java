// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.vmstate.internal.access.Count;
import org.vmstate.internal.access.FieldLayout;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.format.Framing;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.Element;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;

/// Checks bodies by their layouts without a state. It keeps the values of single numbers, which may
/// be the counts of later fields, and skips all other bytes.
public final class PlanVerifier {
    private final WireReader in;
    private final SubsectionHeaders headers;

    /// Creates a verifier that reads from `in`.
    public PlanVerifier(WireReader in) {
        this.in = in;
        this.headers = new SubsectionHeaders(in);
    }

    /// Checks a body that is not part of another one, and ends where loading it would
    /// ([PlanLoader#outermost]).
    public void outermost(Layout layout, int version) throws IOException {
        body(layout, version, true);
    }

    private void body(Layout layout, int version, boolean last) throws IOException {
        body(layout, version, new HashMap<>(), last);
    }

    private void body(Layout layout, int version, Map<String, Long> numbers, boolean last)
            throws IOException {
        PlanLoader.checkVersion(layout, version, in.position());
        boolean ends = last && layout.subsections().isEmpty();
        int fields = layout.fields().size();
        for (int i = 0; i < fields; i++) {
            FieldLayout field = layout.fields().get(i);
            try {
                if (field.test() == null ? field.since() <= version : isKnown(field)) {
                    field(field, version, numbers, ends && i == fields - 1);
                }
            } catch (Exception e) {
                throw Refusals.within(e, in.position(), field.name());
            }
        }
        Layout subsection = headers.next(layout, ends);
        while (subsection != null) {
            try {
                body(subsection, headers.version(), numbers, false);
            } catch (Exception e) {
                throw Refusals.within(e, in.position(), subsection.name());
            }
            subsection = headers.next(layout, ends);
        }
    }

    private boolean isKnown(FieldLayout field) throws UnsupportedException {
        if (field.element() instanceof Element.Check) {
            return false;
        }
        throw unknown("whether it is there");
    }

    private void field(FieldLayout field, int version, Map<String, Long> numbers, boolean last)
            throws IOException {
        if (field.pointers() && !field.marked()) {
            throw unknown("which pointers are null");
        }
        long count = Math.max(0, count(field.count(), numbers));
        in.limits().checkElements(count, "an array", in.position());
        long size = field.size() == null ? 0 : count(field.size(), numbers);
        for (int i = 0; i < count; i++) {
            try {
                if (!field.marked() || FieldLoader.isPresent(in, true)) {
                    element(field, version, size, numbers, last && i == count - 1);
                }
            } catch (Exception e) {
                if (field.count() instanceof Count.One) {
                    throw e;
                }
                throw Refusals.within(e, in.position(), "[" + i + "]");
            }
        }
    }

    private long count(Count count, Map<String, Long> numbers) throws UnsupportedException {
        return switch (count) {
            case Count.One _ -> 1;
            case Count.Fixed(int value) -> value;
            case Count.Counted(_, var member, int times) -> {
                Long number = member == null ? null : numbers.get(member);
                if (number == null) {
                    throw unknown("how many there are");
                }
                yield Math.multiplyExact(number, times);
            }
        };
    }

    private void element(
            FieldLayout field, int version, long size, Map<String, Long> numbers, boolean last)
            throws IOException {
        switch (field.element()) {
            case Element.Scalar(ScalarType type, _) -> {
                if (type == ScalarType.FD) {
                    throw unknown("which descriptor came with it");
                }
                long value = 0;
                for (int i = 0; i < type.bytes(); i++) {
                    value = value << Byte.SIZE | in.u8();
                }
                numbers.put(field.name(), type.interpret(value));
            }
            case Element.Bytes _ -> skip(size);
            case Element.Bitmap _ -> skip(Framing.bitmapWords(size) * Long.BYTES);
            case Element.Unused(int bytes) -> skip(bytes);
            case Element.Struct _ -> body(field.inner(), field.inner().version(), last);
            case Element.VersionedStruct struct ->
                    body(field.inner(), struct.version(version), last);
            case Element.Temporary _ -> body(field.inner(), 0, last);
            case Element.Queue _ -> queue(field.inner(), field.since());
            case Element.Tree _ -> tree(field);
            case Element.Custom(_, var codec, _) -> codec.load(in, null);
            case Element.Check _ -> {}
        }
    }

    private void skip(long bytes) throws IOException {
        in.limits().checkBuffer(bytes, "a size", in.position());
        in.skip(bytes);
    }

    private void queue(Layout inner, int version) throws IOException {
        PlanLoader.checkVersion(inner, version, in.position());
        for (long i = 0; Framing.announcesElement(in.u8()); i++) {
            in.limits().checkElements(i + 1, "a queue", in.position());
            try {
                body(inner, version, false);
            } catch (Exception e) {
                throw Refusals.within(e, in.position(), "[" + i + "]");
            }
        }
    }

    private void tree(FieldLayout field) throws IOException {
        Layout keys = field.keys();
        long start = in.position();
        if (keys != null) {
            PlanLoader.checkVersion(keys, field.since(), start);
        }
        PlanLoader.checkVersion(field.values(), field.since(), start);
        long nodes = in.u32();
        in.limits().checkElements(nodes, "a tree", start);
        long count = 0;
        while (Framing.announcesElement(in.u8())) {
            if (++count > nodes) {
                throw FieldLoader.mismatch(nodes, count, start);
            }
            if (keys == null) {
                in.skip(Framing.DIRECT_KEY_BYTES);
            } else {
                body(keys, field.since(), false);
            }
            body(field.values(), field.since(), false);
        }
        if (count != nodes) {
            throw FieldLoader.mismatch(nodes, count, start);
        }
    }

    private UnsupportedException unknown(String what) {
        return new UnsupportedException("only a state can tell " + what, in.position());
    }
}
