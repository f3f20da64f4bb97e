// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.state.ArrayNode;
import org.vmstate.state.DecodedSection;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.StateNode;

/// The numbers in a section of the source and in the corresponding one of the reference, by their
/// paths. They are decoded when the first one is needed.
final class SectionValues implements FieldComparison.Values {
    private final Supplier<Optional<DecodedSection>> source;
    private final Supplier<Optional<DecodedSection>> reference;
    private @Nullable Map<String, Long> sent;
    private @Nullable Map<String, Long> local;

    SectionValues(
            Supplier<Optional<DecodedSection>> source,
            Supplier<Optional<DecodedSection>> reference) {
        this.source = source;
        this.reference = reference;
    }

    /// Whether both sides have a number with the same path of which the numbers of elements are the
    /// same multiple.
    @Override
    public boolean counted(long mine, long theirs) {
        for (Map.Entry<String, Long> entry : sent().entrySet()) {
            Long other = local().get(entry.getKey());
            long value = entry.getValue();
            if (other != null
                    && value > 0
                    && other > 0
                    && mine % value == 0
                    && theirs % other == 0
                    && mine / value == theirs / other) {
                return true;
            }
        }
        return false;
    }

    @Override
    public boolean isZero(String path) {
        Long value = sent().get(path);
        return value != null && value == 0;
    }

    private Map<String, Long> sent() {
        Map<String, Long> numbers = sent;
        if (numbers == null) {
            numbers = numbers(source.get());
            sent = numbers;
        }
        return numbers;
    }

    private Map<String, Long> local() {
        Map<String, Long> numbers = local;
        if (numbers == null) {
            numbers = numbers(reference.get());
            local = numbers;
        }
        return numbers;
    }

    private static Map<String, Long> numbers(Optional<DecodedSection> section) {
        Map<String, Long> found = new HashMap<>();
        section.ifPresent(decoded -> collect(decoded.root(), "", found));
        return found;
    }

    private static void collect(StateNode node, String path, Map<String, Long> found) {
        if (node instanceof IntegerNode number) {
            found.put(path, number.value());
        } else if (!(node instanceof ArrayNode)) {
            for (StateNode child : node.children()) {
                collect(child, path + "." + child.name(), found);
            }
        }
    }
}
