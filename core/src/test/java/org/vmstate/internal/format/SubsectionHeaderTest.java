// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SubsectionHeaderTest {
    @Test
    void isMarkNameAndVersion() {
        byte[] bytes = new SubsectionHeader("a/b", 2).toByteArray();

        assertThat(HexFormat.of().formatHex(bytes)).isEqualTo("05" + "03612f62" + "00000002");
        assertThat(SubsectionHeader.size("a/b")).isEqualTo(bytes.length);
    }

    @ParameterizedTest
    @CsvSource({
        "virtio/a, true",
        "virtioa, true",
        "virtio, false",
        "virt, false",
        "x/virtio, false"
    })
    void belongsToADescriptionWhoseNameItGoesOnFrom(String name, boolean belongs) {
        assertThat(SubsectionHeader.belongsTo(name, "virtio")).isEqualTo(belongs);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "255, 255", "256, 0", "257, 1", "-1, 255"})
    void loadersKeepTheLow8BitsOfTheVersion(int sent, int loaded) {
        assertThat(SubsectionHeader.loaded(sent)).isEqualTo(loaded);
    }
}
