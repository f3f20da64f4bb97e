// SPDX-License-Identifier: Apache-2.0
package org.vmstate.fuzz.targets;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.vmstate.fuzz.Sample;
import org.vmstate.fuzz.Structure;
import org.vmstate.fuzz.Target;
import org.vmstate.fuzz.targets.Oracle.Outcome;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.JsonStyle;
import org.vmstate.vmdesc.JsonValue;
import org.vmstate.vmdesc.StructDescription;
import org.vmstate.vmdesc.VmDescription;

/// Parses and prints JSON descriptions. Printed JSON must be parsed as the same value.
final class DescriptionTarget implements Target {
    @Override
    public String name() {
        return "description";
    }

    @Override
    public List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        for (String text :
                List.of(
                        "{}",
                        "{\"a\": [1, -2, 3.5e-7, true, false, null, \"\\u00e9\\ud83d\\ude00\\n\\\"\"], \"a\": {}}",
                        "{\"page_size\":4096,\"devices\":[]}")) {
            seeds.add(text.getBytes(UTF_8));
        }
        for (StateText vector : StateText.all()) {
            seeds.add(vector.description().getBytes(UTF_8));
        }
        return seeds;
    }

    @Override
    public Structure structure(byte[] input) {
        return JsonStructure.of(input);
    }

    @Override
    public Cost cost() {
        return new Cost(1 << 20, 1_000, 100_000, 2_000);
    }

    @Override
    public void run(byte[] input, Sample sample) throws IOException {
        Outcome<JsonValue.JsonObject> parsed =
                Outcome.of(input.length, () -> JsonValue.JsonObject.parse(input, Oracle.LIMITS));
        JsonValue.JsonObject value = parsed.result();
        if (value != null) {
            for (JsonStyle style : JsonStyle.values()) {
                byte[] printed = style.print(value);
                JsonValue.JsonObject again = JsonValue.JsonObject.parse(printed, Oracle.LIMITS);
                Oracle.check(again.equals(value), "printed JSON is parsed as another value");
                Oracle.same(style.print(again), printed, "printed JSON after parsing and printing");
            }
        }
        Outcome<VmDescription> description =
                Outcome.of(input.length, () -> VmDescription.parse(input, 0, Oracle.LIMITS));
        if (description.result() != null) {
            check(description.result());
        }
    }

    private static void check(VmDescription description) throws IOException {
        VmDescription again = VmDescription.parse(description.text(), 0, Oracle.LIMITS);
        Oracle.check(
                again.json().equals(description.json()), "the text is parsed as another value");
        Oracle.same(again.text(), description.text(), "text after parsing");
        Oracle.same(again.devices(), description.devices(), "devices");
        VmDescription same = description.withEntries(description.entries(), Oracle.LIMITS);
        Oracle.same(same.devices(), description.devices(), "devices of the same entries");
        for (DeviceDescription device : description.devices()) {
            device.bodySize();
            visit(device.body());
        }
    }

    private static void visit(StructDescription struct) {
        struct.runs();
        struct.fields().forEach(f -> f.struct().ifPresent(DescriptionTarget::visit));
        struct.subsections().forEach(DescriptionTarget::visit);
    }
}
