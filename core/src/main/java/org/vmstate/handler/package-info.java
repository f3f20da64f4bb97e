// SPDX-License-Identifier: Apache-2.0
/// Section handlers for the iterative devices whose bodies have their own structure.
///
/// [org.vmstate.handler.BuiltInHandlers] selects them by the device's id string. They skip a body
/// record by record, which determines where it ends, and keep only what the rest of the stream
/// depends on (the blocks of `ram`).
@NullMarked
package org.vmstate.handler;

import org.jspecify.annotations.NullMarked;
