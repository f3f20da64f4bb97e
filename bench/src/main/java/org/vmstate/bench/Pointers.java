// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import static org.vmstate.VMStateFields.struct;

import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;

/// An array of pointers, of which every fourth is null.
final class Pointers {
    final @Nullable Item[] items = new Item[64];

    /// The target of a pointer.
    static final class Item {
        int a;
        int b;
        int c;

        static final VMStateDescription<Item> VMSTATE =
                VMStateDescription.builder("cbench/item", Item.class, MethodHandles.lookup())
                        .fields(Fields.item())
                        .build();
    }

    static final VMStateDescription<Pointers> VMSTATE =
            VMStateDescription.builder("cbench/ptrs", Pointers.class, MethodHandles.lookup())
                    .fields(struct("items", Item.VMSTATE).array(64).pointers())
                    .build();

    /// A description of `size` fields, all of the same array.
    static VMStateDescription<Pointers> describe(int size) {
        VMStateDescriptionBuilder<Pointers> builder =
                VMStateDescription.builder(
                        "cbench/pointers", Pointers.class, MethodHandles.lookup());
        for (int i = 0; i < size; i++) {
            builder.fields(
                    struct("f" + i, Item.VMSTATE)
                            .named("items")
                            .array(8)
                            .pointers()
                            .asQemuDoes("the fields share a member"));
        }
        return builder.build();
    }

    static Pointers filled() {
        Pointers state = new Pointers();
        Arrays.setAll(state.items, i -> i % 4 == 3 ? null : item(i));
        return state;
    }

    private static Item item(int i) {
        Item item = new Item();
        item.a = Values.v32(i);
        item.b = Values.v32(i + 1);
        item.c = Values.v32(i + 2);
        return item;
    }
}
