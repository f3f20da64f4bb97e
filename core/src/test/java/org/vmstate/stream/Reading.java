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

/// What tests of this package do with a stream: read it, put what came into words, write it.
final class Reading {
    /// Knows one iterative device, `ram`, whose bodies are one byte of length and that many others.
    static final BodyWalker.Lookup RAM =
            identity -> identity.idString().equals("ram") ? (in, _, _) -> in.skip(in.u8()) : null;

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

    /// Adds what the reader yields to `elements`, which keeps it when an error ends it.
    static void upToTheError(StreamReader reader, List<StreamElement> elements) throws IOException {
        for (StreamElement e = reader.next(); e != null; e = reader.next()) {
            elements.add(e);
        }
    }

    /// The elements, each in a line such as `full 5 timer v2: 0102 DESCRIBED`.
    static List<String> lines(StreamReader reader) throws IOException {
        return all(reader).stream().map(Reading::line).toList();
    }

    static String line(StreamElement element) {
        return switch (element) {
            case FileHeader _ -> "header";
            case Configuration c -> "configuration " + c.machineType();
            case Section.Start s -> "start " + line(s);
            case Section.Part s -> "part " + line(s);
            case Section.End s -> "end " + line(s);
            case Section.Full s -> "full " + line(s);
            case SectionFooter(long _, long id) -> "footer " + id;
            case Command.Packaged(long _, List<StreamElement> elements) ->
                    elements.stream()
                            .map(Reading::line)
                            .collect(Collectors.joining(", ", "packaged(", ")"));
            case Command command -> command.label();
            case EndOfStream _ -> "end of stream";
            case Description(long _, Body json) -> "description " + hex(json);
        };
    }

    private static String line(Section s) {
        return s.sectionId()
                + " "
                + s.identity().label()
                + " v"
                + s.identity().versionId()
                + ": "
                + hex(s.body())
                + " "
                + s.bodyEnd();
    }

    private static String hex(Body body) {
        return body instanceof Body.PassedOver
                ? body.length() + " bytes passed over"
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
