// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.ram.MultifdChannels;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.stream.Expectations;
import org.vmstate.wire.WireReader;

/// The loading of a stream's memory for the commands that need it.
final class MemoryLoad {
    private MemoryLoad() {}

    /// Loads all memory into an image.
    ///
    /// @param channels the further channels of a multifd migration
    static RamReader.Result load(
            WireReader in, List<Path> channels, RamImage image, Progress progress)
            throws IOException {
        return RamReader.read(
                in,
                new BuiltInHandlers(new RamContext()),
                Expectations.NONE,
                image,
                channels.isEmpty() ? null : MultifdChannels.open(channels, in.limits()),
                progress::at);
    }
}
