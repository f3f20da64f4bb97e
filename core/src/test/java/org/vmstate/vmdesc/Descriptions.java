// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vmdesc;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.vmstate.testing.PackedLines;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;

/// The descriptions of real QEMUs from 5.2 to 11.1, by the name of the stream.
final class Descriptions {
    private Descriptions() {}

    static Map<String, byte[]> texts() {
        Map<String, byte[]> texts = new TreeMap<>();
        for (List<String> line : PackedLines.read(Descriptions.class, "descriptions.xz")) {
            texts.put(line.get(0), line.get(1).getBytes(UTF_8));
        }
        return texts;
    }

    static VmDescription parse(String text) throws VMStateException {
        return VmDescription.parse(text.getBytes(UTF_8), 0, ReadLimits.DEFAULT);
    }

    static VmDescription of(String stream) throws VMStateException {
        return VmDescription.parse(texts().get(stream), 0, ReadLimits.DEFAULT);
    }

    static DeviceDescription device(String stream, String name) throws VMStateException {
        return of(stream).devices().stream()
                .filter(device -> device.name().equals(name))
                .findFirst()
                .orElseThrow();
    }
}
