// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import org.vmstate.ram.RamCoverage;
import org.vmstate.ram.RamImage;
import org.vmstate.ram.RamReader;

/// Prints missing memory to standard error.
final class MissingReport {
    private final RamImage image;
    private final RamReader.Result loaded;
    private final RamCoverage coverage;

    /// Creates a report on all blocks.
    MissingReport(RamImage image, RamReader.Result loaded) {
        this(image, loaded, loaded.coverage(image));
    }

    /// Creates a report on some blocks.
    ///
    /// @param coverage the coverage of these blocks
    MissingReport(RamImage image, RamReader.Result loaded, RamCoverage coverage) {
        this.image = image;
        this.loaded = loaded;
        this.coverage = coverage;
    }

    /// The coverage of the blocks.
    RamCoverage coverage() {
        return coverage;
    }

    /// Whether neither the stream nor a file of the user contains any memory.
    boolean noMemory() {
        return image.blocks().isEmpty();
    }

    /// Whether no memory is missing.
    boolean complete() {
        return coverage.complete();
    }

    /// Prints what is missing and why.
    void print(Terminal terminal) {
        coverage.lines().forEach(terminal::message);
        if (!complete() && coverage.evidence().isEmpty()) {
            terminal.message(
                    "the stream does not state where they are; they may be in multifd channels (--channel), the file descriptors of a CPR migration or memory files (--memory)");
        }
    }

    /// Prints that the page size is a guess, if it is.
    void printGuess(Terminal terminal) {
        if (loaded.pageSize().assumed() && !noMemory()) {
            terminal.message(
                    "page size not in the stream; "
                            + bytes(loaded.pageSize().bytes())
                            + " assumed, see --page-size");
        }
    }

    private static String bytes(int size) {
        return size % 1024 == 0 ? size / 1024 + " KiB" : size + " bytes";
    }
}
