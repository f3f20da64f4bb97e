// SPDX-License-Identifier: Apache-2.0
package org.vmstate.guide;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.VMStateCoverage;
import org.vmstate.guide.BuildMachine.Board;
import org.vmstate.guide.BuildMachine.Clock;
import org.vmstate.guide.BuildMachine.ClockBoard;
import org.vmstate.guide.BuildMachine.Dma;
import org.vmstate.guide.BuildMachine.Ring;
import org.vmstate.guide.BuildMachine.Uart;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.RoundTrip;

/// Checks the statements of the guide about its code.
final class BuildMachineTest {
    @TempDir private Path folder;

    @Test
    void nothingIsLost() throws IOException {
        Board board = new Board();
        board.timer.count = 17;
        assertThat(RoundTrip.differences(board.machine, new Board().machine)).isEmpty();
        assertThat(VMStateCoverage.of(Uart.class, Uart.VMSTATE).uncovered()).isEmpty();
    }

    @Test
    void machineIsLoadedFromAFile() throws IOException {
        BuildMachine.saveAndLoad(folder.resolve("board.vmstate"));
        Board board = new Board();
        board.machine.load(folder.resolve("board.vmstate"));
        assertThat(board.timer.count).isEqualTo(17);
    }

    @Test
    void streamThatIsRefusedLeavesTheMachineAsBefore() throws IOException {
        Board board = new Board();
        byte[] stream = board.machine.save();
        assertThat(BuildMachine.loaded(board, stream)).isEqualTo("loaded");
        byte[] other = Machine.builder("other").build().save();
        assertThat(BuildMachine.loaded(board, other))
                .startsWith(
                        "as before: configuration: Machine type received is 'other' and local is"
                                + " 'acme-board-1'");
        board.timer.count = 3;
        assertThat(BuildMachine.loaded(board, Arrays.copyOf(stream, 20_000)))
                .startsWith("as before: ");
        assertThat(board.timer.count).isEqualTo(3);
    }

    @Test
    void queueIsReplacedByALoad() throws IOException {
        Dma dma = new Dma();
        dma.requests.insertTail(new Dma.Request());
        Machine machine = Machine.builder("m").device("dma", Dma.VMSTATE, dma).build();
        byte[] stream = machine.save();
        dma.requests.insertTail(new Dma.Request());
        machine.load(stream);
        assertThat(dma.requests).hasSize(1);
    }

    @Test
    void ringRewindsToTheLastSnapshot() throws IOException {
        Board board = new Board();
        Ring ring = new Ring();
        for (int i = 0; i < 6; i++) {
            board.timer.count = i;
            ring.take(board.machine);
        }
        ring.rewind(board.machine);
        assertThat(board.timer.count).isEqualTo(5);
        ring.rewind(board.machine);
        assertThat(board.timer.count).isEqualTo(4);
        for (int i = 0; i < 6; i++) {
            ring.rewind(board.machine); // further than the ring reaches
        }
        assertThat(board.timer.count).isEqualTo(2);
    }

    @Test
    void snapshotsHaveNames() throws IOException {
        assertThat(BuildMachine.named(new Board().machine, folder))
                .containsExactly("before the boot");
    }

    @Test
    void runnerStopsAndResumes() throws Exception {
        BuildMachine.Runner runner = new BuildMachine.Runner();
        Machine machine = Machine.builder("m").control(runner).build();
        runner.resume();
        int[] count = {0};
        Thread thread =
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    try {
                                        while (true) {
                                            runner.slice(() -> count[0]++);
                                        }
                                    } catch (InterruptedException e) {
                                        return; // the test is over
                                    }
                                });
        assertThat(machine.save()).isNotEmpty();
        assertThat(runner.running()).isTrue();
        thread.interrupt();
    }

    @Test
    void deviceThatWasUnpluggedIsUnknown() throws IOException {
        Board board = new Board();
        BuildMachine.plugAndUnplug(board.machine);
        assertThat(board.machine.registry().entries()).hasSize(3);
        assertThat(board.machine.registry().blockers()).isEmpty();
        board.machine.registry().register("uart", Uart.VMSTATE, new Uart(), _ -> {});
        byte[] stream = board.machine.save();
        assertThatThrownBy(() -> new Board().machine.load(stream))
                .hasMessageContaining("Unknown section or instance \"uart\" 1; registered: uart");
    }

    @Test
    void memoryIsAccessedThroughASegment() throws IOException {
        Board board = new Board();
        MemorySegment ram = BuildMachine.interpreted(board.memory);
        ram.set(ValueLayout.JAVA_INT, 64, 5);
        Board other = new Board();
        other.machine.load(board.machine.save());
        assertThat(BuildMachine.interpreted(other.memory).get(ValueLayout.JAVA_INT, 64))
                .isEqualTo(5);
    }

    @Test
    void recordIsCapturedAndRestored() throws IOException {
        ClockBoard board = new ClockBoard();
        board.set(new Clock(5, 6));
        ClockBoard other = new ClockBoard();
        other.machine().load(board.machine().save());
        assertThat(other.now()).isEqualTo(new Clock(5, 6));
    }
}
