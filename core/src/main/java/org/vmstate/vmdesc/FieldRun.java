// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.util.ArrayList;
import java.util.List;

/// One value of a structure as the wire has it: a single field, or an array with all its parts.
///
/// The stream describes an array by one entry with `array_len`, by an entry per element with
/// `index` (the last one without), or, where pointers are null, by several entries that share a
/// name. In the last case the first entry counts the whole array unless it is null itself, and in
/// an array with an entry per element the length beside a null pointer means nothing.
///
/// @param name the name of the field
/// @param array whether the value is an array
/// @param parts the entries in order, with the number of elements each stands for
public record FieldRun(String name, boolean array, List<Part> parts) {
    /// Elements that one entry of the description stands for.
    ///
    /// @param field the entry
    /// @param count how many elements there are, one after the other
    public record Part(FieldDescription field, int count) {}

    /// The number of elements, 1 for a single field.
    public int count() {
        int count = 0;
        for (Part part : parts) {
            count = Math.addExact(count, part.count());
        }
        return count;
    }

    /// How many bytes the value takes.
    long size() {
        long size = 0;
        for (Part part : parts) {
            size = Math.addExact(size, Math.multiplyExact(part.field().size(), part.count()));
        }
        return size;
    }

    static List<FieldRun> group(List<FieldDescription> fields) {
        List<FieldRun> runs = new ArrayList<>(fields.size());
        int start = 0;
        while (start < fields.size()) {
            int end = start + 1;
            while (end < fields.size() && continues(fields.get(start), fields.get(end))) {
                end++;
            }
            runs.add(run(fields.subList(start, end)));
            start = end;
        }
        return runs;
    }

    /// Whether an entry goes on with the array that another began.
    private static boolean continues(FieldDescription first, FieldDescription next) {
        if (next.name().equals(first.name())) {
            return true;
        }
        // Where a description uses a name twice its arrays are called name[0] and name[1], and the
        // null pointers of both are called name[-1].
        int bracket = first.name().lastIndexOf('[');
        return bracket >= 0
                && next.isNullPointer()
                && next.name().equals(first.name().substring(0, bracket) + "[-1]");
    }

    private static FieldRun run(List<FieldDescription> entries) {
        FieldDescription first = entries.getFirst();
        if (entries.size() == 1) {
            int count = first.arrayLength().orElse(1);
            boolean array = first.arrayLength().isPresent() || first.index().isPresent();
            return new FieldRun(first.name(), array, List.of(new Part(first, count)));
        }
        boolean onePerElement = onePerElement(entries);
        List<Part> parts = new ArrayList<>(entries.size());
        long counted = 0;
        for (FieldDescription entry : entries) {
            int count = onePerElement ? 1 : entry.arrayLength().orElse(1);
            parts.add(new Part(entry, count));
            counted += count;
        }
        if (!onePerElement && !first.isNullPointer() && first.arrayLength().isPresent()) {
            long whole = first.arrayLength().getAsInt();
            long later = counted - whole;
            parts.set(0, new Part(first, (int) Math.max(1, whole - later)));
        }
        return new FieldRun(first.name(), true, List.copyOf(parts));
    }

    private static boolean onePerElement(List<FieldDescription> entries) {
        boolean afterNull = false;
        for (FieldDescription entry : entries) {
            if (entry.index().isPresent()
                    || (afterNull && entry.isNullPointer())
                    || entry.isPointerMark()) {
                return true;
            }
            afterNull = entry.isNullPointer();
        }
        return false;
    }
}
