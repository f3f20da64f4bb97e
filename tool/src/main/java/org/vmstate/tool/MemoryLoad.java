// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.ram.MultifdChannels;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.stream.Expectations;
import org.vmstate.wire.Printable;
import org.vmstate.wire.WireReader;

/// The loading of a guest's memory for the commands that need it: from a stream, its channels and
/// the files that hold what is not in these.
final class MemoryLoad {
    private MemoryLoad() {}

    /// Loads all memory into an image without blocks.
    ///
    /// @param err where progress is shown
    static RamReader.Result load(
            WireReader in, MemoryOptions options, RamImage image, PrintWriter err)
            throws IOException, UsageException {
        Map<String, Path> files = options.memory();
        RamReader reader = RamReader.of(new BuiltInHandlers(new RamContext()), Expectations.NONE);
        options.pageSize().ifPresent(reader::pageSize);
        RamReader.Result loaded;
        try (Progress progress = new Progress(err, in, options.channels())) {
            if (!options.channels().isEmpty()) {
                reader.channels(MultifdChannels.open(options.channels(), in.limits()));
            }
            loaded = reader.progress(progress::at).read(in, image);
        }
        replace(files, image);
        return loaded;
    }

    private static void replace(Map<String, Path> files, RamImage image)
            throws IOException, UsageException {
        List<FileChannel> opened = new ArrayList<>();
        try {
            for (Path file : files.values()) {
                opened.add(FileChannel.open(file, StandardOpenOption.READ));
            }
            if (image.blocks().isEmpty()) {
                List<RamBlock> blocks = new ArrayList<>();
                for (String name : files.keySet()) {
                    blocks.add(new RamBlock(name, opened.get(blocks.size()).size()));
                }
                image.declare(blocks);
            }
            int next = 0;
            for (Map.Entry<String, Path> given : files.entrySet()) {
                replace(given.getKey(), given.getValue(), opened.get(next++), image);
            }
        } finally {
            for (FileChannel file : opened) {
                file.close();
            }
        }
    }

    private static void replace(String name, Path path, FileChannel file, RamImage image)
            throws IOException, UsageException {
        RamBlock block = image.block(name);
        if (block == null) {
            throw new UsageException(
                    "no block "
                            + Printable.quoted(name)
                            + " in the stream; there are "
                            + image.blocks().stream()
                                    .map(b -> Printable.quoted(b.name()))
                                    .collect(Collectors.joining(", ")));
        }
        if (file.size() != block.length()) {
            throw new UsageException(
                    path
                            + " has "
                            + file.size()
                            + " bytes, but block "
                            + Printable.quoted(name)
                            + " has "
                            + block.length());
        }
        image.replace(block, file);
    }
}
