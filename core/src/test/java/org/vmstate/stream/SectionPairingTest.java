// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SectionPairingTest {
    private static SectionPairing<ExpectedSection> of(ExpectedSection... things) {
        return new SectionPairing<>(
                List.of(things), ExpectedSection::idString, ExpectedSection::instanceId);
    }

    private static SectionIdentity device(String name, long instance) {
        return new SectionIdentity(name, instance, 1);
    }

    @Test
    void thingsSaidOfOneDeviceGoToItsSectionsInOrder() {
        ExpectedSection first = new ExpectedSection("isa-ide", 0, 7);
        ExpectedSection other = new ExpectedSection("isa-ide", 1, 7);
        ExpectedSection second = new ExpectedSection("isa-ide", 0, 7);
        SectionPairing<ExpectedSection> pairing = of(first, other, second);

        assertThat(pairing.take(device("isa-ide", 0)).orElseThrow()).isSameAs(first);
        assertThat(pairing.left()).containsExactly(other, second);
        assertThat(pairing.take(device("isa-ide", 0)).orElseThrow()).isSameAs(second);
        assertThat(pairing.take(device("isa-ide", 0))).isEmpty();
        assertThat(pairing.take(device("isa-ide", 1))).containsSame(other);
        assertThat(pairing.left()).isEmpty();
    }

    @Test
    void nothingIsSaidOfOtherDevices() {
        SectionPairing<ExpectedSection> pairing = of(new ExpectedSection("timer", 0, 8));

        assertThat(pairing.take(device("timer", 1))).isEmpty();
        assertThat(pairing.take(device("Timer", 0))).isEmpty();
        assertThat(pairing.left()).hasSize(1);
    }
}
