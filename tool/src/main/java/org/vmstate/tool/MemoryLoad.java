// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import org.vmstate.container.StreamFile;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.ram.BlockMismatchException;
import org.vmstate.ram.MultifdChannels;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.stream.Expectations;
import org.vmstate.wire.WireReader;

/// Loads a guest's memory, with the options that several commands share.
final class MemoryLoad {
    private MemoryLoad() {}

    /// Loads all memory of an input into an image without blocks.
    ///
    /// @param name the name of the input, for exceptions about its bytes
    /// @param err where progress is shown
    static RamReader.Result load(
            String name, StreamFile opened, MemoryOptions options, RamImage image, PrintWriter err)
            throws IOException, UsageException {
        return Input.reading(name, () -> load(opened.reader(), options, image, err));
    }

    /// Loads all memory into an image without blocks.
    ///
    /// @param err where progress is shown
    static RamReader.Result load(
            WireReader in, MemoryOptions options, RamImage image, PrintWriter err)
            throws IOException, UsageException {
        RamReader reader = RamReader.of(new BuiltInHandlers(new RamContext()), Expectations.NONE);
        options.memory().forEach(reader::memory);
        options.pageSize().ifPresent(reader::pageSize);
        try (ProgressLine progress = new ProgressLine(err)) {
            if (!options.channels().isEmpty()) {
                reader.channels(MultifdChannels.open(options.channels(), in.limits()));
            }
            return reader.progress(progress).read(in, image);
        } catch (BlockMismatchException e) {
            throw new UsageException(String.valueOf(e.getMessage()));
        }
    }
}
