// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.internal;

import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;
import org.vmstate.VMStateField;
import org.vmstate.VMStateFields;

/// Truth values that QEMU sends as numbers.
public final class Flags {
    private Flags() {}

    /// Sets a flag of a state.
    @FunctionalInterface
    public interface Setter<S> {
        /// Sets the flag.
        void set(S state, boolean value);
    }

    /// Declares a `uint8` that is 0 or 1; any other value is read as 1.
    public static <S> VMStateField<S> uint8(String name, Predicate<S> get, Setter<S> set) {
        ObjLongConsumer<S> assign = (state, value) -> set.set(state, value != 0);
        return VMStateFields.uint8(name).number((S state) -> get.test(state) ? 1 : 0, assign);
    }

    /// Declares a `uint32` that is 0 or 1; any other value is read as 1.
    public static <S> VMStateField<S> uint32(String name, Predicate<S> get, Setter<S> set) {
        ObjLongConsumer<S> assign = (state, value) -> set.set(state, value != 0);
        return VMStateFields.uint32(name).number((S state) -> get.test(state) ? 1 : 0, assign);
    }
}
