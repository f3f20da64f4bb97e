// SPDX-License-Identifier: Apache-2.0

/// The subcommands of `vmstate` and what they print.
@NullMarked
package org.vmstate.tool;

import org.jspecify.annotations.NullMarked;
