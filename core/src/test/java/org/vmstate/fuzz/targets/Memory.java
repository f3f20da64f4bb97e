// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.vmstate.handler.BuiltInHandlers;
import org.vmstate.ram.MultifdChannels;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamContext;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;
import org.vmstate.stream.Expectations;
import org.vmstate.wire.WireReader;

/// The result of loading the memory of a stream, for comparisons.
///
/// @param pageSize the page size of the target
/// @param blocks the blocks, each with a hash of its contents and the offsets where missing memory
///   begins and ends
/// @param evidence the reasons to assume that memory is missing
record Memory(String pageSize, List<String> blocks, List<String> evidence) {
    /// The number of bytes of a block that are compared.
    private static final int MAX_COMPARED = 1 << 20;

    /// The folder for images.
    static final Path SCRATCH = scratch();

    private static Path scratch() {
        try {
            Path folder = Files.createTempDirectory("vmstate-fuzz");
            folder.toFile().deleteOnExit();
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Loads the memory of a stream.
    static Memory load(WireReader in, @Nullable MultifdChannels channels) throws IOException {
        try (RamImage image = RamImage.temporary(SCRATCH)) {
            RamReader.Result result =
                    RamReader.read(
                            in,
                            new BuiltInHandlers(new RamContext()),
                            Expectations.NONE,
                            image,
                            channels);
            return of(result, image);
        }
    }

    /// Returns the contents of an image.
    static Memory of(RamReader.Result result, RamImage image) throws IOException {
        List<String> blocks = new ArrayList<>();
        for (RamBlock block : image.blocks()) {
            blocks.add(block + " " + contents(image, block) + " " + missing(image, block));
        }
        return new Memory(
                result.pageSize().toString(),
                blocks,
                result.evidence().stream().map(Object::toString).toList());
    }

    private static int contents(RamImage image, RamBlock block) throws IOException {
        int hash = 0;
        byte[] chunk = new byte[4096];
        long at = image.nextData(block, 0);
        while (at >= 0 && at < Math.min(block.length(), MAX_COMPARED)) {
            int count = (int) Math.min(chunk.length, block.length() - at);
            image.read(block, at, chunk, 0, count);
            for (int i = 0; i < count; i++) {
                hash = hash * 31 + chunk[i] * (int) (at + i);
            }
            long next = at + count;
            at = next >= block.length() ? -1 : image.nextData(block, next);
        }
        return hash;
    }

    private static String missing(RamImage image, RamBlock block) {
        List<Long> ends = new ArrayList<>();
        OptionalLong at = image.nextMissing(block, 0);
        while (at.isPresent() && ends.size() < 64) {
            ends.add(at.getAsLong());
            OptionalLong end = image.nextPresent(block, at.getAsLong());
            if (end.isEmpty()) {
                break;
            }
            ends.add(end.getAsLong());
            at = image.nextMissing(block, end.getAsLong());
        }
        return ends.toString();
    }
}
