// SPDX-License-Identifier: Apache-2.0
package org.vmstate.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class VMStateExceptionTest {
    @Test
    void messageNamesPathDetailAndOffset() {
        VMStateException e =
                new VersionTooNewException(3, 1, 2, 0x55f2a0)
                        .within("[1]")
                        .within("pending_events")
                        .within("spapr_pending_events")
                        .within("spapr");

        assertThat(e)
                .hasMessage(
                        "spapr > spapr_pending_events > pending_events[1]: version_id 3 too new,"
                                + " supported 1..2 (offset 0x55f2a0)");
        assertThat(e.path()).isEqualTo("spapr > spapr_pending_events > pending_events[1]");
        assertThat(e.detail()).isEqualTo("version_id 3 too new, supported 1..2");
        assertThat(e.offset()).isEqualTo(0x55f2a0);
    }

    @Test
    void messageLeavesOutWhatIsNotKnown() {
        assertThat(new RefusedException("no")).hasMessage("no");
        assertThat(new VersionTooOldException(0, 1, 2, 0))
                .hasMessage("version_id 0 too old, supported 1..2 (offset 0x0)");
    }
}
