// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.vmstate.testing.StreamBytes.stream;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.WireWriter;

class StreamTransformTest {
    private static final ExpectedSection[] EXPECTED = {
        new ExpectedSection("two", 0, 2), new ExpectedSection("three", 0, 1)
    };

    private static StreamBytes with(boolean configuration, boolean footers, boolean description) {
        StreamBytes s = stream();
        if (configuration) {
            s.configuration("pc");
        }
        s.start(1, "ram", 0, 4).hex("00");
        footer(s, footers, 1);
        s.command(11);
        s.packaged(p -> footer(p.full(2, "two", 0, 1).hex("aabb"), footers, 2).command(5));
        s.full(3, "three", 0, 1).hex("cc");
        footer(s, footers, 3);
        s.endOfStream();
        return description ? s.description("{}") : s;
    }

    private static StreamBytes footer(StreamBytes s, boolean footers, long id) {
        return footers ? s.footer(id) : s;
    }

    private static byte[] apply(StreamTransform transform, StreamBytes stream) throws IOException {
        List<StreamElement> outcome = new ArrayList<>();
        for (StreamElement element : Reading.all(Reading.reader(stream, EXPECTED))) {
            outcome.addAll(transform.apply(element));
        }
        return Reading.written(outcome);
    }

    @Test
    void identityChangesNothing() throws IOException {
        for (StreamBytes stream : List.of(with(true, true, true), with(false, false, false))) {
            assertThat(apply(StreamTransform.IDENTITY, stream)).isEqualTo(stream.toByteArray());
        }
    }

    @Test
    void elementsOfAKindAreLeftOutInsidePackagesToo() throws IOException {
        StreamBytes all = with(true, true, true);

        assertThat(apply(StreamTransform.without(Configuration.class), all))
                .isEqualTo(with(false, true, true).toByteArray());
        assertThat(apply(StreamTransform.without(SectionFooter.class), all))
                .isEqualTo(with(true, false, true).toByteArray());
        assertThat(apply(StreamTransform.without(Description.class), all))
                .isEqualTo(with(true, true, false).toByteArray());
    }

    @Test
    void packagedCommandItselfIsLeftOutLikeAnyOther() throws IOException {
        StreamBytes stream = stream().command(11).packaged(p -> p.command(5)).endOfStream();

        assertThat(apply(StreamTransform.without(Command.Packaged.class), stream))
                .isEqualTo(stream().command(11).endOfStream().toByteArray());
        assertThat(apply(StreamTransform.without(Command.class), stream))
                .isEqualTo(stream().endOfStream().toByteArray());
        assertThat(apply(StreamTransform.without(Command.PostcopyRun.class), stream))
                .isEqualTo(stream().command(11).packaged(p -> p).endOfStream().toByteArray());
    }

    @Test
    void whatIsMissingIsPutWhereItBelongs() throws IOException {
        StreamBytes none = with(false, false, false);

        assertThat(apply(StreamTransform.withFooters(), none))
                .isEqualTo(with(false, true, false).toByteArray());
        assertThat(
                        apply(
                                StreamTransform.withConfiguration(
                                        new Configuration("pc", List.of())),
                                none))
                .isEqualTo(with(true, false, false).toByteArray());
        assertThat(
                        apply(
                                StreamTransform.withDescription(
                                        new Description(Body.of(new byte[] {'{', '}'}))),
                                none))
                .isEqualTo(with(false, false, true).toByteArray());
    }

    @Test
    void changesFollowOneAnother() throws IOException {
        StreamTransform both =
                StreamTransform.without(SectionFooter.class)
                        .then(StreamTransform.without(Description.class))
                        .then(StreamTransform.withFooters());

        assertThat(apply(both, with(true, true, true)))
                .isEqualTo(with(true, true, false).toByteArray());
    }

    @Test
    void bodyIsExchanged() throws IOException {
        StreamTransform change =
                element ->
                        element instanceof Section.Full full && full.sectionId() == 3
                                ? List.of(full.withBody(Body.of(new byte[] {1, 2, 3})))
                                : List.of(element);
        StreamBytes before = stream().full(3, "three", 0, 1).hex("cc").footer(3).endOfStream();
        StreamBytes after = stream().full(3, "three", 0, 1).hex("010203").footer(3).endOfStream();

        assertThat(apply(change, before)).isEqualTo(after.toByteArray());
    }

    /// Numbers the pings of a stream, and appends their number.
    private static final class Counting implements StreamTransform {
        private int pings;

        @Override
        public List<StreamElement> atStart() {
            pings = 0;
            return List.of();
        }

        @Override
        public List<StreamElement> apply(StreamElement element) {
            return element instanceof Command.Ping
                    ? List.of(new Command.Ping(++pings))
                    : List.of(element);
        }

        @Override
        public List<StreamElement> atEnd() {
            return List.of(new Command.Ping(100 + pings));
        }
    }

    private static StreamBytes pings(int... numbers) {
        StreamBytes s = stream();
        for (int number : numbers) {
            s.command(2, (byte) 0, (byte) 0, (byte) 0, (byte) number);
        }
        return s;
    }

    private static byte[] whole(StreamTransform transform, StreamBytes stream) throws IOException {
        WireWriter out = WireWriter.toMemory();
        Iterator<StreamElement> elements = Reading.all(Reading.reader(stream, EXPECTED)).iterator();
        new StreamWriter(out).write(transform, () -> elements.hasNext() ? elements.next() : null);
        return out.toByteArray();
    }

    @Test
    void stateBeginsAnewWithEveryStream() throws IOException {
        Counting counting = new Counting();
        for (int i = 0; i < 2; i++) {
            assertThat(whole(counting, pings(7, 7).endOfStream()))
                    .isEqualTo(
                            pings(1, 2)
                                    .endOfStream()
                                    .command(2, (byte) 0, (byte) 0, (byte) 0, (byte) 102)
                                    .toByteArray());
        }
    }

    @Test
    void whatATransformAddsGoesThroughTheNext() throws IOException {
        StreamTransform both = new Counting().then(new Counting());
        assertThat(whole(both, pings(7).endOfStream()))
                .isEqualTo(
                        pings(1).endOfStream()
                                .command(2, (byte) 0, (byte) 0, (byte) 0, (byte) 2)
                                .command(2, (byte) 0, (byte) 0, (byte) 0, (byte) 102)
                                .toByteArray());
    }

    @Test
    void streamThatWasNotFinishedLeavesNothingBehind() throws IOException {
        StreamTransform counting = new Counting().inPackages();
        counting.atStart();
        counting.apply(new Command.Ping(9));
        byte[] expected =
                stream()
                        .packaged(p -> p.command(2, new byte[] {0, 0, 0, 1}))
                        .endOfStream()
                        .command(2, new byte[] {0, 0, 0, 101})
                        .toByteArray();
        assertThat(
                        whole(
                                counting,
                                stream()
                                        .packaged(p -> p.command(2, new byte[] {0, 0, 0, 5}))
                                        .endOfStream()))
                .isEqualTo(expected);
    }
}
