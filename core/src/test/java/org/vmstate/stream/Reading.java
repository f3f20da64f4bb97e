// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.vmstate.testing.StreamBytes;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Helpers of this package's tests: read a stream, convert its elements to text, write it.
final class Reading {
    /// Handles one iterative device, `ram`, whose bodies are a length byte and that number of
    /// bytes.
    static final SectionHandler.Lookup RAM =
            (identity, iterative) ->
                    iterative && identity.idString().equals("ram")
                            ? (in, _, _) -> in.skip(in.u8())
                            : null;

    private Reading() {}

    static StreamReader reader(StreamBytes stream, ExpectedSection... expected) {
        return reader(WireReader.of(stream.toByteArray()), expected);
    }

    static StreamReader reader(WireReader in, ExpectedSection... expected) {
        return StreamReader.of(in, RAM, _ -> List.of(expected));
    }

    /// The elements of a whole stream.
    static List<StreamElement> all(StreamReader reader) throws IOException {
        List<StreamElement> elements = new ArrayList<>();
        upToTheError(reader, elements);
        return elements;
    }

    /// Adds the elements of a reader to `elements`, which keeps them if an exception ends reading.
    static void upToTheError(StreamReader reader, List<StreamElement> elements) throws IOException {
        for (StreamElement e = reader.next(); e != null; e = reader.next()) {
            elements.add(e);
        }
    }

    /// The elements, one line each, such as `full 5 timer v2: 0102 DESCRIBED`.
    static List<String> lines(StreamReader reader) throws IOException {
        List<String> lines = new ArrayList<>();
        linesUpToTheError(reader, lines);
        return lines;
    }

    /// Adds the lines of a reader's elements to `lines`, which keeps them if an exception ends
    /// reading.
    static void linesUpToTheError(StreamReader reader, List<String> lines) throws IOException {
        for (StreamElement e = reader.next(); e != null; e = reader.next()) {
            lines.add(line(e, reader.origin()));
        }
    }

    /// The origins of the elements of a whole stream.
    static List<Long> offsets(StreamReader reader) throws IOException {
        List<Long> offsets = new ArrayList<>();
        while (reader.next() != null) {
            offsets.add(reader.origin().offset());
        }
        return offsets;
    }

    private static String line(StreamElement element, Origin origin) {
        if (element instanceof Command.Packaged packaged) {
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < packaged.elements().size(); i++) {
                lines.add(line(packaged.elements().get(i), origin.inside().get(i)));
            }
            return "packaged(" + String.join(", ", lines) + ")";
        }
        return line(element) + origin.bodyEnd().map(end -> " " + end).orElse("");
    }

    static String line(StreamElement element) {
        return switch (element) {
            case FileHeader _ -> "header";
            case Configuration c -> "configuration " + c.machineType();
            case Section.Start s -> "start " + line(s);
            case Section.Part s -> "part " + line(s);
            case Section.End s -> "end " + line(s);
            case Section.Full s -> "full " + line(s);
            case SectionFooter(long id) -> "footer " + id;
            case Command.Packaged(List<StreamElement> elements) ->
                    elements.stream()
                            .map(Reading::line)
                            .collect(Collectors.joining(", ", "packaged(", ")"));
            case Command command -> command.label();
            case EndOfStream _ -> "end of stream";
            case Description(Body json) -> "description " + hex(json);
        };
    }

    private static String line(Section s) {
        return s.sectionId()
                + " "
                + s.identity().label()
                + " v"
                + s.identity().versionId()
                + ": "
                + hex(s.body());
    }

    private static String hex(Body body) {
        return body instanceof Body.Consumed
                ? body.length() + " bytes consumed"
                : HexFormat.of().formatHex(body.memory().toArray(ValueLayout.JAVA_BYTE));
    }

    static byte[] written(List<StreamElement> elements) throws IOException {
        WireWriter out = WireWriter.toMemory();
        StreamWriter writer = new StreamWriter(out);
        for (StreamElement element : elements) {
            writer.write(element);
        }
        return out.toByteArray();
    }
}
