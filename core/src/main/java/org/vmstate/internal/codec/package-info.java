// SPDX-License-Identifier: Apache-2.0
/// Compiles layouts to straight-line code in the nest of the state's class.
///
/// ```
/// Layout ── Lowering ──▶ Step, Item ── SaveEmitter, LoadEmitter ──▶ class file ── Host ──▶ BodyCodec
/// ```
///
/// Compiled code handles common cases fast. In all other cases it exits to the plan before it has
/// changed anything that matters, so bytes, errors and paths are those of the plan.
@NullMarked
package org.vmstate.internal.codec;

import org.jspecify.annotations.NullMarked;
