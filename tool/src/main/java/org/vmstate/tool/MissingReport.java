// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.vmstate.ram.MissingMemory;
import org.vmstate.ram.RamBlock;
import org.vmstate.ram.RamCoverage;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;

/// What the commands say, on standard error, of memory that was not read.
final class MissingReport {
    /// The most ranges that are named per block.
    private static final int MAX_RANGES = 3;

    private final RamImage image;
    private final RamReader.Result loaded;
    private final RamCoverage coverage;

    /// A report on all blocks.
    MissingReport(RamImage image, RamReader.Result loaded) {
        this(image, loaded, block -> true);
    }

    /// A report on the blocks that somebody wants.
    MissingReport(RamImage image, RamReader.Result loaded, Predicate<RamBlock> wanted) {
        this.image = image;
        this.loaded = loaded;
        this.coverage = loaded.coverage(image, wanted);
    }

    /// What was read.
    RamCoverage coverage() {
        return coverage;
    }

    /// Whether neither the stream nor a file of the caller's has any memory.
    boolean noMemory() {
        return image.blocks().isEmpty();
    }

    /// Whether nothing is missing.
    boolean complete() {
        return coverage.complete();
    }

    /// Says what is missing and why.
    void print(Terminal terminal) {
        lines().forEach(terminal::complain);
    }

    /// Says that the page size is a guess, if it is.
    void printGuess(Terminal terminal) {
        if (loaded.pageSize().assumed() && !noMemory()) {
            terminal.complain(
                    "page size not in the stream; "
                            + bytes(loaded.pageSize().bytes())
                            + " assumed, see --page-size");
        }
    }

    private List<String> lines() {
        List<String> lines = new ArrayList<>();
        List<RamCoverage.BlockCoverage> none = new ArrayList<>();
        for (RamCoverage.BlockCoverage block : coverage.blocks()) {
            if (block.extent() == RamCoverage.Extent.NONE) {
                none.add(block);
            } else if (block.missingPages() > 0) {
                lines.add(partial(block));
            }
        }
        if (!none.isEmpty()) {
            lines.addFirst(
                    "no page of "
                            + none.stream()
                                    .map(
                                            b ->
                                                    String.format(
                                                            Locale.ROOT,
                                                            "%s (%,d)",
                                                            b.block().name(),
                                                            b.pages()))
                                    .collect(Collectors.joining(", "))
                            + " is in the stream");
        }
        for (MissingMemory evidence : coverage.evidence()) {
            lines.add(evidence.message());
        }
        if (!lines.isEmpty() && coverage.evidence().isEmpty()) {
            lines.add(
                    "nothing in the stream says where they are; multifd channels (--channel), the file descriptors of a CPR migration and memory files (--memory) can have them");
        }
        return lines;
    }

    private static String partial(RamCoverage.BlockCoverage block) {
        List<RamCoverage.Range> ranges = block.missing();
        return String.format(
                Locale.ROOT,
                "%s: %,d of %,d pages are not in the stream: %s%s",
                block.block().name(),
                block.missingPages(),
                block.pages(),
                ranges.stream()
                        .limit(MAX_RANGES)
                        .map(r -> String.format("0x%x to 0x%x", r.start(), r.end() - 1))
                        .collect(Collectors.joining(", ")),
                ranges.size() > MAX_RANGES ? ", …" : "");
    }

    private static String bytes(int size) {
        return size % 1024 == 0 ? size / 1024 + " KiB" : size + " bytes";
    }
}
