// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.vmstate.compare.FieldComparison.Difference;
import org.vmstate.compare.FieldComparison.Known;
import org.vmstate.internal.schema.Schema;
import org.vmstate.internal.schema.SchemaDump;

/// Compares the descriptions of two programs: what the first writes with what the second reads.
final class DescriptionCheck {
    private DescriptionCheck() {}

    static CheckResult check(MachineDescriptions source, MachineDescriptions destination) {
        List<Reason> reasons = new ArrayList<>();
        return new CheckResult(reasons);
    }
}
