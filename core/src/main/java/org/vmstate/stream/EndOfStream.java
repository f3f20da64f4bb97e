// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// The byte that ends the elements; only a [Description] may follow. QEMU: `QEMU_VM_EOF`.
public record EndOfStream() implements StreamElement {}
