// SPDX-License-Identifier: Apache-2.0

/// The subcommands of `vmstate`.
@NullMarked
package org.vmstate.tool;

import org.jspecify.annotations.NullMarked;
