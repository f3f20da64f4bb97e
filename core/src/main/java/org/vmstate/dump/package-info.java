// SPDX-License-Identifier: Apache-2.0
/// Suspended guests: their memory by guest-physical address, and ELF cores with that memory and the
/// registers of the CPUs. The layout of cores is that of QEMU's `dump-guest-memory`, so that gdb,
/// crash and drgn read them. [org.vmstate.dump.SavedGuest] loads a guest and provides both.
///
/// ```
/// core := ELF header  program headers  notes  padding  memory
/// notes := (NT_PRSTATUS  [floating-point, vector and control registers])  per CPU
///          [QEMU note per CPU, x86-64]  [VMCOREINFO]
/// ```
@NullMarked
package org.vmstate.dump;

import org.jspecify.annotations.NullMarked;
