// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.util.List;

/// Limits on the size of compiled methods and classes.
///
/// @param items the maximum number of items in one run
/// @param codeBytes the estimated size of code above which a method is split
/// @param fields the maximum number of fields of one body in a class
record Budget(int items, int codeBytes, int fields) {
    /// The budgets to try in turn until a class can be generated.
    static final List<Budget> FALLING =
            List.of(new Budget(100, 2500, 500), new Budget(25, 800, 60), new Budget(8, 300, 8));
}
