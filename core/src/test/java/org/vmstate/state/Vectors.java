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

/// What QEMU's own engine wrote for small descriptions: the bytes of a body, and its description.
///
/// @param name what the case shows
/// @param hex the body
/// @param json the description's text
record Vectors(String name, String hex, String json) {
    /// Where the bodies are said to begin in their stream.
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
