// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.Writer;

/// Executes the most frequent commands without output, so that the launcher can record the loaded
/// classes in an AOT cache for later runs.
final class Rehearsal {
    private Rehearsal() {}

    /// Shows these streams.
    ///
    /// Does nothing else, because recorded classes are loaded at every start, even if they are not
    /// used.
    public static void main(String[] samples) {
        PrintWriter silent = new PrintWriter(Writer.nullWriter());
        InputStream nothing = InputStream.nullInputStream();
        for (String sample : samples) {
            Main.run(
                    new Terminal(nothing, OutputStream.nullOutputStream(), silent, false),
                    "show",
                    sample);
        }
    }
}
