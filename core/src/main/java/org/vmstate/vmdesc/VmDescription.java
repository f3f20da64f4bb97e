// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.vmstate.internal.format.DescriptionKeys;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.JsonString;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// The description in a stream of the stream itself: the sequence of its devices and the meaning of
/// all their bytes.
///
/// It contains the text it was parsed from, the exact JSON, and a typed view.
///
/// Corresponds to what QEMU writes after `QEMU_VM_VMDESCRIPTION`.
public final class VmDescription {
    private final byte[] text;
    private final JsonObject json;
    private final int pageSize;

    /// The name of the field of the configuration that contains the machine type.
    private static final String MACHINE_TYPE = "name";

    private final Optional<StructDescription> configuration;
    private final List<DeviceDescription> devices;

    private VmDescription(byte[] text, JsonObject json, DescriptionReader reader)
            throws VMStateException {
        this.text = text;
        this.json = json;
        this.pageSize = reader.pageSize(json);
        this.configuration = reader.configuration(json);
        this.devices = reader.devices(json);
    }

    /// Parses a description whose first byte has the absolute offset `start`; the text is copied.
    ///
    /// Throws `CorruptException`, with the offset and path of the error, if the text is not such a
    /// description, and `LimitExceededException` if it is too long or nested too deeply.
    public static VmDescription parse(byte[] text, long start, ReadLimits limits)
            throws VMStateException {
        JsonDocument document = JsonDocument.parse(text, start, limits);
        return new VmDescription(
                text.clone(), document.root(), new DescriptionReader(document, limits));
    }

    /// Parses a description in memory as [#parse(byte[], long, ReadLimits)] does; the text is
    /// copied.
    public static VmDescription parse(MemorySegment text, long start, ReadLimits limits)
            throws VMStateException {
        byte[] bytes = new byte[Math.toIntExact(text.byteSize())];
        // A ByteBuffer initializes fewer classes than memory layouts do.
        text.asByteBuffer().get(bytes);
        JsonDocument document = JsonDocument.parse(bytes, start, limits);
        return new VmDescription(bytes, document.root(), new DescriptionReader(document, limits));
    }

    /// The text that was parsed.
    public byte[] text() {
        return text.clone();
    }

    /// The exact JSON.
    public JsonObject json() {
        return json;
    }

    /// The style of the text, derived from its beginning.
    public JsonStyle style() {
        return text[1] == ' ' ? JsonStyle.SPACED : JsonStyle.COMPACT;
    }

    /// The target's page size, a power of two.
    public int pageSize() {
        return pageSize;
    }

    /// The description of the configuration section, which QEMU writes since 8.x.
    public Optional<StructDescription> configuration() {
        return configuration;
    }

    /// The devices, in the order of their sections.
    public List<DeviceDescription> devices() {
        return devices;
    }

    /// The JSON of each of [#devices()], in the same order.
    public List<JsonObject> entries() {
        JsonArray entries = (JsonArray) JsonDocument.first(json, DescriptionKeys.DEVICES);
        return Objects.requireNonNull(entries).values().stream()
                .map(JsonObject.class::cast)
                .toList();
    }

    /// Returns a description of other devices, in the style of this one.
    ///
    /// Throws [VMStateException], as [#parse] does, if an entry does not describe a device.
    ///
    /// @param entries the JSON of each device, in the order of their sections
    public VmDescription withEntries(List<JsonObject> entries, ReadLimits limits)
            throws VMStateException {
        JsonObject changed =
                json.with(DescriptionKeys.DEVICES, new JsonArray(List.copyOf(entries)));
        return parse(style().print(changed), 0, limits);
    }

    /// Returns this description with the length of another machine type; this one if it does not
    /// describe the configuration.
    public VmDescription withMachineType(String name, ReadLimits limits) throws VMStateException {
        if (!(JsonDocument.first(json, DescriptionKeys.CONFIGURATION) instanceof JsonObject old)
                || !(JsonDocument.first(old, DescriptionKeys.FIELDS)
                        instanceof JsonArray(List<JsonValue> fields))) {
            return this;
        }
        List<JsonValue> changed = new ArrayList<>();
        for (JsonValue field : fields) {
            boolean named =
                    field instanceof JsonObject object
                            && JsonDocument.first(object, DescriptionKeys.NAME)
                                    instanceof JsonString(String key)
                            && key.equals(MACHINE_TYPE);
            changed.add(
                    named
                            ? ((JsonObject) field)
                                    .with(
                                            DescriptionKeys.SIZE,
                                            new JsonNumber(name.getBytes(UTF_8).length))
                            : field);
        }
        JsonObject configured = old.with(DescriptionKeys.FIELDS, new JsonArray(changed));
        return parse(
                style().print(json.with(DescriptionKeys.CONFIGURATION, configured)), 0, limits);
    }

    /// Equal if the texts are the same.
    @Override
    public boolean equals(Object other) {
        return other instanceof VmDescription that && Arrays.equals(text, that.text);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(text);
    }
}
