// SPDX-License-Identifier: Apache-2.0
package org.vmstate.savevm;

import org.vmstate.wire.ReadLimits;

/// The limits for what this program has written into its own memory, such as snapshots: none but
/// those of arrays, since a state that fits the machine fits its copy.
final class OwnBytes {
    static final ReadLimits LIMITS =
            ReadLimits.builder()
                    .maxElements(Integer.MAX_VALUE)
                    .maxBufferBytes(Integer.MAX_VALUE)
                    .maxEmptyElements(Integer.MAX_VALUE)
                    .maxNesting(Integer.MAX_VALUE)
                    .maxDescriptionBytes(Integer.MAX_VALUE)
                    .maxDescriptionValues(Integer.MAX_VALUE)
                    .maxNameLength(Integer.MAX_VALUE)
                    .build();

    private OwnBytes() {}
}
