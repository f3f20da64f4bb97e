// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.vmstate.fuzz.Sample;
import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Target;
import org.vmstate.fuzz.targets.Oracle.Outcome;
import org.vmstate.ram.ChannelsInMemory;
import org.vmstate.ram.RamFormat;
import org.vmstate.testing.MemoryStreams;
import org.vmstate.testing.TrickleChannel;
import org.vmstate.wire.WireReader;

/// Loads the channels of a multifd migration. The pages must not depend on the order of the
/// channels, nor on the size of the pieces in which the main stream arrives.
///
/// The input consists of up to four parts: the main stream, and the channels.
final class ChannelsTarget implements Target {
    private static final int MAX_PARTS = 4;
    private static final int HELLO_BYTES = 64;
    private static final int HEAD_BYTES = 64;
    private static final int NAME_BYTES = 256;

    @Override
    public String name() {
        return "channels";
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (RamFormat format : RamFormat.values()) {
            if (format.multifd()) {
                for (int channels = 1; channels <= 2; channels++) {
                    int pageSize = Math.max(format.minPageSize(), 4096);
                    seeds.add(
                            Parts.join(
                                    MemoryStreams.of(
                                            format, pageSize, 4, channels, Memory.SCRATCH)));
                }
            }
        }
        return seeds;
    }

    @Override
    public Structure structure(byte[] input) {
        Structure structure = new Structure();
        List<Parts.Range> parts = Parts.ranges(input, MAX_PARTS);
        Parts.add(parts, structure);
        StreamStructure.add(input, parts.getFirst().from(), parts.getFirst().to(), structure);
        for (Parts.Range channel : parts.subList(1, parts.size())) {
            packets(input, channel, structure);
        }
        return structure;
    }

    private static void packets(byte[] input, Parts.Range channel, Structure structure) {
        int at = channel.from();
        if (at + HELLO_BYTES > channel.to()) {
            return;
        }
        structure.number(at, 4);
        structure.number(at + 4, 4);
        structure.number(at + 24, 1);
        structure.element(at, at + HELLO_BYTES);
        at += HELLO_BYTES;
        while (at + HEAD_BYTES + NAME_BYTES <= channel.to()) {
            int end = packet(input, at, channel.to(), structure);
            structure.element(at, end);
            at = end;
        }
    }

    private static int packet(byte[] input, int at, int to, Structure structure) {
        for (int number = at; number < at + 24; number += 4) {
            structure.number(number, 4);
        }
        structure.number(at + 24, 8);
        structure.number(at + 32, 4);
        structure.span(at + HEAD_BYTES, at + HEAD_BYTES + NAME_BYTES, Structure.Kind.TEXT);
        long pages = value(input, at + 16) + value(input, at + 32);
        int offsets = at + HEAD_BYTES + NAME_BYTES;
        for (int i = 0; i < Math.min(pages, 16) && offsets + 8 * i + 8 <= to; i++) {
            structure.number(offsets + 8 * i, 8);
            structure.element(offsets + 8 * i, offsets + 8 * i + 8);
        }
        long payload = offsets + 8 * Math.min(value(input, at + 12), 1 << 12);
        long end = payload + (value(input, at + 16) == 0 ? 0 : value(input, at + 20));
        if (payload < to && end <= to && payload < end) {
            structure.length(at + 20, 4, (int) payload, (int) end);
            structure.span((int) payload, (int) end, Structure.Kind.BYTES);
        }
        return (int) Math.min(to, end);
    }

    private static long value(byte[] input, int at) {
        return new Structure.Numeral(at, 4, ByteOrder.BIG_ENDIAN).get(input);
    }

    @Override
    public Cost cost() {
        return new Cost(32 << 20, 600, 4_000_000, 4_000);
    }

    @Override
    public void run(byte[] input, Sample sample) throws IOException {
        List<Parts.Range> parts = Parts.ranges(input, MAX_PARTS);
        byte[] main = parts.getFirst().of(input);
        List<byte[]> channels = new ArrayList<>();
        for (int i = 1; i < parts.size(); i++) {
            channels.add(parts.get(i).of(input));
        }
        WireReader memory = WireReader.of(main, 0, Oracle.LIMITS);
        Outcome<Memory> once =
                Outcome.of(
                        input.length,
                        () -> Memory.load(memory, ChannelsInMemory.of(channels, Oracle.LIMITS)));
        if (sample.takes(2)) {
            WireReader pipe =
                    WireReader.of(new TrickleChannel(main, 1 + main.length % 61), Oracle.LIMITS);
            Outcome<Memory> reversed =
                    Outcome.of(
                            input.length,
                            () ->
                                    Memory.load(
                                            pipe,
                                            ChannelsInMemory.reversed(channels, Oracle.LIMITS)));
            // Only the results are compared: the order determines which of several errors is
            // reported.
            Oracle.same(reversed.result(), once.result(), "memory with the channels reversed");
        }
    }
}
