// SPDX-License-Identifier: Apache-2.0
package org.vmstate.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.VMStateException;

class CprStateTest {
    private static StreamBytes descriptor(StreamBytes to, String name, int id) {
        return to.u8(1).u32(name.length() + 1L).text(name).u8(0).u32(id);
    }

    private static byte[] state() {
        StreamBytes bytes = new StreamBytes().u32(0x51435052).u32(1);
        descriptor(bytes, "/rom@etc/acpi/rsdp", 0).u8(0x20);
        descriptor(bytes, "ram0", 7).u32(31); // as cpr-exec writes it
        descriptor(bytes, "pc.bios", 0).u8(0x20);
        return bytes.u8(0).toByteArray();
    }

    private static StreamFile open(byte[] bytes) throws IOException {
        return StreamFile.of(new ByteArrayInputStream(bytes), StreamFile.Options.DEFAULT);
    }

    @Test
    void descriptorsAreNamedInTheirOrder() throws IOException {
        try (StreamFile opened = open(state())) {
            CprState state = opened.cprState().orElseThrow();
            assertThat(state.descriptors())
                    .isEqualTo(
                            List.of(
                                    new CprState.Descriptor("/rom@etc/acpi/rsdp", 0),
                                    new CprState.Descriptor("ram0", 7),
                                    new CprState.Descriptor("pc.bios", 0)));
            assertThat(state.subsection()).isEmpty();
            assertThat(state)
                    .hasToString("CPR state: descriptors for /rom@etc/acpi/rsdp, ram0, pc.bios");
        }
    }

    @Test
    void subsectionBehindTheListIsNamed() throws IOException {
        byte[] bytes =
                new StreamBytes()
                        .bytes(state())
                        .subsection("CprState/vfio devices", 1)
                        .u8(0)
                        .toByteArray();
        try (StreamFile opened = open(bytes)) {
            assertThat(opened.cprState().orElseThrow().subsection())
                    .isEqualTo(Optional.of("CprState/vfio devices"));
        }
    }

    @Test
    void stateThatIsCutShortOrWrongIsRefused() {
        byte[] state = state();
        for (int length = 0; length < state.length; length++) {
            byte[] cut = Arrays.copyOf(state, length);
            assertThatThrownBy(() -> open(cut)).isInstanceOf(VMStateException.class);
        }
        byte[] version = new StreamBytes().u32(0x51435052).u32(2).u8(0).toByteArray();
        assertThatThrownBy(() -> open(version)).hasMessageContaining("version 2");
        byte[] name = new StreamBytes().u32(0x51435052).u32(1).u8(1).u32(-1).toByteArray();
        assertThatThrownBy(() -> open(name)).hasMessageContaining("a name of 4294967295 bytes");
    }
}
