// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/// What a builder refuses: each rule with what it says.
final class DeclarationTest {
    @SuppressWarnings("UnusedVariable")
    static class State {
        int number;
        long wide;
        byte narrow;
        boolean truth;
        final int fixed = 1;
        int[] numbers = new int[4];
        final int[] fixedNumbers = new int[4];
        Integer[] boxes = new Integer[4];
        byte[] bytes = new byte[4];
        State inner;
        final State fixedInner = null;
        State[] inners = {};
        List<State> list = List.of();
        TreeMap<Long, State> map = new TreeMap<>();
        String text = "";
    }

    record Pair(int a, int b) {}

    private static final VMStateDescription<State> INNER =
            VMStateDescription.builder("inner", State.class, MethodHandles.lookup())
                    .versionId(3)
                    .minimumVersionId(2)
                    .fields(uint32("number"))
                    .build();

    static final Arguments[] FIELDS = {
        refused(uint32("nowhere"), "has no field nowhere"),
        refused(uint64("number"), "kept in a int, must be wide enough for uint64"),
        refused(uint8("truth"), "kept in a boolean, must be wide enough for uint8"),
        refused(uint32("fixed"), "loading sets it, but it is final"),
        refused(uint32("text"), "kept in a java.lang.String, must be a primitive type"),
        refused(uint32("numbers"), "kept in a int[], must be a primitive type"),
        refused(uint32("number").array(3), "must be an array of numbers"),
        refused(uint64("numbers").array(3), "must be wide enough for uint64"),
        refused(uint32("numbers").array(3).pointers(), "must be an array of boxed numbers"),
        refused(uint32("boxes").array(3), "must be an array of numbers"),
        refused(uint32("numbers").array(-1), "count is negative"),
        refused(uint32("numbers").array(2).from(-1), "begins before its first element"),
        refused(uint32("number").from(1), "is not an array, and from means nothing"),
        refused(uint32("number").pointers(), "pointers means nothing without an array"),
        refused(uint32("number").allocate(), "cannot be allocated"),
        refused(
                uint32("fixed_numbers").varray("number").allocate(),
                "loading sets it, but it is final"),
        refused(uint32("numbers").varray("wide"), "wide is not a lone number"),
        refused(uint32("numbers").varray("nowhere"), "has no field nowhere"),
        refused(uint32("number").sinceVersion(-1), "begins before version 0"),
        refused(uint32("number").length("wide"), "has no length"),
        refused(vbuffer("bytes"), "needs a length"),
        refused(buffer("numbers", 4), "kept in a int[], must be a byte[]"),
        refused(buffer("bytes", 4).array(2), "cannot be an array"),
        refused(buffer("bytes", -4), "size is negative"),
        refused(bitmap("bytes").length("number"), "must be a long[] or a BitSet"),
        refused(unused(-1), "has a negative size"),
        refused(
                struct("number", INNER),
                "kept in a int, must be a org.vmstate.DeclarationTest$State"),
        refused(struct("inner", INNER).allocate(), "allocating structs needs a factory"),
        refused(
                struct("inner", INNER).array(2),
                "must be an array or a List of org.vmstate.DeclarationTest$State"),
        refused(struct("text", INNER), "kept in a java.lang.String, must be a org.vmstate"),
        refused(
                struct("fixed_inner", INNER).allocate(State::new),
                "loading sets it, but it is final"),
        refused(vstruct("inner", INNER, 1), "version 1 is not one that is loaded"),
        refused(vstruct("inner", INNER, 4), "version 4 is not one that is loaded"),
        refused(qtailq("inner", 2, INNER, State::new), "must be a TailQueue, List or Deque"),
        refused(qlist("numbers", 2, INNER, State::new), "must be a ListQueue, List or Deque"),
        refused(gtreeDirect("list", 2, INNER, State::new), "must be a SortedMap"),
    };

    private static Arguments refused(VMStateField<Object> field, String because) {
        return Arguments.of(field, because);
    }

    @ParameterizedTest(name = "{1}")
    @FieldSource("FIELDS")
    void fieldsThatCannotWorkAreRefused(VMStateField<Object> field, String because) {
        VMStateDescriptionBuilder<State> builder = builder("x").fields(uint64("wide"), field);
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("x: field " + field.name() + ": ")
                .hasMessageContaining(because);
    }

    @Test
    void modifiersThatMeanNothingAreRefusedAtOnce() {
        assertThatThrownBy(() -> uint32("number").times(2)).hasMessageContaining("needs a count");
        assertThatThrownBy(() -> uint32("number").allocate(State::new))
                .hasMessageContaining("only structs");
        assertThatThrownBy(() -> buffer("bytes", 1).hint("x")).hasMessageContaining("hint");
    }

    @Test
    void versionsAndNamesThatCannotWorkAreRefused() {
        assertThatThrownBy(() -> builder("x").versionId(1).minimumVersionId(2).build())
                .hasMessage("x: minimum version 2 is not in 0..1");
        assertThatThrownBy(() -> builder("").build()).hasMessageContaining("needs a name");
        VMStateDescription<State> foreign = builder("y/a").build();
        assertThatThrownBy(() -> builder("x").subsections(foreign).build())
                .hasMessageContaining("subsection y/a does not begin with x");
        VMStateDescription<State> own = builder("x/a").build();
        assertThatThrownBy(() -> builder("x").subsections(own, own).build())
                .hasMessageContaining("x/a is there twice");
        VMStateDescription<State> high = builder("x/b").versionId(256).build();
        assertThatThrownBy(() -> builder("x").subsections(high).build())
                .hasMessageContaining("above 255");
        VMStateDescription<State> longName = builder("x" + "/".repeat(255)).build();
        assertThatThrownBy(() -> builder("x").subsections(longName).build())
                .hasMessageContaining("more than 255 bytes");
    }

    @Test
    void membersThatTheLookupCannotSeeAreRefused() {
        assertThatThrownBy(
                        () ->
                                VMStateDescription.builder(
                                                "x", State.class, MethodHandles.publicLookup())
                                        .fields(uint32("number"))
                                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the lookup cannot see");
    }

    @Test
    void whatAsksARecordBeforeItIsMadeIsRefused() {
        assertThatThrownBy(() -> pair().fields(uint32("a").existsIf((p, v) -> true)).build())
                .hasMessageContaining("a record cannot hold it");
        assertThatThrownBy(() -> pair().preLoad(p -> {}).build())
                .hasMessageContaining("no state before it is loaded");
    }

    @Test
    void whatWasDeclaredCanBeAsked() {
        VMStateDescription<State> description =
                builder("x")
                        .versionId(4)
                        .minimumVersionId(2)
                        .priority(MigrationPriority.IOMMU)
                        .earlySetup()
                        .needed(s -> s.truth)
                        .build();
        assertThat(description.name()).isEqualTo("x");
        assertThat(description.versionId()).isEqualTo(4);
        assertThat(description.minimumVersionId()).isEqualTo(2);
        assertThat(description.priority()).isEqualTo(MigrationPriority.IOMMU);
        assertThat(description.earlySetup()).isTrue();
        assertThat(description.unmigratable()).isFalse();
        assertThat(description.needed(new State())).isFalse();
    }

    private static VMStateDescriptionBuilder<State> builder(String name) {
        return VMStateDescription.builder(name, State.class, MethodHandles.lookup());
    }

    private static VMStateDescriptionBuilder<Pair> pair() {
        return VMStateDescription.builder("pair", Pair.class, MethodHandles.lookup());
    }
}
