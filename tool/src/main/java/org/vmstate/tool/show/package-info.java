// SPDX-License-Identifier: Apache-2.0
/// The output of `vmstate show`: an overview of a machine, or a device or value in detail, as text
/// or JSON.
@NullMarked
package org.vmstate.tool.show;

import org.jspecify.annotations.NullMarked;
