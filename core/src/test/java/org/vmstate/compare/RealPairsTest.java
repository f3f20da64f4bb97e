// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.tukaani.xz.XZInputStream;
import org.vmstate.container.StreamFile;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.testing.Json;
import org.vmstate.wire.ReadLimits;

/// Checks every pair of a folder of real streams and destinations against the answer of the real
/// QEMU. Skipped unless the property `vmstate.pairs` names such a folder: `pairs.json`, sources
/// beside it, `dump/` and `reference/`, all packed with xz.
final class RealPairsTest {
    /// The kinds of reasons that a class of the folder stands for.
    private static final Map<String, List<Reason.Kind>> KINDS =
            Map.ofEntries(
                    Map.entry("fields differ", List.of(Reason.Kind.FIELDS)),
                    Map.entry("unknown RAM block", List.of(Reason.Kind.RAM_BLOCK)),
                    Map.entry(
                            "CPU registers unknown to the destination",
                            List.of(Reason.Kind.CPU_REGISTERS)),
                    Map.entry(
                            "version range",
                            List.of(Reason.Kind.VERSION_TOO_NEW, Reason.Kind.VERSION_TOO_OLD)),
                    Map.entry("command unknown to an older QEMU", List.of(Reason.Kind.COMMAND)),
                    Map.entry("virtqueue size", List.of(Reason.Kind.VIRTQUEUE_SIZE)),
                    Map.entry("CPU model (PVR)", List.of(Reason.Kind.CPU_MODEL)),
                    Map.entry(
                            "RAM block length or page size",
                            List.of(Reason.Kind.RAM_LENGTH, Reason.Kind.PAGE_SIZE)),
                    Map.entry("unknown section", List.of(Reason.Kind.SECTION)),
                    Map.entry("unknown subsection", List.of(Reason.Kind.SUBSECTION)),
                    Map.entry("machine type", List.of(Reason.Kind.MACHINE_TYPE)));

    @Test
    void verdictIsThatOfTheRealQemu() throws IOException {
        String name = System.getProperty("vmstate.pairs");
        assumeTrue(name != null, "no folder of pairs");
        Path folder = Path.of(name);
        List<String> wrong = new ArrayList<>();
        List<?> pairs = (List<?>) Json.parse(Files.readString(folder.resolve("pairs.json")));
        for (Object each : pairs) {
            Map<?, ?> pair = (Map<?, ?>) each;
            CheckResult result = check(folder, pair);
            if (!agrees(pair, result)) {
                wrong.add(
                        "%s -> %s: really %s, %s: %s"
                                .formatted(
                                        pair.get("source"),
                                        pair.get("destination"),
                                        pair.get("result"),
                                        pair.get("reason"),
                                        result));
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static boolean agrees(Map<?, ?> pair, CheckResult result) {
        if ("nothing".equals(pair.get("decidable_from"))) {
            return true;
        }
        if ("ok".equals(pair.get("result"))) {
            return result.verdict() == Verdict.LOADS;
        }
        List<Reason.Kind> kinds = KINDS.getOrDefault(String.valueOf(pair.get("reason")), List.of());
        List<Reason> reasons = result.reasons(Reason.Effect.REFUSES);
        return !reasons.isEmpty() && (kinds.isEmpty() || kinds.contains(reasons.getFirst().kind()));
    }

    private static CheckResult check(Path folder, Map<?, ?> pair) throws IOException {
        Destination.Builder destination =
                Destination.builder()
                        .version(QemuVersion.parse(String.valueOf(pair.get("destination"))));
        if (pair.get("dump") != null) {
            destination.descriptions(
                    MachineDescriptions.parse(
                            unpacked(folder.resolve("dump/" + pair.get("dump") + ".xz"))
                                    .readAllBytes(),
                            ReadLimits.DEFAULT));
        }
        if (pair.get("reference") == null) {
            try (StreamFile source = source(folder, pair)) {
                return MigrationCheck.check(read(source), destination.build());
            }
        }
        Path own = folder.resolve("reference/" + pair.get("reference") + ".xz");
        try (StreamFile reference = StreamFile.of(unpacked(own), StreamFile.Options.DEFAULT);
                StreamFile source = source(folder, pair)) {
            destination.reference(read(reference));
            return MigrationCheck.check(read(source), destination.build());
        }
    }

    private static StreamFile source(Path folder, Map<?, ?> pair) throws IOException {
        return StreamFile.of(
                unpacked(folder.resolve(pair.get("source") + ".mig.xz")),
                StreamFile.Options.DEFAULT);
    }

    private static XZInputStream unpacked(Path file) throws IOException {
        return new XZInputStream(Files.newInputStream(file));
    }

    private static SavedMachine read(StreamFile stream) throws IOException {
        return SavedMachine.read(MachineReader.of(stream.reader().retained()));
    }
}
