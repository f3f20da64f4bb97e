// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.vmstate.testing.MemoryStreams;
import org.vmstate.wire.WireReader;

final class DecodeAheadTest {
    @TempDir Path folder;

    private final Queue<Runnable> tasks = new ArrayDeque<>();

    /// The packets up to the last one; each is decoded when it is requested.
    private List<Long> numbers(DecodeAhead channel, boolean toTheEnd) throws IOException {
        List<Long> numbers = new ArrayList<>();
        channel.start(null, toTheEnd, tasks::add);
        while (true) {
            tasks.remove().run();
            DecodedPacket packet = channel.peek();
            if (!packet.isEnd()) {
                numbers.add(packet.number());
            }
            if (packet.isLast(toTheEnd)) {
                channel.stop();
                return numbers;
            }
            channel.advance(tasks::add);
        }
    }

    @Test
    void noPacketIsLostToTasksThatAreLeftOfAnEarlierStart() throws IOException {
        byte[] bytes = MemoryStreams.of(RamFormat.MULTIFD, 4096, 4, 1, folder).getLast();
        List<Long> all = new ArrayList<>();
        MultifdChannel channel = new MultifdChannel(WireReader.of(bytes), "channel");
        try (DecodeAhead ahead = new DecodeAhead(channel, 4)) {
            all.addAll(numbers(ahead, false));
            ahead.start(null, true, tasks::add);
            while (!tasks.isEmpty()) {
                tasks.remove().run();
            }
            for (DecodedPacket next = ahead.peek(); !next.isEnd(); next = ahead.peek()) {
                all.add(next.number());
                ahead.advance(Runnable::run);
            }
        }

        assertThat(all).hasSizeGreaterThan(2).isSorted().doesNotHaveDuplicates();
        assertThat(all.getLast() - all.getFirst() + 1).isEqualTo(all.size());
    }
}
