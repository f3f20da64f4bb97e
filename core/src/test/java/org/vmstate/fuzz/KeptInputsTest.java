// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.fuzz.targets.Targets;

final class KeptInputsTest {
    static List<String> targets() {
        return Targets.library().stream().map(Target::name).toList();
    }

    @ParameterizedTest
    @MethodSource("targets")
    @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void areNoFindings(String name) throws Exception {
        KeptInputs.check(Targets.of(name));
    }
}
