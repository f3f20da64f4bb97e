// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.report;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;
import org.vmstate.testing.Json;
import org.vmstate.testing.Tools;

/// A headless Chromium with one page, controlled by its DevTools protocol.
final class Browser implements AutoCloseable {
    private static final int SECONDS = 90;

    private final Process process;
    private final Path profile;
    private final WebSocket socket;
    private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
    private final List<String> problems = new ArrayList<>();
    private final List<String> requests = new ArrayList<>();
    private String session = "";
    private int number;

    /// Starts the browser. Skips the calling test if there is none, or if `vmstate.browser` is not
    /// set, which `.ci/run` does.
    static Browser start() throws IOException, InterruptedException {
        if (!Boolean.getBoolean("vmstate.browser")) {
            throw new TestAbortedException("-Dvmstate.browser=true runs this test");
        }
        Path program =
                Tools.find("chromium")
                        .or(() -> Tools.find("chromium-browser"))
                        .or(() -> Tools.find("google-chrome"))
                        .orElseGet(() -> Tools.require("chromium"));
        return new Browser(program);
    }

    private Browser(Path program) throws IOException, InterruptedException {
        profile = Files.createTempDirectory("vmstate-browser");
        process =
                new ProcessBuilder(
                                program.toString(),
                                "--headless=new",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--hide-scrollbars",
                                "--disable-dev-shm-usage",
                                "--no-first-run",
                                "--user-data-dir=" + profile,
                                "--remote-debugging-port=0",
                                "about:blank")
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        socket =
                HttpClient.newHttpClient()
                        .newWebSocketBuilder()
                        .buildAsync(address(process), new Listener())
                        .join();
        Map<?, ?> target = call("Target.createTarget", "{\"url\":\"about:blank\"}");
        Map<?, ?> attached =
                call(
                        "Target.attachToTarget",
                        "{\"flatten\":true,\"targetId\":\"" + target.get("targetId") + "\"}");
        session = String.valueOf(attached.get("sessionId"));
        for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
            call(domain + ".enable", "{}");
        }
    }

    /// Reads the address of the protocol from the first lines of the standard error output.
    private static URI address(Process process) throws IOException {
        BufferedReader lines = process.errorReader(UTF_8);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int at = line.indexOf("ws://");
            if (at >= 0) {
                Thread.ofPlatform()
                        .daemon()
                        .start(
                                () -> {
                                    try {
                                        lines.transferTo(
                                                Writer.nullWriter()); // the pipe must not become
                                        // full
                                    } catch (IOException e) {
                                        throw new UncheckedIOException(e);
                                    }
                                });
                return URI.create(line.substring(at).strip());
            }
        }
        throw new IOException("the browser has no debugging port");
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public @Nullable CompletionStage<?> onText(
                WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                received.add(text.toString());
                text.setLength(0);
            }
            from.request(1);
            return null;
        }
    }

    private Map<?, ?> call(String method, String parameters) throws InterruptedException {
        int id = ++number;
        socket.sendText(
                        "{\"id\":"
                                + id
                                + (session.isEmpty() ? "" : ",\"sessionId\":\"" + session + "\"")
                                + ",\"method\":\""
                                + method
                                + "\",\"params\":"
                                + parameters
                                + "}",
                        true)
                .join();
        while (true) {
            Map<?, ?> message = take();
            if (message.get("id") instanceof Number n && n.intValue() == id) {
                if (message.containsKey("error")) {
                    throw new IllegalStateException(method + ": " + message.get("error"));
                }
                return (Map<?, ?>) Optional.ofNullable(message.get("result")).orElseThrow();
            }
        }
    }

    /// Takes the next message, and notes what the page reports.
    private Map<?, ?> take() throws InterruptedException {
        String text = received.poll(SECONDS, TimeUnit.SECONDS);
        if (text == null) {
            throw new IllegalStateException("the browser does not answer");
        }
        Map<?, ?> message = (Map<?, ?>) Json.parse(text);
        switch (String.valueOf(message.get("method"))) {
            case "Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled" ->
                    problems.add(text);
            case "Page.javascriptDialogOpening" -> problems.add("a dialog: " + text);
            case "Network.requestWillBeSent" -> requests.add(text);
            default -> {}
        }
        return message;
    }

    /// Opens a page and waits until it is loaded.
    ///
    /// @param fragment the fragment of the address, encoded; may be empty
    void open(Path page, String fragment) throws InterruptedException {
        requests.clear();
        call("Page.navigate", "{\"url\":\"about:blank\"}");
        String address = page.toUri() + (fragment.isEmpty() ? "" : "#" + fragment);
        call("Page.navigate", "{\"url\":" + quoted(address) + "}");
        for (int i = 0; i < SECONDS * 20; i++) {
            if (evaluate("document.readyState + (document.getElementById('title') !== null)")
                    .equals("completetrue")) {
                return;
            }
            Thread.sleep(50);
        }
        throw new IllegalStateException("the page does not load");
    }

    /// Sets the size of the window in CSS pixels, and the colour scheme.
    void window(int width, int height, boolean dark) throws InterruptedException {
        call(
                "Emulation.setDeviceMetricsOverride",
                "{\"width\":"
                        + width
                        + ",\"height\":"
                        + height
                        + ",\"deviceScaleFactor\":1,\"mobile\":false}");
        call(
                "Emulation.setEmulatedMedia",
                "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\""
                        + (dark ? "dark" : "light")
                        + "\"},{\"name\":\"prefers-reduced-motion\",\"value\":\"reduce\"}]}");
    }

    /// Evaluates an expression in the page; returns the value as text.
    String evaluate(String expression) throws InterruptedException {
        Map<?, ?> result =
                call(
                        "Runtime.evaluate",
                        "{\"awaitPromise\":true,\"returnByValue\":true,\"expression\":"
                                + quoted("(async () => String(await (" + expression + ")))()")
                                + "}");
        if (result.containsKey("exceptionDetails")) {
            throw new IllegalStateException(expression + ": " + result.get("exceptionDetails"));
        }
        return String.valueOf(((Map<?, ?>) result.get("result")).get("value"));
    }

    /// The elements of the page as assistive technology sees them.
    List<?> accessibility() throws InterruptedException {
        return (List<?>)
                Optional.ofNullable(call("Accessibility.getFullAXTree", "{}").get("nodes"))
                        .orElseThrow();
    }

    /// Presses a key, as a person does.
    void press(String key) throws InterruptedException {
        String text = key.length() == 1 ? ",\"text\":" + quoted(key) : "";
        String code = key.equals("Enter") ? ",\"text\":\"\\r\",\"windowsVirtualKeyCode\":13" : text;
        call("Input.dispatchKeyEvent", "{\"type\":\"keyDown\",\"key\":" + quoted(key) + code + "}");
        call("Input.dispatchKeyEvent", "{\"type\":\"keyUp\",\"key\":" + quoted(key) + "}");
    }

    /// Types text into the element that has the focus.
    void type(String text) throws InterruptedException {
        call("Input.insertText", "{\"text\":" + quoted(text) + "}");
    }

    /// Takes a picture of the window, as a PNG.
    byte[] screenshot() throws InterruptedException {
        return Base64.getDecoder()
                .decode(String.valueOf(call("Page.captureScreenshot", "{}").get("data")));
    }

    /// What the page reported: errors, violations of its policy, output to the console, dialogs.
    List<String> problems() {
        return problems;
    }

    /// The requests since the last page was opened, except for pages.
    List<String> requests() {
        return requests.stream()
                .filter(r -> !r.contains("\"type\":\"Document\"") && !r.contains("about:blank"))
                .toList();
    }

    private static String quoted(String text) {
        StringBuilder json = new StringBuilder();
        PageText.string(json, text);
        return json.toString();
    }

    @Override
    public void close() throws IOException {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try (Stream<Path> files = Files.walk(profile)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
        }
    }
}
