// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import java.util.ArrayList;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.vmstate.queue.TailQueue;

@SuppressWarnings({"UnusedVariable", "UnusedNestedClass"}) // fields are read by descriptions
final class VMStateCoverageTest {
    private static class Base {
        private int identity;
        static int instances;
    }

    private static final class Timer {
        long deadline = 3;
        long period;

        static final VMStateDescription<Timer> VMSTATE =
                VMStateDescription.builder("timer", Timer.class, MethodHandles.lookup())
                        .fields(int64("deadline"))
                        .build();
    }

    private static final class Frame {
        int length;
        int forgotten;
        final TailQueue.Link<Frame> next = new TailQueue.Link<>();

        static final VMStateDescription<Frame> VMSTATE =
                VMStateDescription.builder("frame", Frame.class, MethodHandles.lookup())
                        .fields(uint32("length"))
                        .build();
    }

    private record Port(int number) implements Comparable<Port> {
        static final VMStateDescription<Port> VMSTATE =
                VMStateDescription.builder("port", Port.class, MethodHandles.lookup())
                        .fields(uint32("number"))
                        .build();

        @Override
        public int compareTo(Port other) {
            return Integer.compare(number, other.number);
        }
    }

    private static final class Device extends Base {
        int divisor;
        int computed;
        boolean breaking;
        long breakUntil;
        final Timer timer = new Timer();
        final Timer[] timers = {new Timer()};
        final TailQueue<Frame> frames = new TailQueue<>(f -> f.next);
        final SortedMap<Port, Frame> routes = new TreeMap<>();
        int added;
        int configured;
        String label = "";
        Optional<Timer> spare = Optional.empty();
        transient int cache;

        static final VMStateDescription<Device> BREAK =
                VMStateDescription.builder("device/break", Device.class, MethodHandles.lookup())
                        .needed(d -> d.breaking)
                        .fields(bool("breaking"), timer("break_until"))
                        .build();

        static final VMStateDescription<Device> VMSTATE =
                VMStateDescription.builder("device", Device.class, MethodHandles.lookup())
                        .fields(
                                uint32("divisor"),
                                uint32("computed")
                                        .number(
                                                (Device d) -> d.computed,
                                                (Device d, long n) -> d.computed = (int) n),
                                string("label", 16),
                                optional(
                                        "spare",
                                        Timer.class,
                                        struct("value", Timer.VMSTATE).allocate(Timer::new)),
                                struct("timer", Timer.VMSTATE),
                                struct("timers", Timer.VMSTATE).array(1),
                                qtailq("frames", 1, Frame.VMSTATE, Frame::new),
                                gtree(
                                        "routes",
                                        1,
                                        Port.VMSTATE,
                                        () -> new Port(0),
                                        Frame.VMSTATE,
                                        Frame::new))
                        .subsections(BREAK)
                        .notSent("configured")
                        .build();
    }

    @Test
    void fieldsThatNoDescriptionSendsAreNamed() {
        assertThat(VMStateCoverage.of(Device.class, Device.VMSTATE).uncovered())
                .containsExactly(
                        "computed",
                        "added",
                        "identity",
                        "spare.value.period",
                        "timer.period",
                        "timers[].period",
                        "frames[].forgotten",
                        "routes[].value.forgotten");
    }

    @Test
    void severalDescriptionsCoverAClassTogether() {
        VMStateDescription<Base> base =
                VMStateDescription.builder("base", Base.class, MethodHandles.lookup())
                        .fields(uint32("identity"))
                        .build();
        assertThat(VMStateCoverage.of(Device.class, Device.VMSTATE, base).uncovered())
                .doesNotContain("identity");
    }

    @Test
    void fieldsThatTheCallerExceptsAreLeftOut() {
        assertThat(VMStateCoverage.of(Timer.class, Timer.VMSTATE).except("period").uncovered())
                .isEmpty();
    }

    @Test
    void nameThatIsNotUncoveredIsRefused() {
        VMStateCoverage coverage = VMStateCoverage.of(Timer.class, Timer.VMSTATE);
        assertThatThrownBy(() -> coverage.except("deadline"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("deadline is covered, or is not a field; uncovered are [period]");
    }

    @Test
    void componentsOfRecordsAreFields() {
        assertThat(VMStateCoverage.of(Port.class).uncovered()).containsExactly("number");
        assertThat(VMStateCoverage.of(Port.class, Port.VMSTATE).uncovered()).isEmpty();
    }

    @Test
    void fieldsOfTheJdkAreLeftOut() {
        final class Named extends ArrayList<String> {
            int a;
        }
        VMStateDescription<Named> named =
                VMStateDescription.builder("named", Named.class, MethodHandles.lookup())
                        .fields(uint32("a"))
                        .build();
        assertThat(VMStateCoverage.of(Named.class, named).uncovered()).isEmpty();
    }

    @Test
    void descriptionOfAnotherClassIsRefused() {
        assertThatThrownBy(() -> VMStateCoverage.of(Timer.class, Frame.VMSTATE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("frame describes");
    }
}
