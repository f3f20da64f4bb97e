// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import java.util.OptionalLong;
import org.vmstate.internal.progress.Tally;
import org.vmstate.wire.Progress;
import org.vmstate.wire.WireWriter;

/// Writes the bodies of the `ram` sections of a machine that is stopped: [#start()], then
/// [#pages()], then [#end()].
///
/// The format is [RamFormat#PLAIN] or [RamFormat#MAPPED_RAM]; with the latter the pages are in the
/// body of the START section, and the position of the writer must be the offset in the file.
///
/// Not thread-safe. QEMU: `ram_save_setup`, `ram_save_iterate`, `ram_save_complete`.
public final class GuestMemorySaver {
    private final boolean mapped;
    private final RamBodyWriter bodies;

    /// Creates a saver that writes to `out`.
    ///
    /// @throws IllegalArgumentException if the format is another one, if a block does not consist
    ///   of one or more whole pages, or if its name has not 1 to 255 bytes
    public GuestMemorySaver(
            WireWriter out, GuestMemory memory, RamFormat format, int pageSize, Progress progress) {
        if (format != RamFormat.PLAIN && format != RamFormat.MAPPED_RAM) {
            throw new IllegalArgumentException("a machine's memory is not saved as " + format);
        }
        long total = RamBodyWriter.check(memory.blocks(), pageSize);
        this.mapped = format == RamFormat.MAPPED_RAM;
        this.bodies =
                new RamBodyWriter(
                        out,
                        memory,
                        _ -> true,
                        pageSize,
                        false,
                        new Tally(progress, Progress.Phase.OUTPUT, OptionalLong.of(total)));
    }

    /// Writes the body of the START section: the block list.
    public void start() throws IOException {
        if (mapped) {
            bodies.mappedBlockList();
        } else {
            bodies.blockList();
        }
        bodies.end();
    }

    /// Writes the body of a PART section: all pages.
    public void pages() throws IOException {
        if (!mapped) {
            bodies.plainPages();
        }
        bodies.end();
    }

    /// Writes the body of the END section.
    public void end() throws IOException {
        bodies.end();
    }
}
