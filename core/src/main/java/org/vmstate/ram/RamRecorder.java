// SPDX-License-Identifier: Apache-2.0
package org.vmstate.ram;

import java.io.IOException;
import org.vmstate.stream.Body;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionFooter;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamWriter;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// Writes the memory of a migration that is being received in another format: as one plain stream,
/// or with each page at a fixed offset of a file.
///
/// It writes all elements of the recording, because it decides where the sections of `ram` are. The
/// records of `ram` are passed to [#record], and the packets of multifd channels come from
/// [LiveChannels].
///
/// Safe for use by several threads. Closing it frees buffers; it does not flush or close the
/// output.
public abstract sealed class RamRecorder implements AutoCloseable
        permits PlainRamRecorder, MappedRamRecorder {
    static final Body NOTHING = Body.of(new byte[0]);

    final WireWriter out;
    final StreamWriter stream;
    final RamContext context;
    private boolean footers = true;

    RamRecorder(WireWriter out, RamContext context) {
        this.out = out;
        this.stream = new StreamWriter(out);
        this.context = context;
    }

    /// Writing that other threads must not interrupt.
    @FunctionalInterface
    public interface Writing {
        /// Writes to the output.
        void run() throws IOException;
    }

    /// Sets whether sections have footers, which they have by default.
    public final synchronized void footers(boolean used) {
        footers = used;
    }

    /// Writes an element that is not part of the memory.
    public final synchronized void write(StreamElement element) throws IOException {
        between(() -> stream.write(element));
    }

    /// Runs something that writes whole elements to the output.
    public final synchronized void between(Writing writing) throws IOException {
        endSection();
        writing.run();
    }

    /// Writes the counterpart of a section of `ram` that has been read. Its footer is not passed to
    /// [#write].
    public final synchronized void section(Section section) throws IOException {
        switch (section) {
            case Section.Start start -> start(start);
            case Section.Part _ -> {}
            case Section.End end -> end(end);
            case Section.Full _ ->
                    throw new UnsupportedException(
                            "memory in a section that is not sent in parts",
                            VMStateException.NO_OFFSET);
        }
    }

    /// Writes the page of the current record, if it is one.
    public abstract void record(RamRecordReader records) throws IOException;

    /// Writes the pages of a packet.
    abstract void packet(RamBlock block, MultifdPacket packet, byte[] pages) throws IOException;

    abstract void start(Section.Start start) throws IOException;

    abstract void end(Section.End end) throws IOException;

    /// Ends the section of `ram` that was begun, if any.
    abstract void endSection() throws IOException;

    /// Writes a footer if sections have footers.
    final void footer(long sectionId) throws IOException {
        if (footers) {
            stream.write(new SectionFooter(sectionId));
        }
    }

    @Override
    public void close() {}
}
