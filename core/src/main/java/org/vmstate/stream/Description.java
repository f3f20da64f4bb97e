// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// The JSON text behind the end in which a stream describes its own devices, as bytes; QEMU:
/// `QEMU_VM_VMDESCRIPTION`.
///
/// The package `org.vmstate.vmdesc` reads it.
public record Description(Body json) implements StreamElement {}
