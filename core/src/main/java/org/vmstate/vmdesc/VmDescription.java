// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.vmstate.internal.format.DescriptionKeys;
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
        return new VmDescription(text.clone(), document.root(), new DescriptionReader(document));
    }

    /// Reads a description from memory as [#parse(byte[], long, ReadLimits)] does; the text is
    /// copied.
    public static VmDescription parse(MemorySegment text, long start, ReadLimits limits)
            throws VMStateException {
        byte[] bytes = new byte[Math.toIntExact(text.byteSize())];
        // A buffer takes less to start than memory layouts do.
        text.asByteBuffer().get(bytes);
        JsonDocument document = JsonDocument.parse(bytes, start, limits);
        return new VmDescription(bytes, document.root(), new DescriptionReader(document));
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

    /// The same description with another one for the device at `index` of [#devices()]: the members
    /// of `replacement` stand in the place of all that followed name and instance id. The text is
    /// written in the style of this one.
    public VmDescription withDevice(int index, JsonObject replacement, ReadLimits limits)
            throws VMStateException {
        List<JsonValue.Member> members = new ArrayList<>();
        for (JsonValue.Member member : json.members()) {
            members.add(
                    member.name().equals(DescriptionKeys.DEVICES)
                                    && member.value() instanceof JsonValue.JsonArray array
                            ? new JsonValue.Member(
                                    DescriptionKeys.DEVICES, replaced(array, index, replacement))
                            : member);
        }
        return parse(style().print(new JsonObject(members)), 0, limits);
    }

    private static JsonValue replaced(
            JsonValue.JsonArray devices, int index, JsonObject replacement) {
        List<JsonValue> changed = new ArrayList<>(devices.values());
        List<JsonValue.Member> members = new ArrayList<>();
        for (JsonValue.Member member : ((JsonObject) changed.get(index)).members()) {
            if (member.name().equals(DescriptionKeys.NAME)
                    || member.name().equals(DescriptionKeys.INSTANCE_ID)) {
                members.add(member);
            }
        }
        members.addAll(replacement.members());
        changed.set(index, new JsonObject(members));
        return new JsonValue.JsonArray(changed);
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
