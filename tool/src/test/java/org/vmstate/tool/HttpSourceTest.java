// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.vmstate.testing.DiskImageBytes;

/// Streams at a URL, from a server in the test.
final class HttpSourceTest {
    private static final Pattern RANGE = Pattern.compile("bytes=(\\d+)-(\\d+)");
    private static final int MIB = HttpSource.BLOCK_BYTES;

    @TempDir Path folder;

    private final AtomicLong sent = new AtomicLong();
    private final AtomicInteger requests = new AtomicInteger();
    private HttpServer server;
    private volatile byte[] object = new byte[0];
    private volatile String tag = "\"1\"";
    private volatile int shift;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/ranges", this::ranges);
        server.createContext("/whole", exchange -> answer(exchange, 200, object, 0, object.length));
        server.createContext("/moved", this::moved);
        server.createContext("/gone", exchange -> answer(exchange, 404, object, 0, 0));
        server.createContext("/cut", this::cut);
        server.start();
    }

    /// Closes the connection in the middle of the object.
    private void cut(HttpExchange exchange) throws IOException {
        exchange.sendResponseHeaders(200, object.length);
        exchange.getResponseBody().write(object, 0, object.length / 2);
        exchange.close();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String url(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private void ranges(HttpExchange exchange) throws IOException {
        byte[] now = object;
        Matcher range = RANGE.matcher(exchange.getRequestHeaders().getFirst("Range"));
        if (!range.matches()) {
            answer(exchange, 400, now, 0, 0);
            return;
        }
        String validator = exchange.getRequestHeaders().getFirst("If-Range");
        if (validator != null && !validator.equals(tag)) {
            answer(exchange, 200, now, 0, now.length);
            return;
        }
        int from = Integer.parseInt(range.group(1));
        if (from >= now.length) {
            exchange.getResponseHeaders().set("Content-Range", "bytes */" + now.length);
            answer(exchange, 416, now, 0, 0);
            return;
        }
        int to = (int) Math.min(Long.parseLong(range.group(2)) + 1, now.length);
        exchange.getResponseHeaders()
                .set(
                        "Content-Range",
                        "bytes " + (from + shift) + "-" + (to - 1 + shift) + "/" + now.length);
        exchange.getResponseHeaders().set("ETag", tag);
        answer(exchange, 206, now, from, to - from);
    }

    private void moved(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Location", url("/ranges"));
        answer(exchange, 302, object, 0, 0);
    }

    private void answer(HttpExchange exchange, int status, byte[] bytes, int from, int count)
            throws IOException {
        requests.incrementAndGet();
        exchange.sendResponseHeaders(status, count == 0 ? -1 : count);
        try (OutputStream out = exchange.getResponseBody()) {
            out.write(bytes, from, count);
            sent.addAndGet(count);
        } catch (IOException e) {
            // the reader has closed the connection
        }
        exchange.close();
    }

    private static byte[] random(int size) {
        byte[] bytes = new byte[size];
        new Random(5).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ranges", "/whole", "/moved"})
    void streamIsShownAsFromAFile(String path) throws Exception {
        object = Files.readAllBytes(Cli.SAMPLES.resolve("pseries-events.mig"));

        Cli.Run run = Cli.run("show", url(path), "spapr");

        assertThat(run.err()).isEmpty();
        assertThat(run.code()).isEqualTo(ExitCode.FINE);
        assertThat(run.text())
                .isEqualTo(Cli.run("show", Cli.sample("pseries-events"), "spapr").text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/ranges", "/whole"})
    void streamIsConvertedAsFromAFile(String path) throws Exception {
        object = Files.readAllBytes(Cli.SAMPLES.resolve("pc.mig"));
        Path out = folder.resolve("out");

        assertThat(Cli.run("convert", url(path), out.toString()).code()).isEqualTo(ExitCode.FINE);
        assertThat(Files.readAllBytes(out)).isEqualTo(object);
        assertThat(Cli.run("ram", url(path)).code()).isEqualTo(ExitCode.FINE);
    }

    @Test
    void snapshotsOfADiskImageAreListedAndOpened() throws Exception {
        byte[] stream = Files.readAllBytes(Cli.SAMPLES.resolve("pc.mig"));
        object = new DiskImageBytes().snapshot("s", stream, stream.length).toByteArray();

        assertThat(Cli.run("show", url("/ranges")).text()).contains("1 snapshot");
        assertThat(Cli.run("show", url("/ranges"), "--snapshot", "s").text())
                .contains("Devices  30 devices");
    }

    @Test
    void blocksAreFetchedAsTheyAreNeededAndOnce() throws Exception {
        object = random(20 * MIB + 1234);
        try (HttpSource source = HttpSource.open(url("/ranges"))) {
            assertThat(source.size()).hasValue(object.length);
            assertThat(sent).hasValue(MIB);
            ByteBuffer tail = ByteBuffer.allocate(1000);
            read(source, object.length - 1000, tail);
            assertThat(sent).hasValue(MIB + 1234);
            assertThat(tail.array())
                    .isEqualTo(Arrays.copyOfRange(object, object.length - 1000, object.length));
            read(source, 100, ByteBuffer.allocate(1000));
            read(source, object.length - 900, ByteBuffer.allocate(900));
            assertThat(sent).hasValue(MIB + 1234);
            assertThat(source.read(object.length, ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }

    @Test
    void readingInOrderTakesFewRequests() throws Exception {
        object = random(20 * MIB + 1234);
        try (HttpSource source = HttpSource.open(url("/ranges"))) {
            ByteBuffer all = ByteBuffer.allocate(object.length);
            read(source, 0, all);
            assertThat(all.array()).isEqualTo(object);
            assertThat(sent).hasValue(object.length);
            assertThat(requests).hasValueLessThan(7);
        }
    }

    private static void read(HttpSource source, long position, ByteBuffer target)
            throws IOException {
        long at = position;
        while (target.hasRemaining()) {
            int got = source.read(at, target);
            assertThat(got).isPositive();
            at += got;
        }
    }

    @Test
    void objectThatChangesIsAnIoError() throws Exception {
        object = random(3 * MIB);
        try (HttpSource source = HttpSource.open(url("/ranges"))) {
            tag = "\"2\"";
            assertThatThrownBy(() -> source.read(2 * MIB, ByteBuffer.allocate(1)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("changed while it was read");
        }
    }

    @Test
    void anotherRangeThanWasAskedForIsAnIoError() {
        object = random(3 * MIB);
        shift = 1;
        assertThatThrownBy(() -> HttpSource.open(url("/ranges")))
                .hasMessageContaining("another range");
    }

    @Test
    void emptyObjectIsMalformed() {
        Cli.Run run = Cli.run("show", url("/ranges"));

        assertThat(run.code()).isEqualTo(ExitCode.MALFORMED);
        assertThat(run.err()).contains("the input is empty").hasLineCount(1);
    }

    @Test
    void failuresAreOneLineAndAnIoError() {
        server.stop(0);
        String[] none = {url("/ranges"), "http://no such", "https:///"};
        for (String url : none) {
            Cli.Run run = Cli.run("show", url);
            assertThat(run.code()).as(url).isEqualTo(ExitCode.IO);
            assertThat(run.err()).startsWith("vmstate: " + url + ": ").hasLineCount(1);
        }
    }

    @Test
    void closedConnectionIsAnIoErrorThatNamesTheUrl() throws Exception {
        object = Files.readAllBytes(Cli.SAMPLES.resolve("pc.mig"));

        Cli.Run run = Cli.run("show", url("/cut"));

        assertThat(run.code()).isEqualTo(ExitCode.IO);
        assertThat(run.err()).hasLineCount(1).startsWith("vmstate: " + url("/cut") + ": ");
    }

    @Test
    void statusOfTheServerIsReported() {
        Cli.Run run = Cli.run("convert", url("/gone"), folder.resolve("out").toString());

        assertThat(run.code()).isEqualTo(ExitCode.IO);
        assertThat(run.err())
                .isEqualToIgnoringNewLines("vmstate: " + url("/gone") + ": HTTP status 404");
        assertThat(folder).isEmptyDirectory();
    }
}
