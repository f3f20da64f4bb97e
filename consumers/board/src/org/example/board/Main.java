// SPDX-License-Identifier: Apache-2.0
package org.example.board;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.example.board.internal.InternalDevices;
import org.vmstate.VMStateCoverage;
import org.vmstate.VMStateDescription;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// Saves and loads every device of the board, and a body that an older build wrote.
public final class Main {
    private Main() {}

    /// Prints a line for each device; an exception ends the program with exit code 1.
    public static void main(String[] args) throws IOException {
        List<Device.Kind<?>> kinds = new ArrayList<>();
        kinds.add(new Device.Kind<>(Uart.VMSTATE, Uart::new));
        kinds.add(new Device.Kind<>(PowerSupply.VMSTATE, PowerSupply::new));
        kinds.addAll(InternalDevices.kinds());
        for (Device.Kind<?> kind : kinds) {
            System.out.println(kind.description().name() + ": " + roundTrip(kind) + " bytes");
        }
        loadOldUart();
        checkCoverage();
        System.out.println("in " + Main.class.getModule());
    }

    private static <D extends Device> int roundTrip(Device.Kind<D> kind) throws IOException {
        D device = kind.factory().get();
        byte[] initial = save(kind.description(), device);
        device.run();
        byte[] saved = save(kind.description(), device);
        D loaded = kind.factory().get();
        kind.description().load(WireReader.of(saved), loaded, kind.description().versionId());
        demand(!Arrays.equals(saved, initial), "nothing changed");
        saveForOlderBuilds(kind.description(), device, kind.factory().get());
        demand(Arrays.equals(save(kind.description(), loaded), saved), "another state was loaded");
        return saved.length;
    }

    private static <D> byte[] save(VMStateDescription<D> description, D device) throws IOException {
        return save(description, device, description.versionId());
    }

    private static <D> byte[] save(VMStateDescription<D> description, D device, int version)
            throws IOException {
        WireWriter writer = WireWriter.toMemory();
        description.save(writer, device, version);
        return writer.toByteArray();
    }

    /// Bytes saved at an older version are loaded and saved at that version.
    private static <D> void saveForOlderBuilds(
            VMStateDescription<D> description, D device, D loaded) throws IOException {
        for (int v = description.minimumVersionId(); v < description.versionId(); v++) {
            byte[] saved = save(description, device, v);
            description.load(WireReader.of(saved), loaded, v);
            demand(
                    Arrays.equals(save(description, loaded, v), saved),
                    "another state was loaded from version " + v);
        }
    }

    /// The bytes of version 1 of the device do not contain the scratch register.
    private static void loadOldUart() throws IOException {
        byte[] old = HexFormat.of().parseHex("000c" + "00" + "00000001" + "78".repeat(16) + "0000");
        Uart uart = new Uart();
        Uart.VMSTATE.load(WireReader.of(old), uart, 1);
        demand(uart.interrupt() && uart.scratch() == 0, "an old uart was loaded wrongly");
        System.out.println("uart of version 1 loaded");
    }

    /// Functions access a private field of the power supply's superclass.
    private static void checkCoverage() {
        demand(
                VMStateCoverage.of(Uart.class, Uart.VMSTATE).uncovered().isEmpty()
                        && VMStateCoverage.of(PowerSupply.class, PowerSupply.VMSTATE)
                                .except("serialNumber")
                                .uncovered()
                                .isEmpty(),
                "a field is in no description");
    }

    private static void demand(boolean condition, String otherwise) {
        if (!condition) {
            throw new AssertionError(otherwise);
        }
    }
}
