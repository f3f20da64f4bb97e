// SPDX-License-Identifier: Apache-2.0
/// Positioned big-endian readers and writers, limits on untrusted input, and the exceptions for
/// invalid input.
///
/// All streams are read with a [org.vmstate.wire.WireReader] and written with a
/// [org.vmstate.wire.WireWriter]; both correspond to QEMU's `QEMUFile`.
///
/// ```
/// u8 u16 u32 u64     1, 2, 4, 8 bytes, big-endian, unsigned
/// int8 … int64       the same bytes, two's complement
/// str8               u8 n, then n bytes of UTF-8, no terminator
/// ```
///
/// Invalid bytes are reported as a [org.vmstate.wire.VMStateException] with the offset and path; a
/// failing disk or pipe as another `IOException`.
@NullMarked
package org.vmstate.wire;

import org.jspecify.annotations.NullMarked;
