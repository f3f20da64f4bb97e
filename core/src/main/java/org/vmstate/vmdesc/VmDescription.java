// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.vmstate.internal.format.DescriptionKeys;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// The description a stream carries of itself: which devices follow each other, and what each byte
/// of them is.
///
/// It keeps the text it was read from, the exact JSON in it, and the typed view.
///
/// Corresponds to what QEMU writes behind `QEMU_VM_VMDESCRIPTION`.
public final class VmDescription {
    private final byte[] text;
    private final JsonObject json;
    private final int pageSize;
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

    /// Reads a description whose first byte has the absolute offset `start`; the text is copied.
    ///
    /// Text that is no such description is a `CorruptException` at the offset and with the path of
    /// what is wrong; one that is too long or nests too deep is a `LimitExceededException`.
    public static VmDescription parse(byte[] text, long start, ReadLimits limits)
            throws VMStateException {
        JsonDocument document = JsonDocument.parse(text, start, limits);
        return new VmDescription(
                text.clone(), document.root(), new DescriptionReader(document, limits));
    }

    /// Reads a description from memory as [#parse(byte[], long, ReadLimits)] does; the text is
    /// copied.
    public static VmDescription parse(MemorySegment text, long start, ReadLimits limits)
            throws VMStateException {
        byte[] bytes = new byte[Math.toIntExact(text.byteSize())];
        // A buffer takes less to start than memory layouts do.
        text.asByteBuffer().get(bytes);
        JsonDocument document = JsonDocument.parse(bytes, start, limits);
        return new VmDescription(bytes, document.root(), new DescriptionReader(document, limits));
    }

    /// The text as it was read.
    public byte[] text() {
        return text.clone();
    }

    /// The exact JSON.
    public JsonObject json() {
        return json;
    }

    /// The way the text is written, as far as its beginning tells.
    public JsonStyle style() {
        return text[1] == ' ' ? JsonStyle.SPACED : JsonStyle.COMPACT;
    }

    /// The target's page size, a power of two.
    public int pageSize() {
        return pageSize;
    }

    /// The description of the configuration section, which QEMU gives since 8.x.
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

    /// The same description of other devices. The text is written in the style of this one.
    ///
    /// Entries that do not describe devices are a [VMStateException], as for [#parse].
    ///
    /// @param entries the JSON of each device, in the order of their sections
    public VmDescription withEntries(List<JsonObject> entries, ReadLimits limits)
            throws VMStateException {
        JsonObject changed =
                json.with(DescriptionKeys.DEVICES, new JsonArray(List.copyOf(entries)));
        return parse(style().print(changed), 0, limits);
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
