// SPDX-License-Identifier: Apache-2.0

/// What the fuzzer puts through the library, and what must hold of any input.
@NullMarked
package org.vmstate.fuzz.targets;

import org.jspecify.annotations.NullMarked;
