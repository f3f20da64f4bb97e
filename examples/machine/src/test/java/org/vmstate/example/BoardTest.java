// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.vmstate.VMStateCoverage;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.savevm.LoadReport;
import org.vmstate.savevm.RoundTrip;
import org.vmstate.wire.WireReader;

final class BoardTest {
    @Test
    void programCountsCopiesAndEchoes() {
        SmallBoard small = new SmallBoard();
        assertThat(small.runs(100_000))
                .isEqualTo(
                        """
                        count 00001 copied 00000
                        count 00002 copied 00003
                        count 00003 copied 00006
                        """);
        small.board.type("hello\n");
        assertThat(small.runs(200)).isEqualTo("hello\n");
        assertThat(small.board.dma().read(DmaEngine.FAILED)).isZero();
    }

    @Test
    void futureDoesNotDependOnHowItIsDivided() throws IOException {
        SmallBoard once = SmallBoard.after(60_000);
        SmallBoard often = new SmallBoard();
        for (int i = 0; i < 60_000; i += 7) {
            often.board.run(Math.min(7, 60_000 - i));
        }
        assertThat(often.state()).isEqualTo(once.state());
    }

    @Test
    void loadedComputerHasTheSameFuture() throws IOException {
        SmallBoard saved = SmallBoard.after(SmallBoard.BUSY_CYCLES);
        assertThat(saved.waiting()).isEqualTo(3);
        SmallBoard fresh = new SmallBoard();
        LoadReport report = fresh.machine.load(saved.machine.save());
        assertThat(report.missing()).isEmpty();
        assertThat(fresh.waiting()).isEqualTo(3);
        assertThat(fresh.runs(123_456)).isNotEmpty().isEqualTo(saved.runs(123_456));
        assertThat(fresh.state()).isEqualTo(saved.state());
    }

    @Test
    void loadIntoABusyComputerReplacesItsQueue() throws IOException {
        byte[] idle = new SmallBoard().machine.save();
        SmallBoard busy = SmallBoard.after(SmallBoard.BUSY_CYCLES);
        busy.board.type("more than one");
        busy.machine.load(idle);
        assertThat(busy.waiting()).isZero();
        assertThat(busy.state()).isEqualTo(idle);
    }

    @Test
    void rewindsThroughItsHistory() throws IOException {
        SmallBoard small = new SmallBoard();
        History history = new History(small.machine, 2);
        for (int i = 0; i < 3; i++) {
            history.take();
            small.board.run(SmallBoard.BUSY_CYCLES);
        }
        assertThat(history.rewind()).isTrue();
        assertThat(small.state()).isEqualTo(SmallBoard.after(2 * SmallBoard.BUSY_CYCLES).state());
        assertThat(history.rewind()).isTrue();
        assertThat(small.state()).isEqualTo(SmallBoard.after(SmallBoard.BUSY_CYCLES).state());
        assertThat(history.rewind()).as("the oldest one was overwritten").isFalse();
    }

    @Test
    void nothingIsLostWhileRequestsWait() throws IOException {
        SmallBoard busy = SmallBoard.after(SmallBoard.BUSY_CYCLES);
        busy.board.type("two");
        assertThat(RoundTrip.differences(busy.machine, new SmallBoard().machine)).isEmpty();
    }

    @Test
    void everyFieldIsSaved() {
        assertThat(VMStateCoverage.of(Cpu.class, Cpu.VMSTATE).uncovered()).isEmpty();
        assertThat(
                        VMStateCoverage.of(InterruptController.class, InterruptController.VMSTATE)
                                .uncovered())
                .isEmpty();
        assertThat(VMStateCoverage.of(Timer.class, Timer.VMSTATE).uncovered()).isEmpty();
        assertThat(VMStateCoverage.of(Uart.class, Uart.VMSTATE).uncovered()).isEmpty();
        assertThat(VMStateCoverage.of(DmaEngine.class, DmaEngine.VMSTATE).uncovered()).isEmpty();
    }

    @Test
    void streamIsReadableWithoutTheDeclarations() throws IOException {
        byte[] stream = SmallBoard.after(SmallBoard.BUSY_CYCLES).machine.save();
        SavedMachine saved = SavedMachine.read(MachineReader.of(WireReader.of(stream)));
        assertThat(saved.findings()).isEmpty();
        assertThat(saved.failure()).isEmpty();
        assertThat(saved.devices())
                .extracting(device -> device.identity().label())
                .containsExactly("ram", "cpu", "interrupt-controller", "timer", "uart", "dma");
    }
}
