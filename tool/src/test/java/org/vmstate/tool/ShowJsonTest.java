// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.Corpus;

/// The document of `show --json` has the format of docs/guide/show-json.md.
final class ShowJsonTest {
    private static final List<String> MACHINE =
            List.of(
                    "formatVersion",
                    "file",
                    "inside",
                    "configuration",
                    "pageSize",
                    "description",
                    "located",
                    "bytesAfterEnd",
                    "footers",
                    "ramBlocks",
                    "commands",
                    "devices",
                    "findings",
                    "error");

    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"pc", "pseries-events", "s390x"})
    void documentHasTheDocumentedKeys(String sample) {
        Cli.Run run = Cli.run("show", "--json", Cli.sample(sample));

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        Map<?, ?> document = run.json();
        assertThat(keys(document)).isEqualTo(MACHINE);
        assertThat(document.get("formatVersion")).isEqualTo(1L);
        assertThat(document.get("description")).isEqualTo("stream");
        assertThat(document.get("error")).isNull();
        for (Object device : list(document, "devices")) {
            List<String> identity =
                    List.of("sectionId", "idString", "instanceId", "versionId", "offset", "kind");
            List<String> keys = keys((Map<?, ?>) device);
            assertThat(keys.subList(0, 6)).isEqualTo(identity);
            assertThat(keys.subList(6, keys.size()))
                    .isEqualTo(
                            ((Map<?, ?>) device).get("kind").equals("full")
                                    ? List.of("length", "end", "described")
                                    : List.of("length", "sections"));
        }
    }

    @Test
    void everyKeyIsInTheGuide() throws Exception {
        String guide = Files.readString(Path.of("..", "docs", "guide", "show-json.md"));
        Path truncated = folder.resolve("cut.mig");
        byte[] stream = Files.readAllBytes(Cli.SAMPLES.resolve("pc.mig"));
        Files.write(truncated, Arrays.copyOf(stream, 30_000));
        Stream<Cli.Run> runs =
                Stream.of(
                        Cli.run("show", "--json", Cli.sample("pc"), "*"),
                        Cli.run("show", "--json", Cli.sample("pseries-events"), "*"),
                        Cli.run("show", "--json", Cli.sample("s390x"), "*"),
                        Cli.run("show", "--json", truncated.toString(), "timer"),
                        Cli.run("show", "--json", corpus("q35-viommu-gtree-100.mig"), "*iommu*"),
                        Cli.run("show", "--json", corpus("v-uuid-72.mig")),
                        Cli.run("show", "--json", corpus("v-ignshared-100.mig")),
                        Cli.run("show", "--json", corpus("s390x-72.mig")));

        assertThat(runs.flatMap(run -> allKeys(run.json())).collect(Collectors.toSet()))
                .allSatisfy(key -> assertThat(guide).contains("`" + key + "`"));
    }

    @Test
    void selectedValuesAreTreesAndSixtyFourBitsAreStrings() {
        Cli.Run run = Cli.run("show", "--json", Cli.sample("pseries-events"), "spapr");

        Map<?, ?> selected = map(list(run.json(), "selected").getFirst());
        assertThat(selected.get("path")).isEqualTo("spapr");
        Map<?, ?> state = map(selected.get("state"));
        assertThat(state.get("vmsdName")).isEqualTo("spapr");
        Map<?, ?> timebase = map(list(map(list(state, "fields").getFirst()), "fields").getFirst());
        assertThat(timebase.get("type")).isEqualTo("uint64");
        assertThat(timebase.get("value")).isInstanceOf(String.class);
        assertThat(timebase.get("offset")).isInstanceOf(String.class);
        Map<?, ?> subsection =
                list(state, "subsections").stream()
                        .map(ShowJsonTest::map)
                        .filter(s -> s.get("name").equals("spapr_pending_events"))
                        .findFirst()
                        .orElseThrow();
        Map<?, ?> queue = map(list(subsection, "fields").getFirst());
        assertThat(queue.get("type")).isEqualTo("qtailq");
        assertThat(list(queue, "elements"))
                .hasSize(3)
                .allSatisfy(
                        element -> {
                            Map<?, ?> summary = map(list(map(element), "fields").getFirst());
                            assertThat(summary.get("value")).isEqualTo(104071232L);
                        });
    }

    @Test
    void errorAndFindingsAreInTheDocument() throws Exception {
        Cli.Run findings = Cli.run("show", "--json", corpus("s390x-72.mig"));
        Path truncated = folder.resolve("cut.mig");
        byte[] stream = Files.readAllBytes(Cli.SAMPLES.resolve("pc.mig"));
        Files.write(truncated, Arrays.copyOf(stream, 30_000));
        Cli.Run error = Cli.run("show", "--json", truncated.toString());

        assertThat(findings.code()).isEqualTo(ExitCode.FINDINGS);
        assertThat(map(list(findings.json(), "findings").getFirst()).get("path"))
                .isEqualTo("s390_css");
        assertThat(error.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(keys(map(error.json().get("error"))))
                .containsExactly("path", "detail", "offset");
        assertThat(list(error.json(), "devices")).isNotEmpty();
    }

    private String corpus(String file) throws Exception {
        Path target = folder.resolve(file);
        return (Files.exists(target) ? target : Corpus.file(file).unpack(folder)).toString();
    }

    private static Stream<String> allKeys(Object value) {
        return switch (value) {
            case Map<?, ?> map ->
                    Stream.concat(
                            keys(map).stream(),
                            map.values().stream().flatMap(ShowJsonTest::allKeys));
            case List<?> list -> list.stream().flatMap(ShowJsonTest::allKeys);
            case null, default -> Stream.empty();
        };
    }

    private static List<String> keys(Map<?, ?> map) {
        return map.keySet().stream().map(String.class::cast).toList();
    }

    private static Map<?, ?> map(Object value) {
        return (Map<?, ?>) value;
    }

    private static List<?> list(Map<?, ?> map, String key) {
        return (List<?>) map.get(key);
    }
}
