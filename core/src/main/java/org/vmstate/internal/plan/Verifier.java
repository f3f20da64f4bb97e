// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.vmstate.internal.layout.Count;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldLayout;
import org.vmstate.internal.layout.Layout;
import org.vmstate.internal.layout.ScalarType;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;

/// Walks over bodies by their layouts without a state: it keeps the lone numbers, which counts may
/// come from, and passes over all other bytes.
public final class Verifier {
    private final WireReader in;
    private final SubsectionHeaders headers;

    /// A verifier that reads from `in`.
    public Verifier(WireReader in) {
        this.in = in;
        this.headers = new SubsectionHeaders(in);
    }

    /// Walks over a body of a version.
    public void body(Layout layout, int version) throws IOException {
        body(layout, version, new HashMap<>());
    }

    private void body(Layout layout, int version, Map<String, Long> numbers) throws IOException {
        Loader.checkVersion(layout, version, in.position());
        for (FieldLayout field : layout.fields()) {
            try {
                if (field.test() == null ? field.since() <= version : isKnown(field)) {
                    field(field, numbers);
                }
            } catch (VMStateException e) {
                throw e.within(field.name());
            }
        }
        Layout subsection = headers.next(layout);
        while (subsection != null) {
            try {
                body(subsection, headers.version(), numbers);
            } catch (VMStateException e) {
                throw e.within(subsection.name());
            }
            subsection = headers.next(layout);
        }
    }

    private boolean isKnown(FieldLayout field) throws UnsupportedException {
        if (field.element() instanceof Element.Check) {
            return false;
        }
        throw unknown("whether it is there");
    }

    private void field(FieldLayout field, Map<String, Long> numbers) throws IOException {
        if (field.pointers() && !field.marked()) {
            throw unknown("which pointers are null");
        }
        long count = Math.max(0, count(field.count(), numbers));
        in.limits().checkElements(count, "an array", in.position());
        long size = field.size() == null ? 0 : count(field.size(), numbers);
        for (int i = 0; i < count; i++) {
            try {
                if (!field.marked() || FieldLoader.isPresent(in, true)) {
                    element(field, size, numbers);
                }
            } catch (VMStateException e) {
                throw field.count() instanceof Count.One ? e : e.within("[" + i + "]");
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

    private void element(FieldLayout field, long size, Map<String, Long> numbers)
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
            case Element.Bitmap _ -> skip((size + Long.SIZE - 1) / Long.SIZE * Long.BYTES);
            case Element.Unused(int bytes) -> skip(bytes);
            case Element.Struct(Layout inner, _) -> body(inner, inner.version());
            case Element.VersionedStruct(Layout inner, int version) -> body(inner, version);
            case Element.Temporary(Layout inner, _) -> body(inner, 0);
            case Element.Queue(_, Layout inner, _, _) -> queue(inner, field.since());
            case Element.Tree tree -> tree(tree, field.since());
            case Element.Custom(_, var codec) -> codec.load(in, null);
            case Element.Check _ -> {}
        }
    }

    private void skip(long bytes) throws IOException {
        in.limits().checkBuffer(bytes, "a size", in.position());
        in.skip(bytes);
    }

    private void queue(Layout inner, int version) throws IOException {
        Loader.checkVersion(inner, version, in.position());
        for (long i = 0; in.u8() != 0; i++) {
            in.limits().checkElements(i + 1, "a queue", in.position());
            try {
                body(inner, version);
            } catch (VMStateException e) {
                throw e.within("[" + i + "]");
            }
        }
    }

    private void tree(Element.Tree tree, int version) throws IOException {
        long start = in.position();
        Element.Tree.Part key = tree.key();
        if (key != null) {
            Loader.checkVersion(key.layout(), version, start);
        }
        Loader.checkVersion(tree.value().layout(), version, start);
        long nodes = in.u32();
        in.limits().checkElements(nodes, "a tree", start);
        long count = 0;
        while (in.u8() != 0) {
            count++;
            if (key == null) {
                in.skip(Long.BYTES);
            } else {
                body(key.layout(), version);
            }
            body(tree.value().layout(), version);
        }
        if (count != nodes) {
            throw new CorruptException("a tree of " + nodes + " nodes has " + count, start);
        }
    }

    private UnsupportedException unknown(String what) {
        return new UnsupportedException("only a state can tell " + what, in.position());
    }
}
