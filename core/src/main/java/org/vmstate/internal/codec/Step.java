// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Count;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.compiled.BodyCodec;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.ElementCodec;
import org.vmstate.internal.layout.FieldTest;
import org.vmstate.internal.layout.StateFactory;

/// A step of compiled code, which processes one or more fields of a body.
///
/// A step can exit to the plan as long as it has changed nothing that matters, so steps do not need
/// their own error handling.
sealed interface Step {
    /// Items in a row: straight-line code.
    record Run(List<Item> items, int from, int to) implements Step {}

    /// Numbers in an array of the same width; the count comes from the state.
    record Numbers(int field, Spot spot, ScalarType type, int first, Count count, boolean allocated)
            implements Step {}

    /// Bits in an array of 64-bit words; the count comes from the state.
    record Bitmap(int field, Spot spot, Count bits, boolean allocated) implements Step {}

    /// Bytes; their number comes from the state.
    record Buffer(int field, Spot spot, int start, Count size, boolean allocated) implements Step {}

    /// An array of pointers to structures; null pointers are marked.
    record Pointers(int field, Spot spot, PointerLoop loop) implements Step {}

    /// A structure that is not an item.
    record Struct(int field, Spot spot, Callee callee) implements Step {}

    /// A queue; `shape` is null if its elements do not consist only of items.
    record Queue(
            int field,
            Spot spot,
            Class<?> element,
            @Nullable StateFactory made,
            Item.@Nullable Shape shape,
            Callee callee)
            implements Step {}

    /// A value with its own codec.
    record Custom(int field, Spot spot, ElementCodec codec) implements Step {}

    /// A step that is performed if a test returns true.
    record Tested(int field, FieldTest test, Step step) implements Step {}

    /// Steps in a separate method.
    record Call(Fragment fragment) implements Step {}

    /// Fields that are processed by code in another class, for bodies that are too large for one
    /// class.
    record Slice(BodyCodec body) implements Step {}

    /// Fields that the plan processes.
    record Planned(int from, int to, boolean exist) implements Step {}

    /// The body of another description, at a version.
    sealed interface Callee {
        /// The version.
        int version();

        /// A body in the same class.
        record Local(Program program, int version) implements Callee {}

        /// A body in another class.
        record Remote(BodyCodec body, int version) implements Callee {}
    }

    /// The contents of one method.
    sealed interface Method {
        /// The layout of the state that the method receives.
        Layout layout();
    }

    /// A body as steps. If there is only one group of subsections, its code is in the method of the
    /// body.
    record Program(Layout layout, List<Step> steps, List<Group> groups) implements Method {}

    /// Some steps of a body.
    record Fragment(Layout layout, List<Step> steps) implements Method {}

    /// A loop over an array of pointers. Fields of the same type, shape and count share its method.
    /// The JIT compiler must not inline the method: it runs out of registers if it compiles the
    /// loop together with the surrounding code.
    ///
    /// The method receives the object in [Values#looped] instead of the state, and returns whether
    /// the field must be processed by the plan.
    ///
    /// @param spot the spot of one of the fields
    record PointerLoop(Layout layout, Spot spot, Item.Shape shape, int first, int count)
            implements Method {}

    /// A structure that consists only of items. Fields of the same description in one class share
    /// its method, which is not inlined.
    ///
    /// The method receives the structure instead of the state and the index of its first byte in
    /// the window instead of a version; see [Values#structure]. It returns whether the plan must
    /// process the structure.
    record StructMethod(Item.Shape shape) implements Method {
        @Override
        public Layout layout() {
            return shape.layout();
        }
    }

    /// Some subsections of a body, at most 32.
    record Group(Layout layout, List<Subsection> subsections) implements Method {}

    /// The bodies of some subsections. The method receives the position of the subsection instead
    /// of a version.
    record SubsectionSwitch(Layout layout, List<Callee> callees) implements Method {}

    /// Determines the subsections of a group that a state needs; only for saving.
    record Needed(Group group) implements Method {
        @Override
        public Layout layout() {
            return group.layout();
        }
    }

    /// A subsection at its own version.
    record Subsection(Layout layout, Callee callee) {}
}
