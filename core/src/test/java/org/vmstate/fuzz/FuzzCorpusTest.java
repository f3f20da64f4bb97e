// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.vmstate.fuzz.Judge.Verdict;
import org.vmstate.fuzz.targets.Targets;

/// The fuzzer's seeds, and the inputs that it found and the repository keeps.
final class FuzzCorpusTest {
    static List<String> targets() {
        return Targets.library().stream().map(Target::name).toList();
    }

    @ParameterizedTest
    @MethodSource("targets")
    @Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void inputsBreakNoPromise(String name) throws Exception {
        Target target = Targets.of(name);
        List<byte[]> inputs = new ArrayList<>(target.seeds());
        URL folder = FuzzCorpusTest.class.getResource("/fuzz/" + name);
        if (folder != null) {
            inputs.addAll(Inputs.in(Path.of(folder.toURI())));
        }
        Judge judge = new Judge(target);
        for (byte[] input : inputs) {
            Optional<Verdict> verdict = judge.verdict(input);
            assertThat(verdict.map(Verdict::cause)).isEmpty();
        }
    }
}
