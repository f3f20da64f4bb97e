// SPDX-License-Identifier: Apache-2.0
package org.vmstate.example;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.vmstate.savevm.Machine;
import org.vmstate.savevm.SaveStateRegistry;

/// A computer with little memory, whose output is kept.
final class SmallBoard {
    static final int RAM_BYTES = 1 << 16;

    /// The cycle at which three requests of the program wait, the first one half done.
    static final long BUSY_CYCLES = 34_000;

    final StringBuilder output = new StringBuilder();
    final Board board = new Board(RAM_BYTES, c -> output.append((char) c));
    final Machine machine = board.machine();

    /// Returns a computer that has run for some time.
    static SmallBoard after(long cycles) {
        SmallBoard small = new SmallBoard();
        small.board.run(cycles);
        return small;
    }

    /// Returns the text that the computer prints from now on.
    String runs(long cycles) {
        output.setLength(0);
        board.run(cycles);
        return output.toString();
    }

    /// Returns the machine's stream, without the memory if a load has failed in it.
    byte[] state() throws IOException {
        Machine same = board.machine();
        if (same.failed()) {
            SaveStateRegistry registry = same.registry();
            registry.unregister(registry.find("ram", 0).orElseThrow());
        }
        return same.save();
    }

    /// Returns a stream as text with one character a byte, to search in it.
    static String text(byte[] stream) {
        return new String(stream, StandardCharsets.ISO_8859_1);
    }

    int waiting() {
        return board.dma().read(DmaEngine.WAITING);
    }
}
