// SPDX-License-Identifier: Apache-2.0
/// The framework: declare a device's state once, save it, load it.
///
/// A [org.vmstate.VMStateDescription] is built from [org.vmstate.VMStateFields]; it writes states
/// to exactly the bytes, and describes them in exactly the words, that QEMU does.
@NullMarked
package org.vmstate;

import org.jspecify.annotations.NullMarked;
