// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/// The form of states that are structures in memory.
public record MemoryForm(StructLayout memory) implements StateForm {
    @Override
    public Class<?> type() {
        return MemorySegment.class;
    }
}
