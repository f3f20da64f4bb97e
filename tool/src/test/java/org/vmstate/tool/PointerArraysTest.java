// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.testing.StreamBytes;

/// `vmstate show` of arrays of pointers in QEMU 11.1's format, with patterns.
final class PointerArraysTest {
    private static final String QUEUE =
            "{\"name\": \"sq\", \"type\": \"struct\", \"struct\": {\"vmsd_name\": \"nvme-sq\", \"version\": 1, "
                    + "\"fields\": [{\"name\": \"sqid\", \"type\": \"uint16\", \"size\": 2}]}, \"size\": 2}";
    private static final String MARKER =
            "{\"name\": \"sq\", \"type\": \"ptr-marker\", \"size\": 1}";
    private static final String IMAGE =
            "\"type\": \"struct\", \"struct\": {\"vmsd_name\": \"s390_css_img\", \"version\": 1, "
                    + "\"fields\": [{\"name\": \"chpid\", \"type\": \"uint8\", \"size\": 1}]}, \"size\": 1}";

    @TempDir Path folder;

    @Test
    void elementsOfAnAllocatedArrayHaveTheIndexesOfTheDevice() throws Exception {
        String stream = nvme("31 0000 31 0001 30 30");

        Cli.Run whole = Cli.run("show", stream, "0000:00:01.0/nvme");
        Cli.Run second = Cli.run("show", stream, "0000:00:01.0/nvme.sq[1].sqid");
        Cli.Run all = Cli.run("show", stream, "*/nvme.sq[*].sqid");

        assertThat(whole.code()).isEqualTo(ExitCode.FINE);
        assertThat(whole.text())
                .contains("sq  struct[4]")
                .contains("\n    [1]\n      sqid  uint16          1\n")
                .contains("\n    [2..3]  ptr-marker  null\n")
                .doesNotContain("\n    [4]");
        assertThat(second.text()).startsWith("0000:00:01.0/nvme.sq[1].sqid  uint16  1");
        assertThat(all.text().lines().map(line -> line.substring(0, line.indexOf(' '))))
                .containsExactly("0000:00:01.0/nvme.sq[0].sqid", "0000:00:01.0/nvme.sq[1].sqid");
    }

    @Test
    void jsonHasNullsAndElements() throws Exception {
        Cli.Run run = Cli.run("show", "--json", nvme("31 0000 30 30 31 0001"), "**.sq");

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        Map<?, ?> selected = (Map<?, ?>) ((List<?>) run.json().get("selected")).getFirst();
        assertThat(selected.get("path")).isEqualTo("0000:00:01.0/nvme.sq");
        List<?> elements = (List<?>) ((Map<?, ?>) selected.get("state")).get("elements");
        assertThat(elements.stream().map(e -> (Object) ((Map<?, ?>) e).get("type")).toList())
                .isEqualTo(List.of("struct", "ptr-marker", "ptr-marker", "struct"));
        assertThat(((Map<?, ?>) elements.get(1)).containsKey("value")).isTrue();
        assertThat(((Map<?, ?>) elements.get(1)).get("value")).isNull();
    }

    @Test
    void theFormOfQemusScriptHasTheMarkersAsBytes() throws Exception {
        Cli.Run run = Cli.run("show", "--format", "qemu", nvme("31 0000 30 30 31 0001"));

        assertThat(run.text().replaceAll("\\s+", ""))
                .contains(
                        "\"sq\":[\"31\",{\"sqid\":\"0x0000\"},\"30\",\"30\",\"31\",{\"sqid\":\"0x0001\"}]");
    }

    @Test
    void anotherMarkerIsAFinding() throws Exception {
        Cli.Run run = Cli.run("show", nvme("31 0000 30 30 33 0001"), "*nvme");

        assertThat(run.code()).isEqualTo(ExitCode.FINDINGS);
        assertThat(run.text())
                .contains("0000:00:01.0/nvme.sq[3]: 0x33 where a pointer's marker is 0x30 or 0x31");
    }

    @Test
    void aFirstRunOfElementsHasTheLengthThatTheLaterRunsLeave() throws Exception {
        String css =
                "{\"name\": \"css\", \"array_len\": 256, "
                        + IMAGE
                        + ", {\"name\": \"css\", \"array_len\": 253, \"type\": \"ptr-marker\", \"size\": 1}, "
                        + "{\"name\": \"css\", "
                        + IMAGE
                        + ", {\"name\": \"css\", \"type\": \"ptr-marker\", \"size\": 1}";
        String stream = stream("s390_css", css, "07" + "30".repeat(253) + "09" + "30");

        Cli.Run run = Cli.run("show", stream, "s390_css");

        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text())
                .contains("css  struct[256]")
                .contains("\n    [1..253]  ptr-marker  null\n")
                .contains("\n    [255]  ptr-marker  null\n");
        assertThat(Cli.run("show", stream, "s390_css.css[254].chpid").text())
                .startsWith("s390_css.css[254].chpid  uint8  9");
    }

    @Test
    void whatAPatternMatchesIsShownOnce() throws Exception {
        String stream = nvme("31 0000 31 0001 30 30");

        assertThat(Cli.run("show", "--json", stream, "**").json().get("selected"))
                .asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.LIST)
                .hasSize(1);
        assertThat(Cli.run("show", stream, "\"0000:00:01.0/nvme\".\"sq\"[0]").text())
                .startsWith("0000:00:01.0/nvme.sq[0]  struct");
    }

    @Test
    void aPatternThatMatchesNothingIsAMistakeOfTheUser() throws Exception {
        String stream = nvme("31 0000 31 0001 30 30");

        assertThat(Cli.run("show", stream, "**.cq").code()).isEqualTo(ExitCode.USAGE);
        Cli.Run quote = Cli.run("show", stream, "\"0000");
        assertThat(quote.code()).isEqualTo(ExitCode.USAGE);
        assertThat(quote.err()).contains("the closing quote is missing");
    }

    /// A section `0000:00:01.0/nvme` with an array of four pointers; the markers are those in the
    /// bytes.
    private String nvme(String hex) throws Exception {
        StringBuilder entries = new StringBuilder();
        for (String word : hex.split(" ", -1)) {
            entries.append(entries.isEmpty() ? "" : ", ")
                    .append(word.length() == 2 ? MARKER : QUEUE);
        }
        return stream("0000:00:01.0/nvme", entries.toString(), hex.replace(" ", ""));
    }

    private String stream(String name, String fields, String hex) throws Exception {
        byte[] bytes =
                StreamBytes.stream()
                        .configuration("pc")
                        .full(7, name, 0, 1)
                        .hex(hex)
                        .footer(7)
                        .endOfStream()
                        .description(
                                "{\"page_size\": 4096, \"devices\": [{\"name\": \""
                                        + name
                                        + "\", \"instance_id\": 0, \"vmsd_name\": \"d\", \"version\": 1, \"fields\": ["
                                        + fields
                                        + "]}]}")
                        .toByteArray();
        return Files.write(folder.resolve("stream.mig"), bytes).toString();
    }
}
