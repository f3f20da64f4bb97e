// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.List;
import org.vmstate.testing.PackedLines;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// The output of QEMU's own engine for small descriptions: the bytes of a body, and its
/// description.
///
/// @param name the subject of the case
/// @param hex the body
/// @param json the text of the description
record Vectors(String name, String hex, String json) {
    /// The assumed offset of the bodies in their stream.
    static final long OFFSET = 1000;

    static List<Vectors> all() {
        return PackedLines.read(Vectors.class, "vectors.xz").stream()
                .map(line -> new Vectors(line.get(0), line.get(1), line.get(2)))
                .toList();
    }

    static Vectors named(String name) {
        return all().stream().filter(v -> v.name.equals(name)).findFirst().orElseThrow();
    }

    byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    DeviceDescription description() throws VMStateException {
        String device = "{\"name\": \"dev\", \"instance_id\": 0, " + json.substring(1);
        String text = "{\"page_size\": 4096, \"devices\": [" + device + "]}";
        return VmDescription.parse(text.getBytes(UTF_8), 0, ReadLimits.DEFAULT)
                .devices()
                .getFirst();
    }

    DecodedSection decode() throws VMStateException {
        return decode(bytes());
    }

    DecodedSection decode(byte[] body) throws VMStateException {
        return new SectionDecoder(ReadLimits.DEFAULT)
                .decode(MemorySegment.ofArray(body), OFFSET, description());
    }

    @Override
    public String toString() {
        return name;
    }
}
