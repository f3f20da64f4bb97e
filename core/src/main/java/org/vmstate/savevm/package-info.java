// SPDX-License-Identifier: Apache-2.0
/// The machine of an emulator: its devices and memory, saved and loaded as a whole.
///
/// A [org.vmstate.savevm.Machine] is built from devices (a description and the object it describes)
/// and guest memory. It writes streams in QEMU's format and loads them; see
/// `docs/guide/build-a-machine.md`.
///
/// QEMU: `migration/savevm.c`.
@NullMarked
package org.vmstate.savevm;

import org.jspecify.annotations.NullMarked;
