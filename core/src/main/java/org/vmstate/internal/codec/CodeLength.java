// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.util.List;

/// Estimates the size of the bytecode of steps, for either direction and any kind of state.
///
/// An estimate is sufficient: the sizes of the methods in the generated class file are checked.
final class CodeLength {
    private CodeLength() {}

    static int of(Step step) {
        return switch (step) {
            case Step.Run run -> 90 + ofItems(run.items());
            case Step.Numbers _ -> 170;
            case Step.Bitmap _ -> 190;
            case Step.Buffer _ -> 150;
            case Step.Pointers _, Step.Struct _ -> 80;
            case Step.Queue queue ->
                    330 + (queue.shape() == null ? 0 : ofItems(queue.shape().items()));
            case Step.Custom _ -> 70;
            case Step.Tested tested -> 25 + of(tested.step());
            case Step.Call _ -> 10;
            case Step.Slice _, Step.Planned _ -> 14;
        };
    }

    static int of(Step.Subsection subsection) {
        int chunks = Header.chunks(subsection.layout().subsectionHeader().toByteArray()).size();
        return 110 + 20 * chunks;
    }

    private static int ofItems(List<? extends Item> items) {
        int length = 0;
        for (Item item : items) {
            length += of(item);
        }
        return length;
    }

    private static int of(Item item) {
        return switch (item) {
            case Item.Scalar(Spot spot, var type) ->
                    Wide.isWider(Wide.primitive(spot), type) ? 60 : 30;
            case Item.Word word -> 15 + 25 * word.parts().size();
            case Item.Numbers _ -> 60;
            case Item.Buffer buffer -> Values.isShort(buffer.bytes()) ? 30 * 8 : 60;
            case Item.Gap _ -> 25;
            case Item.Struct struct -> 60 + ofItems(struct.shape().items());
            case Item.Shared _ -> 45;
            case Item.Structs structs -> 100 + ofItems(structs.shape().items());
        };
    }
}
