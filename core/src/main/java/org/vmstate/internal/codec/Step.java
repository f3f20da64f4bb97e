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
    record Pointers(int field, Spot spot, Loop loop) implements Step {}

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

    /// Steps in a method of their own.
    record Apart(Part part) implements Step {}

    /// Fields that code of another class moves: of large bodies, each class has a part.
    record Slice(Body body) implements Step {}

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
        /// The layout of the state that the method gets.
        Layout layout();
    }

    /// A body as steps; a lone group of subsections is in the method of the body.
    record Program(Layout layout, List<Step> steps, List<Group> groups) implements Unit {}

    /// Some steps of a body.
    record Part(Layout layout, List<Step> steps) implements Unit {}

    /// Goes through an array of pointers. Fields of the same type, shape and count share it, and
    /// the JIT compiler must not inline it: it runs out of registers where it compiles a loop
    /// together with all that is around it.
    ///
    /// The method gets what [Values#looped] names in place of the state, and returns whether the
    /// field has to be left to the plan.
    ///
    /// @param spot of one of the fields
    record Loop(Layout layout, Spot spot, Item.Shape shape, int first, int count) implements Unit {}

    /// Some subsections of a body, at most 32.
    record Group(Layout layout, List<Subsection> subsections) implements Unit {}

    /// The bodies of some subsections: which of them, the method gets in place of a version.
    record Choice(Layout layout, List<Callee> callees) implements Unit {}

    /// Asks which subsections of a group a state needs; only for saving.
    record Needed(Group group) implements Unit {
        @Override
        public Layout layout() {
            return group.layout();
        }
    }

    /// A subsection, at its own version.
    record Subsection(Layout layout, Callee callee) {}
}
