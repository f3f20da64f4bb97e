// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/// The declarations that a builder refuses, with the messages.
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
        List<String> texts = List.of();
        Parity parity = Parity.NONE;
        Optional<Integer> maybe = Optional.empty();
        float single;
        double real;
        int late;
        Object anything = 1;
        Optional<State> any = Optional.empty();
    }

    enum Parity {
        NONE,
        ODD
    }

    record Pair(int a, int b) {}

    private static final VMStateDescription<State> INNER =
            VMStateDescription.builder("inner", State.class, MethodHandles.lookup())
                    .versionId(3)
                    .minimumVersionId(2)
                    .fields(uint32("number"))
                    .build();

    private static final VMStateDescription<State> INNER_GROWN =
            VMStateDescription.builder("inner", State.class, MethodHandles.lookup())
                    .versionId(3)
                    .minimumVersionId(2)
                    .fields(uint32("number"), uint64("wide").sinceVersion(3))
                    .build();

    static final Arguments[] FIELDS = {
        refused(uint32("nowhere"), "has no field nowhere"),
        refused(uint64("number"), "kept in a int, must be wide enough for uint64"),
        refused(uint8("truth"), "kept in a boolean, must be sent as bool"),
        refused(uint32("fixed"), "loading sets it, but it is final"),
        refused(uint32("text"), "a String is a string(name, maxBytes)"),
        refused(uint32("numbers"), "kept in a int[], must be a number: reach it by .number"),
        refused(uint8("parity"), ".constants(Parity.class, Parity::ordinal)"),
        refused(uint32("maybe"), "an Optional is an optional(name, type, field)"),
        refused(uint32("bytes"), "bytes are a buffer or a vbuffer"),
        refused(uint64("single"), "sent as uint32, which has its bits"),
        refused(uint32("real"), "sent as float64"),
        refused(uint8("number").hint("x"), "has a hint, but loading compares nothing"),
        refused(string("number", 5), "kept in a int, must be a java.lang.String"),
        refused(optional("text", Integer.class, uint32("v")), "must be a java.util.Optional"),
        refused(uint32("number").sinceVersion(2), "is never sent: it begins at version 2"),
        refused(qtailq("list", 1, INNER, State::new), "written at version 3 of inner and read at"),
        refused(qtailq("list", 4, INNER, State::new), "is never sent"),
        refused(uint32("numbers").varray("late"), "is loaded before its count late"),
        refused(uint64("wide"), "is sent twice"),
        refused(
                vbuffer("bytes").length((State s) -> 1).allocate(),
                "by a function of the destination"),
        refused(
                vbuffer("bytes")
                        .length((State s) -> 1)
                        .object((State s) -> s.bytes, (s, v) -> s.bytes = v),
                "by a function of the destination"),
        refused(uint32("numbers").varray("cnt"), "has no field cnt"),
        refused(
                uint32("number").sinceVersion(1).existsIf((State s, int v) -> true),
                "decides alone"),
        refused(vstruct("inner", INNER_GROWN, 2), "which has no field wide"),
        refused(vstruct("inner", INNER_GROWN, 3).elementVersion(5, 2), "is never reached"),
        refused(
                optional("maybe", String.class, string("v", 3)),
                "must be a Optional of java.lang.String"),
        refused(uint32("anything"), "must be a number"),
        refused(buffer("text", 3), "a String is a string(name, maxBytes)"),
        refused(
                qtailq("texts", 3, INNER, State::new),
                "a collection of org.vmstate.DeclarationTest$State, which inner describes"),
        refused(uint32("number").array(3), "must be an array of numbers"),
        refused(uint64("numbers").array(3), "must be wide enough for uint64"),
        refused(uint32("numbers").array(3).pointers(), "must be an array of boxed numbers"),
        refused(uint32("boxes").array(3), "must be an array of primitive numbers"),
        refused(uint32("numbers").array(-1), "count is negative"),
        refused(uint32("numbers").array(2).from(-1), "begins before its first element"),
        refused(uint32("number").from(1), "is not an array, so from has no meaning"),
        refused(uint32("number").pointers(), "pointers has no meaning without an array"),
        refused(uint32("number").allocate(), "cannot be allocated"),
        refused(
                uint32("fixed_numbers").varray("number").allocate().asQemuDoes("a test"),
                "loading sets it, but it is final"),
        refused(uint32("numbers").varray("wide"), "wide is not a single number"),
        refused(uint32("numbers").varray("nowhere"), "has no field nowhere"),
        refused(uint32("number").sinceVersion(-1), "begins before version 0"),
        refused(uint32("number").length("wide"), "has no length"),
        refused(vbuffer("bytes"), "needs a length"),
        refused(buffer("numbers", 4), "kept in a int[], must be a byte[], a ByteBuffer"),
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
        refused(vstruct("inner", INNER, 1), "version 1 of inner cannot be loaded, only 2..3"),
        refused(vstruct("inner", INNER, 4), "version 4 of inner cannot be loaded"),
        refused(qtailq("inner", 3, INNER, State::new), "must be a TailQueue, List or Deque"),
        refused(qlist("numbers", 3, INNER, State::new), "must be a ListQueue, List or Deque"),
        refused(gtreeDirect("list", 3, INNER, State::new), "must be a SortedMap"),
    };

    private static Arguments refused(VMStateField<?> field, String because) {
        return Arguments.of(field, because);
    }

    @ParameterizedTest(name = "{1}")
    @FieldSource("FIELDS")
    @SuppressWarnings("unchecked")
    void fieldsThatCannotWorkAreRefused(VMStateField<?> any, String because) {
        VMStateField<State> field = (VMStateField<State>) any;
        VMStateDescriptionBuilder<State> builder =
                builder("x")
                        .versionId(field.versionId() == 3 ? 3 : 1)
                        .fields(uint64("wide"), field, uint32("late"));
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
                .hasMessageContaining("x/a is declared twice");
        VMStateDescription<State> high = builder("x/b").versionId(256).build();
        assertThatThrownBy(() -> builder("x").subsections(high).build())
                .hasMessageContaining("above 255");
        VMStateDescription<State> longName = builder("x" + "/".repeat(255)).build();
        assertThatThrownBy(() -> builder("x").subsections(longName).build())
                .hasMessageContaining("more than 255 bytes");
    }

    @Test
    void whatQemuItselfDeclaresIsAcceptedWithAReason() {
        VMStateDescription<State> description =
                builder("x")
                        .fields(
                                uint32("number").sinceVersion(2).asQemuDoes("as there"),
                                qtailq("list", 1, INNER, State::new).asQemuDoes("as there"),
                                uint32("numbers").varray("late").asQemuDoes("as there"),
                                uint32("late"))
                        .build();
        assertThat(description.toString()).contains("number: uint32, since version 2, as QEMU");
        assertThatThrownBy(() -> uint32("number").asQemuDoes(" ")).hasMessageContaining("reason");
    }

    @Test
    void aNestedStructureThatGrewInOlderVersionsNeedsVersions() {
        VMStateDescription<State> grown =
                VMStateDescription.builder("grown", State.class, MethodHandles.lookup())
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(uint32("number"), uint64("wide").sinceVersion(2))
                        .build();
        VMStateDescriptionBuilder<State> plain =
                builder("x").versionId(2).minimumVersionId(1).fields(struct("inner", grown));
        assertThatThrownBy(plain::build)
                .hasMessageContaining("which version of grown they contain")
                .hasMessageContaining("its field wide was added later: use vstruct");
        builder("x").versionId(2).fields(struct("inner", grown)).build();
        builder("x")
                .versionId(2)
                .minimumVersionId(1)
                .fields(vstruct("inner", grown, 1).elementVersion(2, 2))
                .build();
        assertThatThrownBy(() -> struct("inner", grown).elementVersion(2, 2))
                .hasMessageContaining("only a vstruct");
    }

    @Test
    void aStructureThatGrewInsideAnotherOneNeedsVersionsToo() {
        VMStateDescription<State> middle =
                VMStateDescription.builder("middle", State.class, MethodHandles.lookup())
                        .fields(struct("inner", INNER_GROWN))
                        .build();
        for (VMStateField<Object> field :
                List.of(
                        struct("inner", middle),
                        optional(
                                "any",
                                State.class,
                                struct("v", INNER_GROWN).allocate(State::new)))) {
            assertThatThrownBy(
                            () ->
                                    builder("x")
                                            .versionId(2)
                                            .minimumVersionId(1)
                                            .fields(field)
                                            .build())
                    .hasMessageContaining("its field wide was added later: use vstruct");
        }
    }

    @Test
    void aTemporaryThatIsReadAtAnotherVersionThanItIsWrittenIsRefused() {
        VMStateDescription<State> version1 = builder("t").fields(uint32("number")).build();
        assertThatThrownBy(
                        () -> builder("x").fields(withTemporary(version1, (State s) -> s)).build())
                .hasMessageContaining("give it minimumVersionId(0)");
        VMStateDescription<State> grown =
                builder("t")
                        .versionId(1)
                        .minimumVersionId(0)
                        .fields(uint32("number").sinceVersion(1))
                        .build();
        assertThatThrownBy(() -> builder("x").fields(withTemporary(grown, (State s) -> s)).build())
                .hasMessageContaining("at which t has no field number");
    }

    @Test
    void componentsOfARecordThatNobodySendsAreRefused() {
        assertThatThrownBy(() -> pair().fields(uint32("a")).build())
                .hasMessageContaining("component b of org.vmstate.DeclarationTest$Pair is not sent")
                .hasMessageContaining("notSent(\"b\")");
        pair().fields(uint32("a")).notSent("b").build();
        VMStateDescription<Pair> partial =
                VMStateDescription.builder("pair/b", Pair.class, MethodHandles.lookup())
                        .fields(uint32("b"))
                        .partial()
                        .build();
        pair().fields(uint32("a")).subsections(partial).build();
        assertThatThrownBy(() -> builder("x").fields(qtailq("list", 1, partial)).build())
                .hasMessageContaining("pair/b is partial");
        assertThatThrownBy(() -> builder("x").partial().build())
                .hasMessageContaining("only a subsection of a record");
        assertThatThrownBy(() -> pair().fields(uint32("a")).notSent("c").build())
                .hasMessageContaining("has no component c");
    }

    @Test
    void aDescriptionThatNestsItselfIsRefusedByName() {
        assertThatThrownBy(() -> qtailq("children", 1, Node.VMSTATE, Node::new))
                .isInstanceOf(ExceptionInInitializerError.class)
                .cause()
                .hasMessageContaining("children: the description is null")
                .hasMessageContaining("cannot nest itself");
    }

    @Test
    void aCountThatCameLaterThanItsArrayIsRefused() {
        VMStateDescriptionBuilder<State> builder =
                builder("x")
                        .versionId(2)
                        .minimumVersionId(1)
                        .fields(
                                uint32("late").sinceVersion(2),
                                uint32("numbers").varray("late").from(0));
        assertThatThrownBy(builder::build).hasMessageContaining("may exist without its count late");
        assertThatThrownBy(
                        () ->
                                builder("x")
                                        .fields(
                                                uint32("numbers").varray("late"),
                                                uint32("count").named("late"))
                                        .build())
                .hasMessageContaining("is loaded before its count late");
    }

    @Test
    void anOptionalOfWhatLoadingCannotMakeIsRefused() {
        assertThatThrownBy(() -> optional("o", List.class, qtailq("v", 3, INNER, State::new)))
                .hasMessageContaining("o: loading must create the value")
                .hasMessageContaining("a structure around a queue");
        assertThatThrownBy(() -> optional("o", Integer.class, uint64("v")))
                .hasMessageContaining("o: its value is kept in a java.lang.Integer");
    }

    @Test
    void constantsHaveNumbersOfTheirOwnThatFit() {
        assertThatThrownBy(() -> uint8("parity").constants(Parity.class, p -> 1))
                .hasMessage("parity: ODD has the number 1, which NONE has too");
        assertThatThrownBy(
                        () ->
                                uint8("parity")
                                        .constants(Parity.class, p -> p == Parity.NONE ? 300 : 301))
                .hasMessage("parity: NONE has the number 300, which does not fit uint8");
        assertThatThrownBy(() -> buffer("parity", 1).constants(Parity.class, Enum::ordinal))
                .hasMessageContaining("only numbers");
    }

    @Test
    void functionsThatAreNullAreRefusedAtOnce() {
        assertThatThrownBy(() -> builder("x").needed(null))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> builder("x").preSave(null))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> uint32("a").existsIf(null))
                .isInstanceOf(NullPointerException.class);
    }

    @Test
    void aDescriptionPrintsItsDeclaration() {
        VMStateDescription<State> description =
                builder("x")
                        .versionId(4)
                        .minimumVersionId(2)
                        .fields(
                                uint32("number"),
                                uint32("numbers").varray("number").times(2).from(1),
                                vbuffer("bytes").length("late").named("bytes"),
                                vstruct("inner", INNER, 2).elementVersion(3, 3),
                                qtailq("list", 3, INNER, State::new),
                                string("text", 8).existsIf((State s, int v) -> true),
                                validate("sane", (State s, int v) -> true))
                        .subsections(builder("x/a").fields(bool("truth")).build())
                        .build();
        assertThat(description)
                .hasToString(
                        """
                        x, version 4, loads 2..4
                          number: uint32
                          numbers: uint32[number * 2], from element 1
                          bytes: buffer of late bytes, in bytes
                          inner: vstruct, of inner version 2, version 3 since version 3
                          list: qtailq, of inner version 3, since version 3
                          text: struct, of string version 1, allocated, from String, if a test is true
                          sane: validate, checked
                          subsection x/a, version 1
                            truth: bool\
                        """);
    }

    /// Uses its own description while that is built.
    static final class Node {
        List<Node> children = List.of();

        static final VMStateDescription<Node> VMSTATE =
                VMStateDescription.builder("node", Node.class, MethodHandles.lookup())
                        .fields(qtailq("children", 1, Node.VMSTATE, Node::new))
                        .build();
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
                .hasMessageContaining("a record cannot contain it");
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

    @Test
    void moreElementsThanAnArrayCanHaveAreRefused() {
        assertThatThrownBy(() -> uint8("grid").array2d(1 << 16, 1 << 16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("65536 times 65536 is more than an array can have");
        assertThatThrownBy(() -> uint8("grid").varray("number").times(2).times(Integer.MAX_VALUE))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
