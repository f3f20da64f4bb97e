// SPDX-License-Identifier: Apache-2.0

/// Output files that are written completely or not at all.
@NullMarked
package org.vmstate.internal.file;

import org.jspecify.annotations.NullMarked;
