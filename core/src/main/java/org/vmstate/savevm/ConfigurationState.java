// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import static org.vmstate.VMStateFields.custom;
import static org.vmstate.VMStateFields.uint32;
import static org.vmstate.VMStateFields.uint8;
import static org.vmstate.VMStateFields.vbuffer;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateField;
import org.vmstate.VMStateInfo;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// The contents of the configuration section: the machine's type, and properties on which both ends
/// must agree. The machine writes it; [org.vmstate.stream.Configuration] is the same section as an
/// element of a stream that is read.
///
/// QEMU: `vmstate_configuration`.
public final class ConfigurationState {
    int len;
    private byte[] name = {};
    private int targetPageBits;
    int capsCount;
    private String[] capabilities = {};
    private boolean hasUuid;
    private final byte[] uuid = new byte[2 * Long.BYTES];

    /// Creates an empty state, to load into.
    public ConfigurationState() {}

    /// Creates the state.
    ///
    /// @param pageBits the page size as a power of two; null if the target has only one size
    ConfigurationState(
            String machineType,
            @Nullable Integer pageBits,
            List<String> capabilities,
            @Nullable UUID uuid) {
        this.name = machineType.getBytes(StandardCharsets.UTF_8);
        this.len = name.length;
        this.targetPageBits = pageBits == null ? 0 : pageBits;
        this.capabilities = capabilities.toArray(String[]::new);
        this.capsCount = this.capabilities.length;
        if (uuid != null) {
            hasUuid = true;
            ByteBuffer.wrap(this.uuid)
                    .putLong(uuid.getMostSignificantBits())
                    .putLong(uuid.getLeastSignificantBits());
        }
    }

    /// The name of the machine's type.
    public String machineType() {
        return new String(name, StandardCharsets.UTF_8);
    }

    /// The page size of the target as a power of two, if it is stated.
    public OptionalInt targetPageBits() {
        return targetPageBits == 0 ? OptionalInt.empty() : OptionalInt.of(targetPageBits);
    }

    /// The names of the capabilities of migration that both ends must have.
    public List<String> capabilities() {
        return List.of(capabilities);
    }

    /// The machine's UUID, if it is stated.
    public Optional<UUID> uuid() {
        ByteBuffer bytes = ByteBuffer.wrap(uuid);
        return hasUuid ? Optional.of(new UUID(bytes.getLong(), bytes.getLong())) : Optional.empty();
    }

    /// The name of a capability.
    private static final class Capability implements VMStateInfo<String> {
        @Override
        public String name() {
            return "capability";
        }

        @Override
        public String load(WireReader reader, @Nullable String current, VMStateField<?> field)
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
            writer.str8(Objects.requireNonNull(value));
        }
    }

    private static final VMStateDescription<ConfigurationState> PAGE_BITS =
            VMStateDescription.builder(
                            "configuration/target-page-bits",
                            ConfigurationState.class,
                            MethodHandles.lookup())
                    .needed(state -> state.targetPageBits != 0)
                    .fields(uint32("target_page_bits").named("targetPageBits"))
                    .build();

    private static final VMStateDescription<ConfigurationState> CAPABILITIES =
            VMStateDescription.builder(
                            "configuration/capabilities",
                            ConfigurationState.class,
                            MethodHandles.lookup())
                    .needed(state -> state.capsCount != 0)
                    .fields(
                            uint32("caps_count").named("capsCount"),
                            custom("capabilities", new Capability()).varray("capsCount").allocate())
                    .build();

    private static final VMStateDescription<ConfigurationState> MACHINE_UUID =
            VMStateDescription.builder(
                            "configuration/uuid", ConfigurationState.class, MethodHandles.lookup())
                    .needed(state -> state.hasUuid)
                    .fields(uint8("uuid.data").named("uuid").array(2 * Long.BYTES))
                    .postLoad((state, _) -> state.hasUuid = true)
                    .build();

    /// The description of the section.
    public static final VMStateDescription<ConfigurationState> VMSTATE =
            VMStateDescription.builder(
                            "configuration", ConfigurationState.class, MethodHandles.lookup())
                    .fields(uint32("len"), vbuffer("name").length("len").allocate())
                    .subsections(PAGE_BITS, CAPABILITIES, MACHINE_UUID)
                    .build();
}
