// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.vmstate.container.CprState;
import org.vmstate.container.Layer;
import org.vmstate.tool.ExitCode;
import org.vmstate.tool.Terminal;
import org.vmstate.tool.UsageException;
import org.vmstate.wire.Printable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;

/// Prints the content of the second channel of a `cpr-transfer` migration.
public final class CprStatePrinter {
    private final Terminal terminal;
    private final String title;
    private final List<Layer> layers;

    /// @param title the name of the input
    /// @param layers the containers around the state
    public CprStatePrinter(Terminal terminal, String title, List<Layer> layers) {
        this.terminal = terminal;
        this.title = title;
        this.layers = layers;
    }

    /// Prints the state as text or JSON. Returns the exit code.
    public int print(CprState state, Show.Format format) throws IOException, UsageException {
        switch (format) {
            case TEXT -> text(state);
            case JSON -> json(state);
            case QEMU, QEMU_DESC ->
                    throw new UsageException("this format is for a stream, and this is CPR state");
        }
        return ExitCode.FINE;
    }

    private void text(CprState state) {
        PrintWriter out = terminal.text();
        out.println(terminal.strong(title));
        Wrappings.lines(layers).forEach(line -> out.println("  inside         " + line));
        out.println("  " + state);
        state.subsection()
                .ifPresent(name -> out.println("  and " + Printable.text(name) + ", not decoded"));
        out.println(
                terminal.faint(
                        "  The guest's memory stays in the descriptors; its devices are in the stream of the other channel."));
        out.flush();
    }

    private void json(CprState state) {
        PrintWriter out = terminal.text();
        try (JsonGenerator json =
                AsciiJson.FACTORY.createGenerator(ObjectWriteContext.empty(), out)) {
            json.writeStartObject();
            json.writeNumberProperty("formatVersion", 1);
            json.writeStringProperty("file", title);
            Wrappings.write(json, layers);
            json.writeObjectPropertyStart("cprState");
            json.writeNumberProperty("version", state.version());
            json.writeArrayPropertyStart("descriptors");
            for (CprState.Descriptor descriptor : state.descriptors()) {
                json.writeStartObject();
                json.writeStringProperty("name", descriptor.name());
                json.writeNumberProperty("id", descriptor.id());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeName("subsection");
            state.subsection().ifPresentOrElse(json::writeString, json::writeNull);
            json.writeEndObject();
            json.writeEndObject();
            json.writeRaw(System.lineSeparator());
        }
        out.flush();
    }
}
