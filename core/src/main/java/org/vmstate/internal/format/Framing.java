// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

/// The bytes that stand between the values of a body, and the sizes that follow from them.
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
    /// What is written before an element of a queue, list or tree.
    public static final int ELEMENT = 0x01;

    /// What ends a queue, list or tree.
    public static final int END = 0x00;

    /// What stands in the place of an element behind a null pointer.
    public static final int NULL_POINTER = 0x30;

    /// What stands before an element behind a pointer that loading allocates.
    public static final int POINTER_PRESENT = 0x31;

    /// The size of the count that a tree begins with.
    public static final int TREE_COUNT_BYTES = Integer.BYTES;

    /// The size of a tree's key that is a number.
    public static final int DIRECT_KEY_BYTES = Long.BYTES;

    private Framing() {}

    /// Whether a mark in a queue, list or tree announces an element. QEMU asks for no certain mark.
    public static boolean announcesElement(int mark) {
        return mark != END;
    }

    /// The number of 64-bit words that a bitmap of so many bits takes.
    public static long bitmapWords(long bits) {
        return Math.ceilDiv(bits, Long.SIZE);
    }
}
