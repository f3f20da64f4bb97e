// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.util.List;

/// How much goes into one piece of compiled code.
///
/// @param items at most so many items are moved by one run
/// @param codeBytes a method whose code is estimated to be longer is split
/// @param fields a class has at most so many fields of one body
record Budget(int items, int codeBytes, int fields) {
    /// The budgets to try, one after the other, until a class can be made.
    static final List<Budget> FALLING =
            List.of(new Budget(100, 2500, 500), new Budget(25, 800, 60), new Budget(8, 300, 8));
}
