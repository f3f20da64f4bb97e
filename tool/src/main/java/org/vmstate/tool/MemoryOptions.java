// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.vmstate.dump.SavedGuest;
import org.vmstate.ram.PageSize;
import picocli.CommandLine.Option;

/// The options for memory outside the main stream.
final class MemoryOptions {
    @Option(
            names = "--channel",
            paramLabel = "FILE",
            description = "A further channel of a multifd stream; give all of them, in any order.")
    private List<Path> channels = List.of();

    @Option(
            names = "--memory",
            paramLabel = "BLOCK=FILE",
            description =
                    "Take a block's memory from this raw file, such as a shared memory file or a dump; may be repeated.")
    private List<String> memory = List.of();

    @Option(
            names = "--page-size",
            paramLabel = "BYTES",
            description = "The size of the target's pages, for a stream that does not contain it.")
    private @Nullable String pageSize;

    /// Passes the options to a loader.
    void addTo(SavedGuest.Loader loader) throws UsageException {
        channels.forEach(loader::channel);
        memory().forEach(loader::memory);
        pageSize().ifPresent(loader::pageSize);
    }

    List<Path> channels() {
        return channels;
    }

    /// The files with the memory of blocks, by block name.
    Map<String, Path> memory() throws UsageException {
        Map<String, Path> files = new LinkedHashMap<>();
        for (String option : memory) {
            int at = option.lastIndexOf('=');
            if (at <= 0 || at == option.length() - 1) {
                throw new UsageException("--memory is BLOCK=FILE, not " + option);
            }
            if (files.put(option.substring(0, at), Path.of(option.substring(at + 1))) != null) {
                throw new UsageException("two files with the memory of " + option.substring(0, at));
            }
        }
        return files;
    }

    OptionalInt pageSize() throws UsageException {
        if (pageSize == null) {
            return OptionalInt.empty();
        }
        try {
            int bytes = Integer.decode(pageSize);
            if (PageSize.possible(bytes)) {
                return OptionalInt.of(bytes);
            }
        } catch (NumberFormatException e) {
            // Reported below.
        }
        throw new UsageException(
                "--page-size is a power of two from "
                        + PageSize.MIN_BYTES
                        + " to "
                        + PageSize.MAX_BYTES);
    }
}
