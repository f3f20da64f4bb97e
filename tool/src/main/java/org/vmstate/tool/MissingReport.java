// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import org.vmstate.ram.RamCoverage;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;

/// What the commands say, on standard error, of memory that was not read.
final class MissingReport {
    private final RamImage image;
    private final RamReader.Result loaded;
    private final RamCoverage coverage;

    /// A report on all blocks.
    MissingReport(RamImage image, RamReader.Result loaded) {
        this(image, loaded, loaded.coverage(image));
    }

    /// A report on the blocks that somebody wants.
    ///
    /// @param coverage of these
    MissingReport(RamImage image, RamReader.Result loaded, RamCoverage coverage) {
        this.image = image;
        this.loaded = loaded;
        this.coverage = coverage;
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
        coverage.lines().forEach(terminal::complain);
        if (!complete() && coverage.evidence().isEmpty()) {
            terminal.complain(
                    "nothing in the stream says where they are; multifd channels (--channel), the file descriptors of a CPR migration and memory files (--memory) can have them");
        }
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

    private static String bytes(int size) {
        return size % 1024 == 0 ? size / 1024 + " KiB" : size + " bytes";
    }
}
