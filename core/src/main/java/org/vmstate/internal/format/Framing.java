// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

/// The marks and counts between the values of a body.
///
/// ```
/// queue, list := (mark element)* 0x00                            mark: any byte but 0, written as 0x01
/// tree        := u32 n  (mark key value)[n] 0x00                 key: a body, or a u64
/// pointers    := (0x30 | element)*                               not allocated by loading
///              | (0x30 | 0x31 element)*                          allocated by loading
/// bitmap      := u64[ceil(bits / 64)]
/// ```
///
/// QEMU: `put_qtailq`, `put_qlist`, `put_gtree`, `VMS_NULLPTR_MARKER`, `VMS_MARKER_PTR_NULL`.
public final class Framing {
    /// The mark written before an element of a queue, list or tree.
    public static final int ELEMENT = 0x01;

    /// The mark that ends a queue, list or tree.
    public static final int END = 0x00;

    /// The marker sent instead of an element if its pointer is null.
    public static final int NULL_POINTER = 0x30;

    /// The marker before an element whose pointer loading allocates.
    public static final int POINTER_PRESENT = 0x31;

    /// The size of the count at the beginning of a tree.
    public static final int TREE_COUNT_BYTES = Integer.BYTES;

    /// The size of a tree key that is a number.
    public static final int DIRECT_KEY_BYTES = Long.BYTES;

    private Framing() {}

    /// Whether a mark in a queue, list or tree announces an element. QEMU accepts any mark but 0.
    public static boolean announcesElement(int mark) {
        return mark != END;
    }

    /// Returns the number of 64-bit words in a bitmap of `bits` bits.
    public static long bitmapWords(long bits) {
        return Math.ceilDiv(bits, Long.SIZE);
    }
}
