// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.vmstate.fuzz.KeptInputs;

/// Runs the inputs for whole commands that the repository contains.
final class KeptCommandsTest {
    @Test
    @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void areNoFindings() throws Exception {
        KeptInputs.check(new CommandsTarget());
    }
}
