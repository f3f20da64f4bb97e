// SPDX-License-Identifier: Apache-2.0
/// The output of `vmstate check` and `vmstate explain`.
@NullMarked
package org.vmstate.tool.check;

import org.jspecify.annotations.NullMarked;
