// SPDX-License-Identifier: Apache-2.0
/// Compiles layouts: from a description to straight-line code beside the state's class.
///
/// ```
/// Layout ── Lowering ──▶ Step, Item ── SaveCode, LoadCode ──▶ class file ── Host ──▶ Body
/// ```
///
/// Compiled code does the usual thing fast and leaves everything unusual to the plan, before it has
/// changed anything that matters. So bytes, errors and their paths are the plan's own.
@NullMarked
package org.vmstate.internal.codec;

import org.jspecify.annotations.NullMarked;
