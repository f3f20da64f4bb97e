// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.compare.DiffRules;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.WireReader;

final class ReportPageTest {
    private static final String HOSTILE =
            "</script><img src=x onerror=\"window.ran=1\"><script>window.ran=2</script>";

    /// The text elements whose contrast is below WCAG AA, with the ratio.
    private static final String LOW_CONTRAST =
            """
            (() => {
              const parse = (c) => c.match(/[0-9.]+/g).map(Number);
              const light = ([r, g, b]) => [r, g, b].map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; })
                .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
              const bad = [];
              for (const e of document.querySelectorAll("body *")) {
                const text = Array.from(e.childNodes).some((n) => n.nodeType === 3 && n.data.trim());
                if (!text || !e.checkVisibility() || /SCRIPT|OPTION|NOSCRIPT/.test(e.tagName)) continue;
                let back = [255, 255, 255];
                for (let a = e; a; a = a.parentElement) {
                  const c = parse(getComputedStyle(a).backgroundColor);
                  if (c.length < 4 || c[3] === 1) { back = c; break; }
                }
                const a = light(parse(getComputedStyle(e).color)), b = light(back);
                const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
                if (ratio < 4.5) bad.push(e.tagName + "." + e.className + " " + ratio.toFixed(2) + " " + e.textContent.slice(0, 20));
              }
              return [...new Set(bad)].join("; ");
            })()
            """;

    @TempDir Path folder;

    private static StreamBytes described(String device, String fields, byte... body) {
        return StreamBytes.stream()
                .configuration("test")
                .full(1, device, 0, 1)
                .bytes(body)
                .footer(1)
                .endOfStream()
                .description(
                        "{\"page_size\":4096,\"devices\":[{\"name\":"
                                + quoted(device)
                                + ",\"instance_id\":0,\"vmsd_name\":\"d\",\"version\":1,\"fields\":["
                                + fields
                                + "]}]}");
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder();
        PageText.string(json, text);
        return json.toString();
    }

    private static String field(String name, String type, int size) {
        return "{\"name\":"
                + quoted(name)
                + ",\"type\":"
                + quoted(type)
                + ",\"size\":"
                + size
                + "}";
    }

    private static Report read(String name, byte[] stream) throws IOException {
        return new ReportReader(name, WireReader.of(stream, 0, ReadLimits.DEFAULT), List.of())
                .read();
    }

    private Path page(Report report) throws IOException {
        Path file = folder.resolve("report.html");
        try (Writer out = Files.newBufferedWriter(file, UTF_8)) {
            new ReportPage(report).writeTo(out);
        }
        return file;
    }

    private static Report small() throws IOException {
        return read(
                "small.mig",
                described(
                                "dev/one",
                                field("alpha", "uint32", 4) + "," + field("beta", "uint16", 2),
                                (byte) 0,
                                (byte) 0,
                                (byte) 0x12,
                                (byte) 0x34,
                                (byte) 0xde,
                                (byte) 0xad)
                        .toByteArray());
    }

    @Test
    void textOfTheStreamCannotEndTheElementWithTheData() throws IOException {
        Report report =
                read(
                        HOSTILE,
                        described(HOSTILE, field(HOSTILE + "\u2028<!--", "uint8", 1), (byte) 1)
                                .toByteArray());
        StringWriter page = new StringWriter();
        new ReportPage(report).writeTo(page);
        assertThat(page.toString()).doesNotContain("<img").doesNotContain("\u2028");
        assertThat(page.toString().split("</script>", -1)).hasSize(3);
    }

    @Test
    void pageHasNoReferencesToOtherFiles() throws IOException {
        StringWriter page = new StringWriter();
        new ReportPage(small()).writeTo(page);
        assertThat(page.toString())
                .contains("default-src 'none'; script-src 'sha256-")
                .doesNotContain("http://")
                .doesNotContain("https://")
                .doesNotContain("innerHTML");
    }

    @Test
    void hostileNamesAreShownAndRunNothing() throws Exception {
        Path file =
                page(
                        read(
                                HOSTILE,
                                described(
                                                HOSTILE,
                                                field(HOSTILE + "\u2028<!--", HOSTILE, 1),
                                                (byte) 1)
                                        .toByteArray()));
        try (Browser browser = Browser.start()) {
            browser.open(file, "");
            browser.press("/");
            browser.type("onerror");
            browser.press("Enter");
            assertThat(browser.evaluate("document.getElementById('tree').textContent"))
                    .contains("<img src=x");
            assertThat(browser.evaluate("window.ran")).isEqualTo("undefined");
            assertThat(browser.evaluate("document.querySelectorAll('img').length")).isEqualTo("0");
            assertThat(browser.problems()).isEmpty();
            assertThat(browser.requests()).isEmpty();
            browser.evaluate(
                    "document.body.append(Object.assign(document.createElement('script'),"
                            + " {textContent: 'window.ran = 3'}))");
            assertThat(browser.evaluate("window.ran")).isEqualTo("undefined");
            assertThat(browser.problems()).anyMatch(p -> p.contains("Content Security Policy"));
        }
    }

    @Test
    void searchSelectsAndTheAddressHasTheSelection() throws Exception {
        Path file = page(small());
        try (Browser browser = Browser.start()) {
            browser.open(file, "");
            browser.press("/");
            browser.type("beta");
            browser.press("Enter");
            assertThat(browser.evaluate("decodeURIComponent(location.hash)"))
                    .isEqualTo("#dev/one.beta");
            assertThat(browser.evaluate("document.getElementById('status').textContent"))
                    .startsWith("1 of 1");
            assertThat(browser.evaluate("document.getElementById('inspector').textContent"))
                    .contains("57005");
            assertThat(
                            browser.evaluate(
                                    "Array.from(document.querySelectorAll('#bytes .cell.pick'), e"
                                            + " => e.textContent).join(' ')"))
                    .isEqualTo("de ad");

            browser.evaluate(
                    "(document.getElementById('query').value = '', document.getElementById('mode').value ="
                            + " 'bytes')");
            browser.type("12 ?? de");
            browser.press("Enter");
            assertThat(browser.evaluate("decodeURIComponent(location.hash)"))
                    .isEqualTo("#dev/one.alpha");
            assertThat(
                            browser.evaluate(
                                    "Array.from(document.querySelectorAll('#bytes .cell.found'), e"
                                            + " => e.textContent).join(' ')"))
                    .isEqualTo("12 34 de");

            browser.evaluate(
                    "(document.getElementById('query').value = '', document.getElementById('mode').value ="
                            + " 'value')");
            browser.type("0xdead");
            browser.press("Enter");
            assertThat(browser.evaluate("decodeURIComponent(location.hash)"))
                    .isEqualTo("#dev/one.beta");

            browser.open(file, "%22dev%2Fone%22.alpha");
            assertThat(browser.evaluate("document.querySelector('.path').textContent"))
                    .isEqualTo("dev/one.alpha");
            browser.open(file, "dev/one.beta");
            assertThat(browser.evaluate("document.querySelector('.path').textContent"))
                    .isEqualTo("dev/one.beta");
            browser.press("/");
            browser.type("dev/one.al");
            browser.press("Enter");
            assertThat(browser.evaluate("decodeURIComponent(location.hash)"))
                    .isEqualTo("#dev/one.alpha");
            assertThat(browser.problems()).isEmpty();
        }
    }

    @Test
    void keysMoveThroughTheTreeAndTheBytes() throws Exception {
        Path file = page(small());
        try (Browser browser = Browser.start()) {
            browser.open(file, "%22dev%2Fone%22");
            browser.evaluate("document.getElementById('tree').focus()");
            browser.press("ArrowRight");
            browser.press("ArrowRight");
            browser.press("ArrowDown");
            assertThat(browser.evaluate("document.querySelector('.path').textContent"))
                    .isEqualTo("dev/one.beta");
            assertThat(
                            browser.evaluate(
                                    "document.getElementById(document.getElementById('tree')"
                                            + ".getAttribute('aria-activedescendant')).ariaSelected"))
                    .isEqualTo("true");
            browser.evaluate("document.getElementById('bytes').focus()");
            browser.press("ArrowLeft");
            assertThat(browser.evaluate("document.querySelector('.path').textContent"))
                    .isEqualTo("dev/one.alpha");
            browser.press("?");
            assertThat(browser.evaluate("document.getElementById('help').open")).isEqualTo("true");
            assertThat(browser.problems()).isEmpty();
        }
    }

    @Test
    void differencesAreMarkedAndTheOthersCanBeHidden() throws Exception {
        byte[] before =
                described(
                                "dev",
                                field("alpha", "uint8", 1) + "," + field("beta", "uint8", 1),
                                (byte) 1,
                                (byte) 2)
                        .toByteArray();
        byte[] after =
                described(
                                "dev",
                                field("alpha", "uint8", 1) + "," + field("beta", "uint8", 1),
                                (byte) 1,
                                (byte) 3)
                        .toByteArray();
        Report report =
                new ReportReader("a", WireReader.of(before, 0, ReadLimits.DEFAULT), List.of())
                        .compare(
                                "b",
                                WireReader.of(after, 0, ReadLimits.DEFAULT),
                                DiffRules.DEFAULT,
                                folder);
        assertThat(report.devices().getFirst().children().get(1).change())
                .contains(new ReportChange(ReportChange.Kind.CHANGED, "2", "3"));
        Path file = page(report);
        try (Browser browser = Browser.start()) {
            browser.open(file, "");
            assertThat(browser.evaluate("document.querySelector('.path').textContent"))
                    .isEqualTo("dev.beta");
            browser.evaluate("document.getElementById('only').click()");
            assertThat(browser.evaluate("document.querySelectorAll('#tree .row').length"))
                    .isEqualTo("2");
            assertThat(browser.problems()).isEmpty();
        }
    }

    @Test
    void hundredThousandFieldsStayQuickAndSmall() throws Exception {
        int count = 100_000;
        byte[] body = new byte[4 * count];
        for (int i = 0; i < body.length; i++) {
            body[i] = (byte) ((i * 2654435761L) >> 24);
        }
        Report report =
                read(
                        "large.mig",
                        described(
                                        "dev",
                                        "{\"name\":\"values\",\"array_len\":"
                                                + count
                                                + ",\"type\":\"uint32\",\"size\":4}",
                                        body)
                                .toByteArray());
        assertThat(report.devices().getFirst().children().getFirst().children()).hasSize(count);
        Path file = page(report);
        assertThat(Files.size(file)).isLessThan(20_000_000);
        try (Browser browser = Browser.start()) {
            browser.open(file, "dev.values%5B99999%5D");
            assertThat(browser.evaluate("document.querySelector('.path').textContent"))
                    .isEqualTo("dev.values[99999]");
            assertThat(
                            Integer.parseInt(
                                    browser.evaluate(
                                            "document.querySelectorAll('#tree .row').length")))
                    .isBetween(5, 150);
            assertThat(browser.problems()).isEmpty();
        }
    }

    @Test
    void everyControlHasANameAndTextHasContrast() throws Exception {
        Path file = page(small());
        Set<String> controls =
                Set.of(
                        "button",
                        "textbox",
                        "searchbox",
                        "combobox",
                        "checkbox",
                        "tree",
                        "treeitem",
                        "tab",
                        "slider",
                        "tablist",
                        "tabpanel",
                        "dialog",
                        "region");
        try (Browser browser = Browser.start()) {
            for (boolean dark : new boolean[] {false, true}) {
                browser.window(1200, 900, dark);
                browser.open(file, "%22dev%2Fone%22.beta");
                List<String> nameless = new ArrayList<>();
                int seen = 0;
                for (Object node : browser.accessibility()) {
                    Map<?, ?> properties = (Map<?, ?>) node;
                    String role = value(properties, "role");
                    if (controls.contains(role)
                            && Boolean.FALSE.equals(properties.get("ignored"))) {
                        seen++;
                        if (value(properties, "name").isBlank()) {
                            nameless.add(role);
                        }
                    }
                }
                assertThat(nameless).isEmpty();
                assertThat(seen).isGreaterThan(12);
                for (String view : List.of("state", "overview")) {
                    browser.evaluate("document.getElementById('tab-" + view + "').click()");
                    assertThat(browser.evaluate(LOW_CONTRAST)).isEmpty();
                }
                assertThat(
                                browser.evaluate(
                                        "document.documentElement.scrollWidth <= window.innerWidth"))
                        .isEqualTo("true");
            }
            browser.window(390, 844, false);
            browser.open(file, "");
            assertThat(browser.evaluate("document.documentElement.scrollWidth")).isEqualTo("390");
            assertThat(browser.problems()).isEmpty();
        }
    }

    private static String value(Map<?, ?> node, String property) {
        return node.get(property) instanceof Map<?, ?> map ? String.valueOf(map.get("value")) : "";
    }
}
