// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.vmstate.internal.access.Layout;

/// Splits code that is too large for one method into several methods.
///
/// HotSpot never compiles a method of more than 8,000 bytes, and inlines little into long methods.
final class Grouping {
    /// The needed subsections of a group are represented by the bits of an int.
    private static final int MAX_SUBSECTIONS = Integer.SIZE;

    private Grouping() {}

    /// Returns equivalent steps that are short enough for one method.
    static List<Step> steps(Layout layout, List<Step> steps, int codeBytes) {
        List<Step> all = steps;
        while (all.size() > 1 && all.stream().mapToInt(CodeLength::of).sum() > codeBytes) {
            List<Step> calls = new ArrayList<>();
            for (List<Step> group : groups(all, CodeLength::of, codeBytes, Integer.MAX_VALUE)) {
                calls.add(
                        group.size() == 1 && group.getFirst() instanceof Step.Call
                                ? group.getFirst()
                                : new Step.Call(new Step.Fragment(layout, group)));
            }
            if (calls.size() == all.size()) {
                return calls;
            }
            all = calls;
        }
        return all;
    }

    /// Returns subsections in groups that are short enough for one method.
    static List<Step.Group> subsections(
            Layout layout, List<Step.Subsection> subsections, int codeBytes) {
        List<Step.Group> groups = new ArrayList<>();
        for (List<Step.Subsection> group :
                groups(subsections, CodeLength::of, codeBytes, MAX_SUBSECTIONS)) {
            groups.add(new Step.Group(layout, group));
        }
        return groups;
    }

    private static <T> List<List<T>> groups(
            List<T> all, ToIntFunction<T> length, int maxLength, int maxSize) {
        List<List<T>> groups = new ArrayList<>();
        List<T> group = new ArrayList<>();
        int left = maxLength;
        for (T one : all) {
            int bytes = length.applyAsInt(one);
            if (!group.isEmpty() && (bytes > left || group.size() == maxSize)) {
                groups.add(List.copyOf(group));
                group.clear();
                left = maxLength;
            }
            group.add(one);
            left -= bytes;
        }
        if (!group.isEmpty()) {
            groups.add(List.copyOf(group));
        }
        return groups;
    }
}
