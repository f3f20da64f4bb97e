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

/// Things said of a stream's full sections, handed out to the sections they are about.
///
/// A name and an instance id do not always tell one device from another (`isa-ide`, `slirp`), so
/// several things that are said of the same pair go to its sections in order.
///
/// @param <T> the kind of thing
public final class SectionPairing<T> {
    /// What sections are found by.
    ///
    /// Equality is written out: the one that records are given is linked when it is first used, and
    /// this takes a tenth of the time in which a small stream is shown.
    private record Key(String idString, long instanceId) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Key that
                    && instanceId == that.instanceId
                    && idString.equals(that.idString);
        }

        @Override
        public int hashCode() {
            return 31 * idString.hashCode() + Long.hashCode(instanceId);
        }
    }

    private final Map<Key, Deque<Integer>> ordersByDevice = new HashMap<>();
    private final SortedMap<Integer, T> left = new TreeMap<>();

    /// A pairing of things in the order of the stream.
    ///
    /// @param idString the name of the device that a thing is about
    /// @param instanceId its instance id
    public SectionPairing(
            List<? extends T> things,
            Function<? super T, String> idString,
            Function<? super T, Long> instanceId) {
        for (T thing : things) {
            int order = left.size();
            left.put(order, thing);
            ordersByDevice
                    .computeIfAbsent(
                            new Key(idString.apply(thing), instanceId.apply(thing)),
                            _ -> new ArrayDeque<>())
                    .add(order);
        }
    }

    /// Takes what is said of the next section of this device.
    public Optional<T> take(SectionIdentity identity) {
        Deque<Integer> orders =
                ordersByDevice.get(new Key(identity.idString(), identity.instanceId()));
        return orders == null || orders.isEmpty()
                ? Optional.empty()
                : Optional.ofNullable(left.remove(orders.removeFirst()));
    }

    /// What has not been taken, in the order of the stream.
    public List<T> left() {
        return List.copyOf(left.values());
    }
}
