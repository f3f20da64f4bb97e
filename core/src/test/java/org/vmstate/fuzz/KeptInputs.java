// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmstate.fuzz.Judge.Verdict;

/// Checks the seeds of a target and its inputs in the repository, for the tests of its module.
public final class KeptInputs {
    private KeptInputs() {}

    /// Asserts that none of them is a finding.
    public static void check(Target target) throws IOException, URISyntaxException {
        List<byte[]> inputs = new ArrayList<>(target.seeds());
        URL folder = target.getClass().getResource("/fuzz/" + target.name());
        if (folder != null) {
            inputs.addAll(Inputs.in(Path.of(folder.toURI())));
        }
        Judge judge = new Judge(target, Sample.ALL);
        for (byte[] input : inputs) {
            Optional<Verdict> verdict = judge.verdict(input);
            assertThat(verdict.map(Verdict::cause)).isEmpty();
        }
    }
}
