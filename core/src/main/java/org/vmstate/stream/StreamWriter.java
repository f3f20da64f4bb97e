// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.List;
import org.vmstate.internal.format.StreamTags;
import org.vmstate.wire.WireWriter;

/// Writes elements as the bytes of a stream.
///
/// The elements returned by a [StreamReader] are written as the bytes they were read from. The
/// source must be open while bodies that refer to it are written. Not thread-safe.
public final class StreamWriter {
    private final WireWriter out;

    /// Creates a writer of elements to `out`, which the caller flushes.
    public StreamWriter(WireWriter out) {
        this.out = out;
    }

    /// Writes one element.
    ///
    /// @throws IllegalStateException if a section's body was consumed and not kept
    public void write(StreamElement element) throws IOException {
        switch (element) {
            case FileHeader _ -> {
                out.int32(StreamTags.MAGIC);
                out.int32(StreamTags.VERSION);
            }
            case Configuration configuration -> configuration.write(out);
            case Section.Start start -> whole(StreamTags.SECTION_START, start);
            case Section.Full full -> whole(StreamTags.SECTION_FULL, full);
            case Section.Part part -> piece(StreamTags.SECTION_PART, part);
            case Section.End end -> piece(StreamTags.SECTION_END, end);
            case SectionFooter(long sectionId) -> {
                out.u8(StreamTags.SECTION_FOOTER);
                out.u32(sectionId);
            }
            case Command command -> CommandCodec.write(out, command);
            case EndOfStream _ -> out.u8(StreamTags.END_OF_STREAM);
            case Description(Body json) -> {
                out.u8(StreamTags.DESCRIPTION);
                out.u32(json.length());
                json.writeTo(out);
            }
        }
    }

    /// Writes the result of a transform of a whole stream.
    ///
    /// @param source the elements from the header on, such as `reader::next`
    public void write(StreamTransform transform, StreamTransform.Source source) throws IOException {
        write(transform.atStart());
        for (StreamElement e = source.next(); e != null; e = source.next()) {
            write(transform.apply(e));
        }
        write(transform.atEnd());
    }

    /// Writes elements in order.
    public void write(List<StreamElement> elements) throws IOException {
        for (StreamElement element : elements) {
            write(element);
        }
    }

    private void whole(int tag, Section section) throws IOException {
        out.u8(tag);
        out.u32(section.sectionId());
        out.str8(section.identity().idString());
        out.u32(section.identity().instanceId());
        out.u32(section.identity().versionId());
        section.body().writeTo(out);
    }

    private void piece(int tag, Section section) throws IOException {
        out.u8(tag);
        out.u32(section.sectionId());
        section.body().writeTo(out);
    }
}
