// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.testing.TrickleChannel;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

/// Every call of an emulator's code, in every kind of device, throws once: the machine is then as
/// before or failed as [Machine] says.
final class HookFaultsTest {
    /// The states before an operation and in the stream or snapshot.
    private static final int BEFORE = 4;

    private static final int OTHER = 7;

    enum Operation {
        SAVE_FILE,
        SAVE_BYTES,
        SNAPSHOT,
        LOAD_FILE,
        LOAD_BYTES,
        LOAD_PIPE,
        RESTORE;

        boolean loads() {
            return compareTo(LOAD_FILE) >= 0;
        }
    }

    @TempDir private Path folder;

    static Stream<Arguments> rows() {
        return Arrays.stream(Operation.values())
                .flatMap(
                        operation ->
                                Arrays.stream(Fuse.Kind.values())
                                        .map(kind -> Arguments.of(operation, kind)));
    }

    @ParameterizedTest
    @MethodSource("rows")
    void onceInDevicesThatCanBePutBack(Operation operation, Fuse.Kind kind) throws IOException {
        Row row = new Row(operation, kind, false, false);
        row.everyCall();
        assertThat(row.failures).isEqualTo(operation == Operation.RESTORE ? row.touched : 0);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void onceInAMachineWithMemory(Operation operation, Fuse.Kind kind) throws IOException {
        new Row(operation, kind, true, false).everyCall();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void fromThenOn(Operation operation, Fuse.Kind kind) throws IOException {
        new Row(operation, kind, true, true).everyCall();
        new Row(operation, kind, false, true).everyCall();
    }

    /// An operation, and what is thrown in it.
    private final class Row {
        private final Operation operation;
        private final Fuse.Kind kind;
        private final boolean inPlace;
        private final boolean lasting;
        private final FusedBoard board;
        private final MachineState state = new MachineState();
        private final Path file = folder.resolve("machine.vmstate");
        private final byte[] other;
        private final String otherDevices;
        private final String otherInPlace;
        private final Set<String> code = new TreeSet<>();
        private int failures;
        private int touched;

        Row(Operation operation, Fuse.Kind kind, boolean inPlace, boolean lasting)
                throws IOException {
            this.operation = operation;
            this.kind = kind;
            this.inPlace = inPlace;
            this.lasting = lasting;
            this.board = new FusedBoard(inPlace);
            board.fill(OTHER);
            this.other = board.machine.save();
            this.otherDevices = board.devices();
            this.otherInPlace = board.inPlace();
        }

        void everyCall() throws IOException {
            boolean thrown = true;
            for (int call = 0; thrown; call++) {
                thrown = call(call);
            }
            assertThat(code).as("code that threw").hasSizeGreaterThan(12);
        }

        /// Runs the operation with a throwing call; returns false if there were fewer calls.
        private boolean call(int call) throws IOException {
            Files.write(file, other);
            board.machine.load(other);
            if (operation == Operation.RESTORE) {
                board.machine.snapshot(state);
            }
            board.fill(BEFORE);
            String devices = board.devices();
            String memory = board.inPlace();
            board.control.clear();

            board.fuse.arm(kind, call, lasting);
            Throwable thrown = outcome();
            board.fuse.disarm();

            String where = board.fuse.where();
            if (where == null) {
                assertThat(thrown).isNull();
                return false;
            }
            code.add(where);
            String what = "%s of call %d, %s: %s".formatted(kind, call, where, thrown);
            assertThat(isDeclared(thrown)).as(what).isTrue();
            boolean failed = board.machine.failed();
            failures += failed ? 1 : 0;
            boolean stopped = board.control.contains("stop");
            touched += stopped && !where.equals("flush") && !where.equals("resume") ? 1 : 0;
            assertThat(board.control.contains("resume")).as(what).isEqualTo(stopped && !failed);
            boolean done = where.equals("resume");
            if (operation.loads() && done) {
                assertThat(board.devices()).as(what).isEqualTo(otherDevices);
            } else if (!failed) {
                assertThat(board.devices()).as(what).isEqualTo(devices);
                assertThat(board.inPlace()).as(what).isEqualTo(memory);
            } else {
                assertThat(operation.loads()).as(what).isTrue();
                board.devices(); // throws if a queue is half built
                if (operation != Operation.RESTORE && !lasting) {
                    assertThat(inPlace).as(what).isTrue();
                    assertThat(board.devices()).as(what).isEqualTo(devices);
                }
                assertThatThrownBy(board.machine::save)
                        .as(what)
                        .isInstanceOf(IllegalStateException.class);
            }
            assertThat(Files.readAllBytes(file)).as(what).isEqualTo(other);
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files).as(what).containsExactly(file);
            }
            if (operation == Operation.SNAPSHOT && !done) {
                assertThatThrownBy(() -> board.machine.restore(state))
                        .as(what)
                        .isInstanceOf(IllegalStateException.class);
            }
            recovers(what);
            return true;
        }

        private void recovers(String what) throws IOException {
            if (operation == Operation.RESTORE) {
                board.machine.restore(state);
            } else {
                board.machine.load(other);
            }
            assertThat(board.machine.failed()).as(what).isFalse();
            assertThat(board.devices()).as(what).isEqualTo(otherDevices);
            assertThat(inPlace ? board.inPlace() : otherInPlace).as(what).isEqualTo(otherInPlace);
            assertThat(board.machine.save()).as(what).isEqualTo(other);
            SaveStateRegistry registry = board.machine.registry();
            registry.unregister(registry.register("late", Uart.VMSTATE, new Uart(), _ -> {}));
        }

        private @Nullable Throwable outcome() {
            try {
                switch (operation) {
                    case SAVE_FILE -> board.machine.save(file);
                    case SAVE_BYTES -> board.machine.save();
                    case SNAPSHOT -> board.machine.snapshot(state);
                    case LOAD_FILE -> board.machine.load(file);
                    case LOAD_BYTES -> board.machine.load(other);
                    case LOAD_PIPE ->
                            board.machine.load(
                                    WireReader.of(
                                            new TrickleChannel(other, 1000), ReadLimits.DEFAULT));
                    case RESTORE -> board.machine.restore(state);
                }
                return null;
            } catch (Throwable e) {
                return e;
            }
        }

        /// Whether the exception is the one that was thrown, or a refusal caused by it.
        private boolean isDeclared(@Nullable Throwable thrown) {
            Set<Throwable> chain = new HashSet<>();
            for (Throwable e = thrown; e != null && chain.add(e); e = e.getCause()) {
                if (String.valueOf(e.getMessage()).contains("fuse in ")) {
                    return switch (kind) {
                        case REFUSED, IO, RUNTIME ->
                                thrown instanceof IOException
                                        || thrown instanceof UncheckedIOException
                                        || thrown instanceof IllegalArgumentException;
                        case STACK_OVERFLOW -> thrown instanceof StackOverflowError;
                        case OUT_OF_MEMORY -> thrown instanceof OutOfMemoryError;
                    };
                }
            }
            return false;
        }
    }
}
