// SPDX-License-Identifier: Apache-2.0
/// Section handlers for the iterative devices whose bodies have a structure of their own.
///
/// [org.vmstate.handler.BuiltInHandlers] finds them by the device's id string. They pass over a
/// body record by record, so that it ends where its own records say, and remember of it only what
/// the rest of the stream depends on (the blocks of `ram`).
@NullMarked
package org.vmstate.handler;

import org.jspecify.annotations.NullMarked;
