// SPDX-License-Identifier: Apache-2.0

/// The targets of the fuzzer: the code that it runs, and the conditions that must hold for any
/// input.
@NullMarked
package org.vmstate.fuzz.targets;

import org.jspecify.annotations.NullMarked;
