// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// The JSON text after the end of the stream that describes its devices, as bytes. QEMU:
/// `QEMU_VM_VMDESCRIPTION`.
///
/// The package `org.vmstate.vmdesc` parses it.
public record Description(Body json) implements StreamElement {}
