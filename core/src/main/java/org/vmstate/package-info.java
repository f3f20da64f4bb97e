// SPDX-License-Identifier: Apache-2.0
/// The framework: declare a device's state once, save it, load it.
///
/// A [org.vmstate.VMStateDescription] is built from [org.vmstate.VMStateFields]. Both the bytes
/// that it writes and the stream's description of them are identical to QEMU's.
@NullMarked
package org.vmstate;

import org.jspecify.annotations.NullMarked;
