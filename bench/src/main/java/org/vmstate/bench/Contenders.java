// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.util.List;

/// The serializers to measure, and their states.
final class Contenders {
    static final List<String> STATES = List.of("scalars", "device", "queue", "regs", "ptrs");

    /// The libraries that serialize the values of two of the states, in formats of their own.
    static final List<String> LIBRARIES =
            List.of("kryo", "fory", "sbe", "protobuf", "serializable");

    /// Descriptions of many fields, and a record.
    static final List<String> OTHERS =
            List.of("mixed80", "mixed800", "mixed3000", "pointers80", "pointers800", "record");

    /// Saving together with the description text, and completing that text.
    static final List<String> WITH_TEXT = List.of("text", "textMade");

    private Contenders() {}

    static Contender of(String state, String by) throws Exception {
        return switch (by) {
            case "compiled" -> compiled(state);
            case "plan" -> {
                System.setProperty("org.vmstate.codec", "plan");
                yield compiled(state);
            }
            case "memory" -> inMemory(state);
            case "memoryPlan" -> {
                System.setProperty("org.vmstate.codec", "plan");
                yield inMemory(state);
            }
            case "hand" -> byHand(state);
            case "text" -> described(state).withText(false);
            case "textMade" -> described(state).withText(true);
            case "handBulk" -> new ByHand.OfRegistersInBulk();
            default -> library(state, by);
        };
    }

    private static Contender compiled(String state) throws Exception {
        return state.equals("record") ? new Geometry.OfRecord() : described(state);
    }

    private static Described<?> described(String state) throws Exception {
        return switch (state) {
            case "scalars" -> new Described<>(Scalars.VMSTATE, Scalars.filled(), null);
            case "device" -> new Described<>(Device.Described.VMSTATE, Device.filled(), null);
            case "queue" ->
                    new Described<>(EventQueue.VMSTATE, EventQueue.filled(), EventQueue::new);
            case "regs" -> new Described<>(Registers.VMSTATE, Registers.filled(), null);
            case "ptrs" -> new Described<>(Pointers.VMSTATE, Pointers.filled(), null);
            case "mixed80" -> new Described<>(Mixed.describe(80), new Mixed(), null);
            case "mixed800" -> new Described<>(Mixed.describe(800), new Mixed(), null);
            case "mixed3000" -> new Described<>(Mixed.describe(3000), new Mixed(), null);
            case "pointers80" -> new Described<>(Pointers.describe(80), Pointers.filled(), null);
            case "pointers800" -> new Described<>(Pointers.describe(800), Pointers.filled(), null);
            default -> throw new IllegalArgumentException(state);
        };
    }

    private static Contender inMemory(String state) throws Exception {
        InMemory contender = new InMemory(state, described(state).saved());
        if (contender.save() != described(state).save()) {
            throw new IllegalStateException("memory saves other bytes than objects: " + state);
        }
        return contender;
    }

    private static Contender byHand(String state) {
        return switch (state) {
            case "scalars" -> new ByHand.OfScalars();
            case "device" -> new ByHand.OfDevice();
            case "queue" -> new ByHand.OfQueue();
            case "regs" -> new ByHand.OfRegisters();
            case "ptrs" -> new ByHand.OfPointers();
            default -> throw new IllegalArgumentException(state);
        };
    }

    private static Contender library(String state, String by) throws Exception {
        boolean device = state.equals("device");
        Object value = device ? Device.filled() : Events.filled();
        return switch (by) {
            case "kryo" -> new ByKryo(value);
            case "fory" -> new ByFory(value);
            case "serializable" -> new BySerializable(value);
            case "sbe" -> device ? new BySbe.OfDevice() : new BySbe.OfEvents();
            case "protobuf" -> device ? new ByProtobuf.OfDevice() : new ByProtobuf.OfEvents();
            default -> throw new IllegalArgumentException(by);
        };
    }
}
