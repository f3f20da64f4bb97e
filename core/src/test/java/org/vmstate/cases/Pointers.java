// SPDX-License-Identifier: Apache-2.0
package org.vmstate.cases;

import static org.vmstate.VMStateFields.*;
import static org.vmstate.cases.Values.v32;

import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;

/// `ptrs.bin`: an array of pointers, of which every fourth is null.
@SuppressWarnings("UnusedVariable") // private fields are read by the description
final class Pointers {
    private final @Nullable Item[] items = new Item[64];

    /// The target of a pointer.
    static final class Item {
        private int a;
        private int b;
        private int c;

        static final VMStateDescription<Item> VMSTATE =
                VMStateDescription.builder("cbench/item", Item.class, MethodHandles.lookup())
                        .fields(uint32("a"), uint32("b"), uint32("c"))
                        .build();
    }

    static final VMStateDescription<Pointers> VMSTATE =
            VMStateDescription.builder("cbench/ptrs", Pointers.class, MethodHandles.lookup())
                    .fields(struct("items", Item.VMSTATE).array(64).pointers())
                    .build();

    Pointers() {
        Arrays.setAll(items, i -> i % 4 == 3 ? null : new Item());
    }

    void fill() {
        for (int i = 0; i < items.length; i++) {
            Item item = items[i];
            if (item != null) {
                item.a = v32(i);
                item.b = v32(i + 1);
                item.c = v32(i + 2);
            }
        }
    }
}
