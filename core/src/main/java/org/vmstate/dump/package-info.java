// SPDX-License-Identifier: Apache-2.0
/// ELF cores of suspended guests: their memory at guest-physical addresses and the registers of
/// their CPUs, laid out as QEMU's `dump-guest-memory` does it, so that gdb, crash and drgn read
/// them.
///
/// ```
/// core := ELF header  program headers  notes  padding  memory
/// notes := (NT_PRSTATUS  [floating-point, vector and control registers])  per CPU
///          [QEMU note per CPU, x86-64]  [VMCOREINFO]
/// ```
@NullMarked
package org.vmstate.dump;

import org.jspecify.annotations.NullMarked;
