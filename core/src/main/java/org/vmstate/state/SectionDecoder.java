// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.lang.foreign.MemorySegment;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.wire.ReadLimits;

/// Decodes the bodies of sections by their descriptions.
///
/// Malformed bytes do not cause an exception, but a [Finding] in the result.
public final class SectionDecoder {
    private final ReadLimits limits;

    /// Creates a decoder with these limits.
    public SectionDecoder(ReadLimits limits) {
        this.limits = limits;
    }

    /// Decodes a whole body.
    ///
    /// @param body the bytes between header and footer; must stay valid while the tree is used
    /// @param offset the absolute offset of the first byte
    /// @param device the description of the section
    public DecodedSection decode(MemorySegment body, long offset, DeviceDescription device) {
        Region region = new Region(body.asReadOnly(), offset);
        return new BodyDecoder(region, limits).section(device);
    }
}
