// SPDX-License-Identifier: Apache-2.0
/// What saving and loading costs: five states, saved by compiled code, by the plan, by hand, and by
/// other libraries.
@NullMarked
package org.vmstate.bench;

import org.jspecify.annotations.NullMarked;
