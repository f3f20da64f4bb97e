// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.arm;

import static org.vmstate.VMStateFields.int16;
import static org.vmstate.VMStateFields.struct;
import static org.vmstate.VMStateFields.uint32;

import java.lang.invoke.MethodHandles;
import java.util.stream.Stream;
import org.vmstate.VMStateDescription;
import org.vmstate.devices.internal.Flags;

/// The section `armv7m_nvic`: the interrupt controller of an M-profile processor without the
/// security extension.
///
/// QEMU also has the subsection `armv7m_nvic/m-security`, of ARMv8-M with the security extension,
/// which this class refuses.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `vmstate_nvic`.
public final class Nvic {
    /// The number of exceptions, those of the processor included.
    public static final int VECTORS = 512;

    /// The state of each exception; the index is the exception's number.
    public final Vector[] vectors =
            Stream.generate(Vector::new).limit(VECTORS).toArray(Vector[]::new);

    /// The field PRIGROUP of AIRCR; u32.
    public int prigroup;

    /// The state of an exception.
    ///
    /// QEMU: `vmstate_VecInfo`.
    public static final class Vector {
        /// The priority, a small number before a larger one; -3 to -1 are fixed priorities.
        public short prio;

        /// Whether the exception is enabled.
        public boolean enabled;

        /// Whether the exception is pending.
        public boolean pending;

        /// Whether the exception is being handled.
        public boolean active;

        /// Whether the interrupt's line is high.
        public boolean level;

        /// Creates an exception whose values are all zero.
        public Vector() {}

        /// The description of the structure.
        public static final VMStateDescription<Vector> VMSTATE =
                VMStateDescription.builder("armv7m_nvic_info", Vector.class, MethodHandles.lookup())
                        .fields(
                                int16("prio"),
                                Flags.uint8("enabled", v -> v.enabled, (v, b) -> v.enabled = b),
                                Flags.uint8("pending", v -> v.pending, (v, b) -> v.pending = b),
                                Flags.uint8("active", v -> v.active, (v, b) -> v.active = b),
                                Flags.uint8("level", v -> v.level, (v, b) -> v.level = b))
                        .build();
    }

    /// Creates a device whose values are all zero.
    public Nvic() {}

    /// The description of the section.
    public static final VMStateDescription<Nvic> VMSTATE =
            VMStateDescription.builder("armv7m_nvic", Nvic.class, MethodHandles.lookup())
                    .versionId(4)
                    .fields(
                            struct("vectors", Vector.VMSTATE).array(VECTORS).sinceVersion(1),
                            uint32("prigroup[M_REG_NS]").named("prigroup"))
                    .build();
}
