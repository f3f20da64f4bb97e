// SPDX-License-Identifier: Apache-2.0
/// A whole machine in a stream: its elements, its devices' states by their descriptions, its RAM's
/// blocks, and what is wrong with any of them.
///
/// [org.vmstate.inspect.SavedMachine] brings the packages below together: `stream` delimits the
/// sections, [org.vmstate.handler.BuiltInHandlers] tells it where the bodies of iterative devices
/// end, `vmdesc` where those of all others do, and `state` decodes them.
@NullMarked
package org.vmstate.inspect;

import org.jspecify.annotations.NullMarked;
