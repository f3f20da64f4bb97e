// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.util.ArrayList;
import java.util.List;

/// One value of a structure: a single field, or an array with all of its entries in the
/// description.
///
/// An array is described by one entry with `array_len`, by one entry per element, or, if pointers
/// can be null, by several entries with the same name: runs of elements and of null pointers
/// (`nullptr`, from QEMU 11.1 on `ptr-marker`).
///
/// QEMU writes two wrong numbers for such arrays, which are corrected here: the `array_len` of the
/// first run of elements is the length of the whole array if null pointers follow, and the
/// `array_len` of `nullptr` is meaningless in an array with one entry per element.
///
/// @param name the name of the field
/// @param array whether the value is an array
/// @param fields the entries in order, with their numbers of occurrences in the bytes; in an array
///   of pointers that loading allocates, an element has two entries: its marker and the element
public record FieldRun(String name, boolean array, List<CountedField> fields) {
    /// An entry of the description and the number of its consecutive occurrences in the bytes.
    public record CountedField(FieldDescription field, int count) {}

    /// The size of the value in bytes.
    long size() {
        long size = 0;
        for (CountedField counted : fields) {
            size = Math.addExact(size, Math.multiplyExact(counted.field().size(), counted.count()));
        }
        return size;
    }

    static List<FieldRun> group(List<FieldDescription> fields) {
        List<FieldRun> runs = new ArrayList<>(fields.size());
        int start = 0;
        while (start < fields.size()) {
            FieldDescription named = fields.get(start);
            int end = start + 1;
            while (end < fields.size() && continues(named, fields.get(end))) {
                if (marksNull(named)) {
                    named = fields.get(end);
                }
                end++;
            }
            runs.add(run(named.name(), fields.subList(start, end)));
            start = end;
        }
        return runs;
    }

    /// Whether `next` belongs to the same array as `named`.
    ///
    /// If a description uses a name twice, its arrays are called `name[0]` and `name[1]`, and the
    /// null pointers of both are called `name[-1]`. Null pointers between the two are treated as
    /// the end of the first, because the description does not tell which array they belong to.
    private static boolean continues(FieldDescription named, FieldDescription next) {
        if (next.name().equals(named.name())) {
            return true;
        }
        int bracket = named.name().lastIndexOf('[');
        if (bracket < 0 || marksNull(named) == marksNull(next)) {
            return false;
        }
        String base = named.name().substring(0, bracket);
        return marksNull(next)
                ? next.name().equals(base + "[-1]")
                : named.name().equals(base + "[-1]")
                        && next.name().lastIndexOf('[') == bracket
                        && next.name().startsWith(base);
    }

    private static boolean marksNull(FieldDescription field) {
        return field.isNullPointer() || field.isPointerMarker();
    }

    private static FieldRun run(String name, List<FieldDescription> entries) {
        FieldDescription first = entries.getFirst();
        if (entries.size() == 1) {
            int count = first.arrayLength().orElse(1);
            boolean array = first.arrayLength().isPresent() || first.index().isPresent();
            return new FieldRun(name, array, List.of(new CountedField(first, count)));
        }
        boolean onePerElement = onePerElement(entries);
        List<CountedField> counted = new ArrayList<>(entries.size());
        long occurrences = 0;
        for (FieldDescription entry : entries) {
            int count = onePerElement ? 1 : entry.arrayLength().orElse(1);
            counted.add(new CountedField(entry, count));
            occurrences += count;
        }
        if (!onePerElement && !marksNull(first) && first.arrayLength().isPresent()) {
            long whole = first.arrayLength().getAsInt();
            long later = occurrences - whole;
            counted.set(0, new CountedField(first, (int) Math.max(1, whole - later)));
        }
        return new FieldRun(name, true, List.copyOf(counted));
    }

    /// Whether QEMU before 11.1 wrote one entry per element: entries with `index`, or consecutive
    /// `nullptr` entries, which do not occur with runs.
    private static boolean onePerElement(List<FieldDescription> entries) {
        boolean afterNull = false;
        for (FieldDescription entry : entries) {
            if (entry.index().isPresent() || (afterNull && entry.isNullPointer())) {
                return true;
            }
            afterNull = entry.isNullPointer();
        }
        return false;
    }
}
