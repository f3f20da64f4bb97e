// SPDX-License-Identifier: Apache-2.0
/// Positioned big-endian primitives over any source, limits on untrusted input, and the exceptions
/// for wrong input.
///
/// Everything that reads a stream reads it through a [org.vmstate.wire.WireReader], everything that
/// writes one writes through a [org.vmstate.wire.WireWriter]; both correspond to QEMU's `QEMUFile`.
///
/// ```
/// u8 u16 u32 u64     1, 2, 4, 8 bytes, big-endian, unsigned
/// int8 … int64       the same bytes, two's complement
/// str8               u8 n, then n bytes of UTF-8, no terminator
/// ```
///
/// Bytes that are wrong cause a [org.vmstate.wire.VMStateException], which says where and in what;
/// a disk or a pipe that fails causes any other `IOException`.
@NullMarked
package org.vmstate.wire;

import org.jspecify.annotations.NullMarked;
