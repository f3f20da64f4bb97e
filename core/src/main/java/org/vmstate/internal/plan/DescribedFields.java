// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.FieldAccess;
import org.vmstate.internal.access.FieldLayout;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.format.RenderedText;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireWriter;

/// Saves and describes consecutive fields of a body.
///
/// Rendered text is cached in fields that are not volatile: a thread that still reads null renders
/// the same text again.
sealed interface DescribedFields {
    /// Writes the fields of a state and their entries.
    void save(DescribingSaver saver, Object state, int version, VmDescWriter vmdesc)
            throws IOException;

    /// Fields that are described by the plan.
    record Planned(Layout layout, int from, int to) implements DescribedFields {
        @Override
        public void save(DescribingSaver saver, Object state, int version, VmDescWriter vmdesc)
                throws IOException {
            for (int i = from; i < to; i++) {
                saver.field(layout, layout.fields().get(i), state, version, vmdesc);
            }
        }

        /// Writes the fields of a state and returns their entries as text.
        DescribedBody.Rendered capture(DescribingSaver saver, Object state, int version)
                throws IOException {
            VmDescWriter own = new VmDescWriter();
            long before = saver.out().position();
            save(saver, state, version, own);
            return new DescribedBody.Rendered(own.toString(), saver.out().position() - before);
        }
    }

    /// Fields and their writer, which is created on first use.
    final class Writer {
        private final Planned fields;
        private final FieldWriter.Factory maker;
        private @Nullable FieldWriter writer;

        Writer(Planned fields, FieldWriter.Factory maker) {
            this.fields = fields;
            this.maker = maker;
        }

        void save(WireWriter out, Object state, int version) throws IOException {
            FieldWriter known = writer;
            if (known == null) {
                known = maker.of(fields.layout(), fields.from(), fields.to());
                writer = known;
            }
            known.save(out, state, version);
        }
    }

    /// Fields whose entries are the same for every state.
    final class Constant implements DescribedFields {
        private final Planned fields;
        private final Writer writer;
        private DescribedBody.@Nullable Rendered entries;

        Constant(Planned fields, FieldWriter.Factory maker) {
            this.fields = fields;
            this.writer = new Writer(fields, maker);
        }

        /// The entries; null if they have not been rendered yet.
        DescribedBody.@Nullable Rendered rendered() {
            return entries;
        }

        @Override
        public void save(DescribingSaver saver, Object state, int version, VmDescWriter vmdesc)
                throws IOException {
            DescribedBody.Rendered known = entries;
            if (known == null) {
                known = fields.capture(saver, state, version);
                entries = known;
            } else {
                writer.save(saver.out(), state, version);
            }
            RenderedText.append(vmdesc, known.text(), 1);
        }
    }

    /// An array of pointers whose entries depend only on which of the pointers are null.
    final class Pointers implements DescribedFields {
        /// The null pointers are represented by the bits of a long.
        static final int MAX_COUNT = Long.SIZE;

        private final Planned fields;
        private final Writer writer;
        private final FieldLayout field;
        private final int count;
        private @Nullable Entries last;

        /// The entries for a set of null pointers.
        private record Entries(long nulls, String text) {}

        Pointers(Planned fields, int count, FieldWriter.Factory maker) {
            this.fields = fields;
            this.writer = new Writer(fields, maker);
            this.field = fields.layout().fields().get(fields.from());
            this.count = count;
        }

        @Override
        public void save(DescribingSaver saver, Object state, int version, VmDescWriter vmdesc)
                throws IOException {
            Object elements = field.access().elements(state);
            if (elements == null || field.access().room(elements) < field.first() + count) {
                fields.save(saver, state, version, vmdesc);
                return;
            }
            long nulls = nulls(elements);
            Entries known = last;
            if (known == null || known.nulls != nulls) {
                known = new Entries(nulls, fields.capture(saver, state, version).text());
                last = known;
            } else {
                writer.save(saver.out(), state, version);
            }
            RenderedText.append(vmdesc, known.text, 1);
        }

        private long nulls(Object elements) {
            FieldAccess access = field.access();
            int first = field.first();
            long nulls = 0;
            if (elements instanceof Object[] array
                    && !array.getClass().getComponentType().isArray()) {
                for (int i = 0; i < count; i++) {
                    nulls |= (array[first + i] == null ? 1L : 0L) << i;
                }
                return nulls;
            }
            for (int i = 0; i < count; i++) {
                nulls |= (access.object(elements, first + i) == null ? 1L : 0L) << i;
            }
            return nulls;
        }
    }

    /// A queue whose elements all have the same text and the same size.
    final class Queue implements DescribedFields {
        private static final int MARK_BYTES = 1;
        private static final int END_BYTES = 1;

        private final Planned fields;
        private final Writer writer;
        private final FieldLayout field;
        private final DescribedBody elements;

        Queue(Planned fields, DescribedBody elements, FieldWriter.Factory maker) {
            this.fields = fields;
            this.writer = new Writer(fields, maker);
            this.field = fields.layout().fields().get(fields.from());
            this.elements = elements;
        }

        @Override
        public void save(DescribingSaver saver, Object state, int version, VmDescWriter vmdesc)
                throws IOException {
            DescribedBody.Rendered element = elements.rendered();
            if (element == null) {
                fields.save(saver, state, version, vmdesc);
                return;
            }
            long before = saver.out().position();
            writer.save(saver.out(), state, version);
            long written = saver.out().position() - before;
            FieldSaver.startEntry(vmdesc, field, false, 0, 1);
            long count = (written - END_BYTES) / (MARK_BYTES + element.bytes());
            RenderedText.append(vmdesc, element.text(), Math.toIntExact(count));
            FieldSaver.endEntry(vmdesc, field, false, written);
        }
    }
}
