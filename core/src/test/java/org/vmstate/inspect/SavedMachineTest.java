// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.LimitExceededException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

class SavedMachineTest {
    private static final ReadLimits THREE_COMMANDS = ReadLimits.builder().maxCommands(3).build();

    private static SavedMachine ofPings(int count) throws IOException {
        StreamBytes stream = StreamBytes.stream();
        for (int i = 0; i < count; i++) {
            stream.command(2, (byte) 0, (byte) 0, (byte) 0, (byte) i);
        }
        byte[] bytes = stream.endOfStream().toByteArray();
        return SavedMachine.read(MachineReader.of(WireReader.of(bytes, 0, THREE_COMMANDS)));
    }

    @Test
    void asManyCommandsAsAllowedAreKept() throws IOException {
        SavedMachine machine = ofPings(3);

        assertThat(machine.failure()).isEmpty();
        assertThat(machine.commands()).hasSize(3);
        assertThat(machine.ended()).isTrue();
    }

    @Test
    void aStreamOfNothingButCommandsIsRefused() throws IOException {
        SavedMachine machine = ofPings(4);

        assertThat(machine.failure())
                .containsInstanceOf(LimitExceededException.class)
                .hasValueSatisfying(
                        e ->
                                assertThat(e)
                                        .hasMessageContaining("a stream of 4 commands")
                                        .hasMessageContaining(
                                                "the limit is 3 (maxCommands) (offset 0x23)"));
        assertThat(machine.commands()).hasSize(3);
    }
}
