// SPDX-License-Identifier: Apache-2.0
package org.vmstate.interop;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Qemu;
import org.vmstate.tool.ToolRunner;

/// The real QEMU loads the output of `vmstate convert` and continues running.
final class ConvertInteropTest {
    private static final String EVENTS = "spapr/spapr_pending_events.pending_events";

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"", "--without-vmdesc"})
    void convertedPseriesWithPendingEventsRunsOn(String option) throws Exception {
        Path saved = folder.resolve("saved.mig");
        Path converted = folder.resolve("converted.mig");
        Path again = folder.resolve("again.mig");
        PseriesEvents.save(saved, 3);

        assertThat(ToolRunner.run(("convert " + saved + " " + converted + " " + option).split(" ")))
                .isEmpty();
        try (Qemu destination = PseriesEvents.load(converted)) {
            assertThat(destination.status()).isEqualTo("running");
            destination.execute("system_powerdown");
            destination.save(again);
        }
        assertThat(ToolRunner.run("show", again.toString()))
                .contains(EVENTS + "  qtailq, 4 elements");
    }
}
