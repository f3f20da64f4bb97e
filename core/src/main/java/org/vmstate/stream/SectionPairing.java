// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.function.Function;

/// Things said of a stream's full sections, handed out to the sections they are about.
///
/// A name and an instance id do not always tell one device from another (`isa-ide`, `slirp`), so
/// several things that are said of the same pair go to its sections in order.
///
/// @param <T> the kind of thing; two of them are told apart by identity
public final class SectionPairing<T> {
    private record Key(String idString, long instanceId) {}

    private record Entry<T>(int order, T value) {}

    private final Map<Key, Deque<Entry<T>>> byDevice = new HashMap<>();
    private final SequencedSet<Entry<T>> left = new LinkedHashSet<>();

    /// A pairing of things in the order of the stream.
    ///
    /// @param idString the name of the device that a thing is about
    /// @param instanceId its instance id
    public SectionPairing(
            List<? extends T> things,
            Function<? super T, String> idString,
            Function<? super T, Long> instanceId) {
        for (T thing : things) {
            Entry<T> entry = new Entry<>(left.size(), thing);
            left.add(entry);
            byDevice.computeIfAbsent(
                            new Key(idString.apply(thing), instanceId.apply(thing)),
                            _ -> new ArrayDeque<>())
                    .add(entry);
        }
    }

    /// Takes what is said of the next section of this device.
    public Optional<T> take(SectionIdentity identity) {
        Deque<Entry<T>> entries = byDevice.get(new Key(identity.idString(), identity.instanceId()));
        if (entries == null || entries.isEmpty()) {
            return Optional.empty();
        }
        Entry<T> entry = entries.removeFirst();
        left.remove(entry);
        return Optional.of(entry.value());
    }

    /// What has not been taken, in the order of the stream.
    public List<T> left() {
        List<T> values = new ArrayList<>(left.size());
        left.forEach(e -> values.add(e.value()));
        return values;
    }
}
