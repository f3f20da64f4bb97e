// SPDX-License-Identifier: Apache-2.0
/// A whole machine in a stream: its elements, the states of its devices, its RAM blocks, and
/// findings about them.
///
/// [org.vmstate.inspect.SavedMachine] combines the lower packages: `stream` delimits the sections,
/// with the help of [org.vmstate.handler.BuiltInHandlers] for iterative devices and of `vmdesc` for
/// all others, and `state` decodes their bodies.
@NullMarked
package org.vmstate.inspect;

import org.jspecify.annotations.NullMarked;
