// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.lang.foreign.MemorySegment;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.wire.ReadLimits;

/// Decodes the bodies of sections by their descriptions.
///
/// No bytes cause an exception: whatever is wrong with them is a [Finding] of the result.
public final class SectionDecoder {
    private final ReadLimits limits;

    /// A decoder that keeps these limits.
    public SectionDecoder(ReadLimits limits) {
        this.limits = limits;
    }

    /// Decodes a whole body.
    ///
    /// @param body the bytes between header and footer; the tree looks at them, so they must stay
    /// @param offset the absolute offset of the first one
    /// @param device what the stream says of the section
    public DecodedSection decode(MemorySegment body, long offset, DeviceDescription device) {
        Region region = new Region(body.asReadOnly(), offset);
        return new BodyDecoder(region, limits).section(device);
    }
}
