// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Count;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.compiled.Body;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.ElementCodec;
import org.vmstate.internal.layout.FieldTest;
import org.vmstate.internal.layout.Maker;

/// What compiled code does for one field of a body, or for several at once.
///
/// Every step can leave its fields to the plan, as long as it has changed nothing that matters; so
/// a step needs no error of its own.
sealed interface Step {
    /// Items in a row: straight-line code.
    record Run(List<Item> items, int from, int to) implements Step {}

    /// Numbers in an array of their width, whose count the state knows.
    record Numbers(int field, Spot spot, ScalarType type, int first, Count count, boolean allocated)
            implements Step {}

    /// Bits in an array of 64-bit words, whose count the state knows.
    record Bitmap(int field, Spot spot, Count bits, boolean allocated) implements Step {}

    /// Bytes whose number the state knows.
    record Bytes(int field, Spot spot, int start, Count size, boolean allocated) implements Step {}

    /// An array of pointers to structures, the null ones marked.
    record Pointers(int field, Spot spot, Item.Shape shape, int first, int count) implements Step {}

    /// A structure that is no item.
    record Struct(int field, Spot spot, Callee callee) implements Step {}

    /// A queue; `shape` is null where its elements are no items.
    record Queue(
            int field,
            Spot spot,
            Class<?> element,
            @Nullable Maker made,
            Item.@Nullable Shape shape,
            Callee callee)
            implements Step {}

    /// A value with a codec of its own.
    record Custom(int field, Spot spot, ElementCodec codec) implements Step {}

    /// A step that a test decides on.
    record Tested(int field, FieldTest test, Step step) implements Step {}

    /// A step with a loop, in a method of its own: the JIT compiler runs out of registers where it
    /// compiles a loop together with all that is around it.
    record Apart(Part part) implements Step {}

    /// Fields that are left to the plan.
    record Planned(int from, int to, boolean exist) implements Step {}

    /// The body of another description, at a version.
    sealed interface Callee {
        /// The version.
        int version();

        /// In the same class.
        record Local(Program program, int version) implements Callee {}

        /// Elsewhere.
        record Remote(Body body, int version) implements Callee {}
    }

    /// What one method does.
    sealed interface Unit {
        /// The layout whose fields the steps are of.
        Layout layout();

        /// The steps.
        List<Step> steps();
    }

    /// A body as steps.
    record Program(Layout layout, List<Step> steps, List<Subsection> subsections) implements Unit {}

    /// One step of a body.
    record Part(Layout layout, Step step) implements Unit {
        @Override
        public List<Step> steps() {
            return List.of(step);
        }
    }

    /// A subsection, at its own version.
    record Subsection(Layout layout, Callee callee) {}
}
