// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Loads files that were changed by accident or malice into a busy computer: it is then as in the
/// file, as before, or failed as [org.vmstate.savevm.Machine] says.
final class ChangedFileTest {
    private enum Outcome {
        LOADED,
        UNTOUCHED,
        FAILED
    }

    private byte[] file = {};
    private byte[] before = {};
    private final SmallBoard victim = SmallBoard.after(60_000);
    private final Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);

    @BeforeEach
    void save() throws IOException {
        SmallBoard busy = SmallBoard.after(SmallBoard.BUSY_CYCLES);
        busy.board.type("two");
        file = busy.machine.save();
        victim.board.type("three");
        before = victim.state();
    }

    @Test
    void everyChangedByteOfTheDevices() throws IOException {
        int end = description(file);
        for (int at = devices(file); at < end; at++) {
            for (int bits : new int[] {0x01, 0xff}) {
                change(at, bits);
            }
        }
        assertThat(outcomes).containsOnlyKeys(Outcome.values());
    }

    @Test
    void everyChangedByteBeforeTheMemory() throws IOException {
        for (int at = 0; at < 100; at++) {
            for (int bits = 1; bits < 0x100; bits <<= 1) {
                change(at, bits);
            }
        }
        assertThat(outcomes).containsKey(Outcome.UNTOUCHED);
    }

    @Test
    void changedBytesOfTheMemory() throws IOException {
        for (int at = 100; at < devices(file); at += 29) {
            change(at, 0xff);
        }
    }

    @Test
    void everyLength() throws IOException {
        int devices = devices(file);
        int description = description(file);
        // In the memory and in the text of the description a part of the lengths will do.
        for (int length = 0; length < file.length; ) {
            check(Arrays.copyOf(file, length), "length " + length);
            boolean all = length < 100 || (devices <= length && length < description);
            length += all ? 1 : 17;
        }
        assertThat(outcomes).doesNotContainKey(Outcome.FAILED);
    }

    private void change(int at, int bits) throws IOException {
        byte[] changed = file.clone();
        changed[at] ^= (byte) bits;
        check(changed, "byte %d ^ 0x%x".formatted(at, bits));
    }

    private void check(byte[] changed, String what) throws IOException {
        Outcome outcome;
        try {
            victim.machine.load(changed);
            outcome = Outcome.LOADED;
        } catch (IOException e) {
            outcome = victim.machine.failed() ? Outcome.FAILED : Outcome.UNTOUCHED;
        } catch (RuntimeException e) {
            fail(what, e);
            return;
        }
        outcomes.merge(outcome, 1, Integer::sum);
        byte[] now = victim.state();
        switch (outcome) {
            case UNTOUCHED -> assertThat(Arrays.equals(now, before)).as(what).isTrue();
            case LOADED -> {
                victim.board.run(2_000);
                victim.machine.load(before);
            }
            case FAILED -> {
                assertThat(ofDevices(now)).as(what).isEqualTo(ofDevices(before));
                assertThatThrownBy(victim.machine::save).isInstanceOf(IllegalStateException.class);
                assertThatThrownBy(() -> victim.board.machineForFirstRelease().save())
                        .isInstanceOf(IllegalStateException.class);
                victim.machine.load(before);
            }
        }
    }

    /// Returns where the sections of the devices begin.
    private static int devices(byte[] stream) {
        return SmallBoard.text(stream).indexOf("\3cpu\0\0\0\0") - 5;
    }

    /// Returns where the text of the description begins.
    private static int description(byte[] stream) {
        return SmallBoard.text(stream).lastIndexOf("{\"configuration\"");
    }

    private static byte[] ofDevices(byte[] stream) {
        return Arrays.copyOfRange(stream, devices(stream), stream.length);
    }
}
