// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscribers;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.vmstate.wire.RangeSource;

/// An object at an HTTP or HTTPS URL, read by ranges.
///
/// Ranges are fetched in blocks of [#BLOCK_BYTES], some of which are cached. When blocks are read
/// sequentially, each request fetches twice as many blocks as the one before, up to [#MAX_AHEAD].
/// The object must not change meanwhile: its size and its `ETag` or `Last-Modified` are compared in
/// each response. If the server does not support ranges, the object is read once from the beginning
/// to the end ([#whole()]).
final class HttpSource implements RangeSource {
    static final int BLOCK_BYTES = 1 << 20;

    /// The maximum number of blocks per request.
    static final int MAX_AHEAD = 8;

    private static final int KEPT_BLOCKS = 4 * MAX_AHEAD;
    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final int RANGE_NOT_SATISFIABLE = 416;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(20);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    /// The minimum speed, from which the additional time for a long range is computed.
    private static final int SLOWEST_BYTES_PER_MILLISECOND = 16;

    private static final Pattern CONTENT_RANGE =
            Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");
    private static final Pattern EMPTY_RANGE = Pattern.compile("bytes \\*/0");

    private final HttpClient client;
    private final String name;
    private final Map<Long, byte[]> blocks =
            new LinkedHashMap<>(KEPT_BLOCKS, 0.75f, true) {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<Long, byte[]> eldest) {
                    return size() > KEPT_BLOCKS;
                }
            };

    private URI uri;
    private long size;
    private @Nullable String validator;
    private @Nullable InputStream whole;
    private long nextInOrder;
    private int ahead = 1;

    /// The body of a response: the bytes of a range, or a stream of all bytes.
    private sealed interface Content {
        @SuppressWarnings("ArrayRecordComponent") // not compared
        record Range(byte[] bytes) implements Content {}

        record Whole(InputStream stream) implements Content {}
    }

    private HttpSource(String name, URI uri) {
        this.name = name;
        this.uri = uri;
        this.client =
                HttpClient.newBuilder()
                        .followRedirects(HttpClient.Redirect.NORMAL)
                        .connectTimeout(CONNECT_TIMEOUT)
                        .build();
    }

    /// The body of a response; reading fails if no data arrives for too long.
    private final class Watched extends FilterInputStream {
        private volatile boolean late;

        Watched(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            CompletableFuture<Void> alarm =
                    CompletableFuture.runAsync(
                            this::giveUp,
                            CompletableFuture.delayedExecutor(
                                    ANSWER_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS));
            int got;
            try {
                got = super.read(target, offset, length);
            } catch (IOException e) {
                throw late ? tooLate() : failed(e);
            } finally {
                alarm.cancel(false);
            }
            if (late) {
                throw tooLate();
            }
            return got;
        }

        private IOException tooLate() {
            return failed("no data in " + ANSWER_TIMEOUT.toSeconds() + " seconds");
        }

        private void giveUp() {
            late = true;
            try {
                close();
            } catch (IOException e) {
                // The exception does not matter, because the read fails anyway.
            }
        }
    }

    /// Opens a URL and requests its first block.
    static HttpSource open(String url) throws IOException {
        HttpSource source;
        try {
            source = new HttpSource(url, new URI(url));
        } catch (URISyntaxException e) {
            throw new IOException(url + ": not a URL: " + e.getReason(), e);
        }
        try {
            source.first();
            return source;
        } catch (IOException | RuntimeException e) {
            source.client.shutdownNow();
            throw e;
        }
    }

    /// The whole object, if the server does not support ranges. It can be read once.
    Optional<InputStream> whole() {
        return Optional.ofNullable(whole);
    }

    private void first() throws IOException {
        HttpResponse<Content> answer = get(0, BLOCK_BYTES);
        uri = answer.uri();
        validator = validator(answer.headers());
        switch (answer.statusCode()) {
            case PARTIAL_CONTENT -> {
                Matcher range = contentRange(answer);
                size = Long.parseLong(range.group(3));
                keep(answer, range, 0, BLOCK_BYTES);
            }
            case RANGE_NOT_SATISFIABLE -> {
                String range = answer.headers().firstValue("Content-Range").orElse("");
                if (!EMPTY_RANGE.matcher(range).matches()) {
                    throw failed("HTTP status " + answer.statusCode());
                }
                size = 0;
            }
            default -> whole = new Watched(((Content.Whole) answer.body()).stream());
        }
    }

    private static @Nullable String validator(HttpHeaders headers) {
        return headers.firstValue("ETag")
                .filter(tag -> !tag.startsWith("W/"))
                .or(() -> headers.firstValue("Last-Modified"))
                .orElse(null);
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
        if (position >= size) {
            return -1;
        }
        byte[] block = block(position / BLOCK_BYTES);
        int inside = (int) (position % BLOCK_BYTES);
        int count = Math.min(target.remaining(), block.length - inside);
        target.put(block, inside, count);
        return count;
    }

    private byte[] block(long index) throws IOException {
        byte[] block = blocks.get(index);
        if (block != null) {
            return block;
        }
        ahead = index == nextInOrder ? Math.min(MAX_AHEAD, 2 * ahead) : 1;
        long start = index * BLOCK_BYTES;
        int count = (int) Math.min(size - start, (long) ahead * BLOCK_BYTES);
        HttpResponse<Content> answer = get(start, count);
        if (answer.statusCode() != PARTIAL_CONTENT) {
            throw changed();
        }
        Matcher range = contentRange(answer);
        String now = validator(answer.headers());
        if (Long.parseLong(range.group(3)) != size
                || (now != null && validator != null && !now.equals(validator))) {
            throw changed();
        }
        keep(answer, range, start, count);
        block = blocks.get(index);
        if (block == null) {
            throw failed("the server sent another range than requested");
        }
        return block;
    }

    /// Divides a response into blocks.
    private void keep(HttpResponse<Content> answer, Matcher range, long start, int count)
            throws IOException {
        byte[] bytes = ((Content.Range) answer.body()).bytes();
        if (Long.parseLong(range.group(1)) != start
                || Long.parseLong(range.group(2)) != start + bytes.length - 1
                || bytes.length != Math.min(count, size - start)) {
            throw failed("the server sent another range than requested");
        }
        for (int at = 0; at < bytes.length; at += BLOCK_BYTES) {
            int length = Math.min(BLOCK_BYTES, bytes.length - at);
            byte[] block = new byte[length];
            System.arraycopy(bytes, at, block, 0, length);
            blocks.put((start + at) / BLOCK_BYTES, block);
        }
        nextInOrder = Math.ceilDiv(start + bytes.length, (long) BLOCK_BYTES);
    }

    private Matcher contentRange(HttpResponse<?> answer) throws IOException {
        Matcher range =
                CONTENT_RANGE.matcher(answer.headers().firstValue("Content-Range").orElse(""));
        if (!range.matches()) {
            throw failed("the server did not state the range that it sent");
        }
        return range;
    }

    private HttpResponse<Content> get(long start, int count) throws IOException {
        HttpRequest.Builder request;
        try {
            request = HttpRequest.newBuilder(uri);
        } catch (IllegalArgumentException e) {
            throw new IOException(name + ": not a URL: " + e.getMessage(), e);
        }
        request.header("Range", "bytes=" + start + "-" + (start + count - 1));
        if (validator != null) {
            request.header("If-Range", validator);
        }
        CompletableFuture<HttpResponse<Content>> sent =
                client.sendAsync(request.build(), info -> subscriber(info.statusCode(), count));
        try {
            HttpResponse<Content> answer =
                    sent.get(
                            ANSWER_TIMEOUT.toMillis() + count / SLOWEST_BYTES_PER_MILLISECOND,
                            TimeUnit.MILLISECONDS);
            int status = answer.statusCode();
            if (status != OK && status != PARTIAL_CONTENT && status != RANGE_NOT_SATISFIABLE) {
                throw failed("HTTP status " + status);
            }
            return answer;
        } catch (TimeoutException e) {
            sent.cancel(true);
            throw failed("no answer in " + ANSWER_TIMEOUT.toSeconds() + " seconds");
        } catch (ExecutionException e) {
            throw failed(e.getCause() == null ? e : e.getCause());
        } catch (InterruptedException e) {
            sent.cancel(true);
            Thread.currentThread().interrupt();
            InterruptedIOException stopped = new InterruptedIOException(name + ": interrupted");
            stopped.initCause(e);
            throw stopped;
        }
    }

    /// Receives the body of a response: a range in memory, limited to the requested size; the whole
    /// object as a stream; nothing of an error.
    private static HttpResponse.BodySubscriber<Content> subscriber(int status, int count) {
        return switch (status) {
            case OK -> BodySubscribers.mapping(BodySubscribers.ofInputStream(), Content.Whole::new);
            case PARTIAL_CONTENT ->
                    BodySubscribers.mapping(
                            BodySubscribers.limiting(BodySubscribers.ofByteArray(), count),
                            Content.Range::new);
            default -> BodySubscribers.replacing(new Content.Range(new byte[0]));
        };
    }

    private IOException changed() {
        return failed("the object changed while it was read");
    }

    private IOException failed(String why) {
        return new IOException(name + ": " + why);
    }

    private IOException failed(Throwable failure) {
        Throwable cause = failure;
        while (cause.getCause() != null && cause.getCause().toString().equals(cause.getMessage())) {
            cause = cause.getCause(); // whose class name is no part of a message
        }
        String why =
                "closed".equals(cause.getMessage())
                        ? "the connection was closed"
                        : cause.getMessage();
        return new IOException(
                name
                        + ": "
                        + (cause instanceof java.net.ConnectException
                                ? "cannot connect" + (why == null ? "" : ", " + why)
                                : why == null ? cause.getClass().getSimpleName() : why),
                cause);
    }

    @Override
    public boolean remote() {
        return true;
    }

    @Override
    public OptionalLong size() {
        return OptionalLong.of(size);
    }

    @Override
    public void close() throws IOException {
        InputStream open = whole;
        if (open != null) {
            open.close();
        }
        client.shutdownNow();
    }
}
