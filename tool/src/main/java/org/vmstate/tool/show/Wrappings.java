// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.show;

import java.util.List;
import java.util.Locale;
import org.vmstate.container.Layer;
import org.vmstate.wire.Printable;
import tools.jackson.core.JsonGenerator;

/// Describes the containers around a stream.
public final class Wrappings {
    private Wrappings() {}

    /// One line per container, from the outermost to the innermost.
    public static List<String> lines(List<Layer> layers) {
        return layers.stream().map(Wrappings::line).toList();
    }

    /// Writes the property `inside`: one object per container.
    static void write(JsonGenerator json, List<Layer> layers) {
        json.writeArrayPropertyStart("inside");
        for (Layer layer : layers) {
            json.writeStartObject();
            switch (layer) {
                case Layer.Offset offset -> {
                    json.writeStringProperty("kind", "offset");
                    json.writeStringProperty("bytes", Long.toString(offset.bytes()));
                }
                case Layer.Foreign foreign -> {
                    json.writeStringProperty("kind", "foreign");
                    json.writeStringProperty("bytes", Long.toString(foreign.bytes()));
                    json.writeName("program");
                    foreign.program().ifPresentOrElse(json::writeString, json::writeNull);
                }
                case Layer.Compressed compressed -> {
                    json.writeStringProperty("kind", "compression");
                    json.writeStringProperty("format", name(compressed.by()));
                }
                case Layer.DiskSnapshot disk -> {
                    json.writeStringProperty("kind", "snapshot");
                    json.writeStringProperty("id", disk.snapshot().id());
                    json.writeStringProperty("name", disk.snapshot().name());
                }
                case Layer.LibvirtImage image -> {
                    json.writeStringProperty("kind", "libvirt");
                    json.writeNumberProperty("version", image.version());
                    json.writeStringProperty("format", name(image.format()));
                    json.writeBooleanProperty("running", image.running());
                    json.writeBooleanProperty("complete", image.complete());
                    json.writeStringProperty("domainXml", image.domainXml());
                    json.writeName("cookieXml");
                    image.cookieXml().ifPresentOrElse(json::writeString, json::writeNull);
                }
            }
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static String name(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    private static String line(Layer layer) {
        return switch (layer) {
            case Layer.Offset offset -> Amounts.grouped(offset.bytes()) + " zeros";
            case Layer.Foreign foreign ->
                    Amounts.counted(foreign.bytes(), "byte")
                            + " of another program"
                            + foreign.program().map(p -> " (" + p + ")").orElse("");
            case Layer.Compressed compressed -> name(compressed.by());
            case Layer.DiskSnapshot disk ->
                    "snapshot "
                            + Printable.text(disk.snapshot().id())
                            + " ("
                            + Printable.text(disk.snapshot().name())
                            + ") of a disk image";
            case Layer.LibvirtImage image ->
                    "libvirt save image of version "
                            + image.version()
                            + ", "
                            + name(image.format())
                            + ", "
                            + (image.running() ? "running" : "paused")
                            + (image.cookieXml().isPresent() ? ", with a cookie" : "")
                            + (image.complete() ? "" : ", not complete");
        };
    }
}
