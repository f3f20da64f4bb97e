// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.vmstate.inspect.Device;
import org.vmstate.inspect.MachineReader;
import org.vmstate.inspect.SavedMachine;
import org.vmstate.state.SectionDecoder;
import org.vmstate.testing.Corpus;
import org.vmstate.testing.PackedLines;
import org.vmstate.vmdesc.JsonStyle;
import org.vmstate.vmdesc.JsonValue;
import org.vmstate.vmdesc.JsonValue.JsonArray;
import org.vmstate.vmdesc.JsonValue.JsonNumber;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.wire.WireReader;

/// A body, and a description that contains only this device.
///
/// @param description the JSON text
/// @param body the bytes
@SuppressWarnings("ArrayRecordComponent") // never compared
record StateText(String description, byte[] body) {
    private static final int MAX_BYTES = 6 << 10;

    /// Returns bodies that QEMU wrote for small descriptions, and devices of real streams.
    static List<StateText> all() throws IOException {
        List<StateText> all = new ArrayList<>();
        for (List<String> line : PackedLines.read(SectionDecoder.class, "vectors.xz")) {
            String entry = "{\"name\": \"dev\", \"instance_id\": 0, " + line.get(2).substring(1);
            all.add(
                    new StateText(
                            "{\"page_size\": 4096, \"devices\": [" + entry + "]}",
                            HexFormat.of().parseHex(line.get(1))));
        }
        for (String stream :
                List.of(
                        "pseries-events-100",
                        "s390x-100",
                        "q35-viommu-gtree-100",
                        "microvm-100",
                        "arm-microbit-72",
                        "pc-hotplug-100")) {
            addDevices(Corpus.file(stream + ".mig").bytes(), all);
        }
        return all;
    }

    private static void addDevices(byte[] stream, List<StateText> all) throws IOException {
        SavedMachine machine = SavedMachine.read(MachineReader.overview(WireReader.of(stream)));
        List<JsonObject> entries = machine.description().orElseThrow().entries();
        for (Device device : machine.devices()) {
            Optional<Device.Whole> whole = device.whole().filter(w -> w.description().isPresent());
            if (whole.isEmpty()) {
                continue;
            }
            int at = machine.description().get().devices().indexOf(whole.get().description().get());
            JsonObject only =
                    new JsonObject(
                            List.of(
                                    new JsonValue.Member("page_size", new JsonNumber(4096)),
                                    new JsonValue.Member(
                                            "devices", new JsonArray(List.of(entries.get(at))))));
            String text = new String(JsonStyle.COMPACT.print(only), UTF_8);
            byte[] body = whole.get().section().body().memory().toArray(JAVA_BYTE);
            if (text.length() + body.length <= MAX_BYTES) {
                all.add(new StateText(text, body));
            }
        }
    }
}
