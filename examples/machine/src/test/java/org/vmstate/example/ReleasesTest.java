// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.vmstate.savevm.Machine;
import org.vmstate.wire.RefusedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.VersionTooNewException;

/// What the two releases of the program do with each other's files.
final class ReleasesTest {
    private final SmallBoard busy = SmallBoard.after(SmallBoard.BUSY_CYCLES);
    private final SmallBoard other = new SmallBoard();

    @Test
    void releaseTwoLoadsTheFileOfReleaseOne() throws IOException {
        byte[] file = FirstRelease.machine(busy.board).save();
        other.board.timer().write(Timer.SCALE, 5);
        other.board.type("three");
        assertThat(other.machine.load(file).missing()).isEmpty();
        assertThat(other.board.timer().read(Timer.SCALE)).isEqualTo(1);
        assertThat(other.state()).isEqualTo(busy.state());
        assertThat(other.runs(100_000)).isNotEmpty().isEqualTo(busy.runs(100_000));
    }

    @Test
    void releaseTwoWritesTheBytesOfReleaseOne() throws IOException {
        byte[] old = FirstRelease.machine(busy.board).save();
        byte[] written = busy.board.machineForFirstRelease().save();
        int end = SmallBoard.text(old).lastIndexOf("{\"configuration\"") - 5;
        assertThat(Arrays.copyOf(written, end)).isEqualTo(Arrays.copyOf(old, end));
        FirstRelease.machine(other.board).load(written);
        assertThat(other.runs(100_000)).isNotEmpty().isEqualTo(busy.runs(100_000));
    }

    @Test
    void releaseOneRefusesTheMachineOfReleaseTwo() throws IOException {
        byte[] file = busy.machine.save();
        assertRefused(
                file,
                RefusedException.class,
                "configuration: Machine type received is 'example-board-2' and local is"
                        + " 'example-board-1'");
    }

    @Test
    void releaseOneRefusesASubsectionThatItDoesNotKnow() throws IOException {
        busy.board.type("a");
        byte[] oneByte = busy.board.machineForFirstRelease().save();
        FirstRelease.machine(other.board).load(oneByte);
        busy.board.type("b");
        byte[] twoBytes = busy.board.machineForFirstRelease().save();
        assertRefused(
                twoBytes, VMStateException.class, "uart: 'uart' has no subsection 'uart/fifo'");
    }

    @Test
    void releaseOneRefusesANewerDevice() throws IOException {
        byte[] file =
                Machine.builder("example-board-1")
                        .device("timer", Timer.VMSTATE, busy.board.timer())
                        .build()
                        .save();
        assertRefused(
                file, VersionTooNewException.class, "timer: version_id 2 too new, supported 1..1");
    }

    @Test
    void releaseOneRefusesADeviceUnderItsNewName() throws IOException {
        byte[] file =
                Machine.builder("example-board-1")
                        .device(
                                "interrupt-controller",
                                InterruptController.VMSTATE,
                                busy.board.interrupts())
                        .build()
                        .save();
        assertRefused(
                file,
                RefusedException.class,
                "Unknown section or instance \"interrupt-controller\" 0");
    }

    @Test
    void whatReleaseOneCannotRepresentIsNotWrittenForIt() {
        busy.board.timer().write(Timer.SCALE, 2);
        assertThatThrownBy(() -> busy.board.machineForFirstRelease().save())
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("timer: version 1 cannot represent the state");
    }

    /// The first release refuses a file, and its computer is as before.
    private void assertRefused(byte[] file, Class<?> kind, String message) throws IOException {
        byte[] before = other.state();
        Machine first = FirstRelease.machine(other.board);
        assertThatThrownBy(() -> first.load(file))
                .isInstanceOf(kind)
                .hasMessageStartingWith(message);
        assertThat(first.failed()).isFalse();
        assertThat(other.state()).isEqualTo(before);
    }
}
