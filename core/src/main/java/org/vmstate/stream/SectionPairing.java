// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/// Assigns things, such as descriptions, to the full sections of a stream that they belong to.
///
/// A name and an instance id do not always identify a device uniquely (`isa-ide`, `slirp`), so
/// several things with the same pair are assigned to its sections in order.
///
/// @param <T> the kind of thing
public final class SectionPairing<T> {
    /// The key of a section.
    ///
    /// `equals` is implemented explicitly: linking the generated one on first use would take a
    /// tenth of the time to show a small stream.
    private record SectionKey(String idString, long instanceId) {
        @Override
        public boolean equals(Object other) {
            return other instanceof SectionKey that
                    && instanceId == that.instanceId
                    && idString.equals(that.idString);
        }

        @Override
        public int hashCode() {
            return 31 * idString.hashCode() + Long.hashCode(instanceId);
        }
    }

    private final Map<SectionKey, Deque<Integer>> ordersByDevice = new HashMap<>();
    private final SortedMap<Integer, T> left = new TreeMap<>();

    /// Creates a pairing of things in the order of the stream.
    ///
    /// @param idString returns the name of a thing's device
    /// @param instanceId returns the instance id of a thing's device
    public SectionPairing(
            List<? extends T> things,
            Function<? super T, String> idString,
            Function<? super T, Long> instanceId) {
        for (T thing : things) {
            int order = left.size();
            left.put(order, thing);
            ordersByDevice
                    .computeIfAbsent(
                            new SectionKey(idString.apply(thing), instanceId.apply(thing)),
                            _ -> new ArrayDeque<>())
                    .add(order);
        }
    }

    /// Returns and removes the thing of the next section of this device.
    public Optional<T> take(SectionIdentity identity) {
        Deque<Integer> orders =
                ordersByDevice.get(new SectionKey(identity.idString(), identity.instanceId()));
        return orders == null || orders.isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(left.remove(orders.removeFirst()));
    }

    /// Returns the remaining things, in the order of the stream.
    public List<T> left() {
        return List.copyOf(left.values());
    }
}
