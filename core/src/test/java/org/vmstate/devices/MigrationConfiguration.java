// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.vmstate.VMStateFields.*;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateField;
import org.vmstate.VMStateInfo;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The configuration section: the machine's type, and properties on which both ends must agree.
@SuppressWarnings("UnusedVariable") // private fields are read by the description
final class MigrationConfiguration {
    private int len;
    private byte[] name = {};
    private boolean hasTargetPageBits;
    private int targetPageBits;
    private int capsCount;
    String[] capabilities = {};
    private boolean hasUuid;
    private final byte[] uuid = new byte[16];

    /// A capability: its name as a counted string.
    private static final VMStateInfo<String> CAPABILITY =
            new VMStateInfo<>() {
                @Override
                public String name() {
                    return "capability";
                }

                @Override
                public String load(
                        WireReader reader, @Nullable String current, VMStateField<?> field)
                        throws IOException {
                    return reader.str8();
                }

                @Override
                public void save(
                        WireWriter writer,
                        @Nullable String value,
                        VMStateField<?> field,
                        @Nullable VmDescWriter vmdesc)
                        throws IOException {
                    writer.str8(value);
                }
            };

    private static final VMStateDescription<MigrationConfiguration> TARGET_PAGE_BITS =
            VMStateDescription.builder(
                            "configuration/target-page-bits",
                            MigrationConfiguration.class,
                            MethodHandles.lookup())
                    .needed(c -> c.hasTargetPageBits)
                    .fields(uint32("target_page_bits"))
                    .postLoad((c, version) -> c.hasTargetPageBits = true)
                    .build();

    private static final VMStateDescription<MigrationConfiguration> CAPABILITIES =
            VMStateDescription.builder(
                            "configuration/capabilities",
                            MigrationConfiguration.class,
                            MethodHandles.lookup())
                    .needed(c -> c.capsCount > 0)
                    .fields(
                            uint32("caps_count"),
                            custom("capabilities", CAPABILITY).varray("caps_count").allocate())
                    .build();

    private static final VMStateDescription<MigrationConfiguration> UUID =
            VMStateDescription.builder(
                            "configuration/uuid",
                            MigrationConfiguration.class,
                            MethodHandles.lookup())
                    .needed(c -> c.hasUuid)
                    .fields(uint8("uuid").array(16))
                    .postLoad((c, version) -> c.hasUuid = true)
                    .build();

    static final VMStateDescription<MigrationConfiguration> VMSTATE =
            VMStateDescription.builder(
                            "configuration", MigrationConfiguration.class, MethodHandles.lookup())
                    .fields(uint32("len"), vbuffer("name").length("len").allocate())
                    .subsections(TARGET_PAGE_BITS, CAPABILITIES, UUID)
                    .build();

    String machineType() {
        return new String(name, 0, len, US_ASCII);
    }
}
