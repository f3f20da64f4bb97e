// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import org.vmstate.stream.Command;
import org.vmstate.stream.Expectations;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionHandler;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamContext;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamReader;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.WireReader;

/// The way from a stream, with its channels where it has any, to the guest's memory.
///
/// Reads as far as memory goes: to the end of the `ram` sections or, where they do not end
/// (background snapshots), of the stream. Discards of postcopy are obeyed.
public final class RamReader {
    private static final String ID_STRING = "ram";

    private RamReader() {}

    /// What was read beside the memory itself.
    ///
    /// @param pageSize the size of the target's pages
    public record Result(RamStatistics statistics, int pageSize) {}

    /// Loads all memory into an image without blocks.
    ///
    /// @param in at the stream's first byte
    /// @param handlers for the other devices that are sent in pieces
    /// @param expectations where the devices end that are sent whole
    /// @param channels the further channels of a multifd migration, or null; closed when this
    ///   returns
    public static Result read(
            WireReader in,
            SectionHandler.Lookup handlers,
            Expectations expectations,
            RamImage image,
            @Nullable MultifdChannels channels)
            throws IOException {
        return read(in, handlers, expectations, image, channels, position -> {});
    }

    /// Loads all memory as the other does, telling `progress` now and then how far it is: its
    /// offset in the stream and in each channel, added up.
    public static Result read(
            WireReader in,
            SectionHandler.Lookup handlers,
            Expectations expectations,
            RamImage image,
            @Nullable MultifdChannels channels,
            LongConsumer progress)
            throws IOException {
        try (RamLoader loader = new RamLoader(new RamContext(), image, channels, progress)) {
            SectionHandler ram = (body, identity, context) -> load(body, identity, context, loader);
            StreamReader stream =
                    StreamReader.of(
                            in,
                            (identity, iterative) ->
                                    iterative && identity.idString().equals(ID_STRING)
                                            ? ram
                                            : handlers.find(identity, iterative),
                            expectations);
            StreamElement element = stream.next();
            while (element != null && !last(element)) {
                if (element instanceof Command.RamDiscard discard) {
                    for (Command.RamDiscard.Range range : discard.ranges()) {
                        loader.discard(
                                discard.block(),
                                range.start(),
                                range.length(),
                                stream.origin().offset());
                    }
                }
                element = stream.next();
            }
            loader.finish();
            return new Result(loader.statistics(), loader.context().likelyPageSize());
        }
    }

    private static boolean last(StreamElement element) {
        return element instanceof Section.End end && end.identity().idString().equals(ID_STRING);
    }

    private static void load(
            WireReader in, SectionIdentity identity, StreamContext stream, RamLoader loader)
            throws IOException {
        if (identity.versionId() != RamFlags.SECTION_VERSION) {
            throw new UnsupportedException("RAM of version " + identity.versionId(), in.position());
        }
        loader.context().tell(stream);
        loader.body(in);
    }
}
