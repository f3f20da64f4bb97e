// SPDX-License-Identifier: Apache-2.0
/// Benchmarks of saving and loading: five states, saved by compiled code, by the plan, by
/// hand-written code, and by other libraries.
@NullMarked
package org.vmstate.bench;

import org.jspecify.annotations.NullMarked;
