// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.spapr;

import static org.vmstate.VMStateFields.bitmap;

import java.lang.invoke.MethodHandles;
import java.util.BitSet;
import org.vmstate.VMStateDescription;

/// An option vector of the Power Architecture Platform Requirements: 256 bytes of options, a bit
/// each.
///
/// Checked against streams of QEMU 5.2, 7.2, 10.0 and 11.1. QEMU: `SpaprOptionVector`,
/// `vmstate_spapr_ovec`.
public final class OptionVector {
    /// The number of bits.
    public static final int BITS = 256 * Byte.SIZE;

    /// The options: bit `8 * b + i` is bit `i` of byte `b`, where bit 0 is the most significant
    /// one, as in the specification.
    public final BitSet bitmap = new BitSet(BITS);

    /// Creates a device whose values are all zero.
    public OptionVector() {}

    /// The description of the structure.
    public static final VMStateDescription<OptionVector> VMSTATE =
            VMStateDescription.builder(
                            "spapr_option_vector", OptionVector.class, MethodHandles.lookup())
                    .fields(bitmap("bitmap").length((OptionVector v) -> BITS))
                    .build();
}
