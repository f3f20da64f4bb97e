// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KnownMachinesTest {
    @ParameterizedTest
    @CsvSource({
        "pc-i440fx-7.2, 5.2, REFUSED",
        "pc-i440fx-7.2, 7.2, LOADS",
        "pc-i440fx-5.2, 11.1, LOADS",
        "pc-i440fx-5.1, 11.1, REFUSED",
        "pc-q35-5.1, 10.2, LOADS",
        "pc-i440fx-2.3, 10.0, REFUSED",
        "pc-i440fx-2.3, 8.0, UNDECIDED",
        "pc-i440fx-2.3, 7.2, LOADS",
        "pseries-2.12, 10.0, REFUSED",
        "s390-ccw-virtio-2.9, 10.0, LOADS",
        "virt-2.6, 10.0, LOADS",
        "virt-4.1, 10.1, REFUSED",
        "xlnx-versal-virt, 10.0, LOADS",
        "xlnx-versal-virt, 11.1, REFUSED",
        "raspi2, 10.0, LOADS",
        "malta, 11.1, LOADS"
    })
    void machineTypeExistsInAVersion(String type, String version, Verdict verdict)
            throws IOException {
        CheckResult result =
                MigrationCheck.check(
                        CheckInputs.read(CheckInputs.bytes(type, s -> s, CheckInputs.DESCRIPTION)),
                        Destination.builder().version(QemuVersion.parse(version)).build());
        assertThat(result.verdict()).as(result.toString()).isEqualTo(verdict);
    }
}
