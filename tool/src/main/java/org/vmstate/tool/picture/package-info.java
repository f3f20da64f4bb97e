// SPDX-License-Identifier: Apache-2.0

/// The picture of a guest's memory, as PNG or SVG.
@NullMarked
package org.vmstate.tool.picture;

import org.jspecify.annotations.NullMarked;
