// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.format;

/// The names of types in a stream's description, besides those of [ScalarType].
///
/// QEMU: the `name` of a `VMStateInfo`, and the results of `vmfield_get_type_name`.
public final class TypeNames {
    /// A body of another description, described under the key `struct`.
    public static final String STRUCT = "struct";

    /// A body of another description at a version that the field specifies.
    public static final String VERSIONED_STRUCT = "vstruct";

    /// A body of a temporary object that exists only during the save or load.
    public static final String TEMPORARY = "tmp";

    /// A tail queue.
    public static final String TAIL_QUEUE = "qtailq";

    /// A list.
    public static final String LIST = "qlist";

    /// A tree.
    public static final String TREE = "gtree";

    /// A fixed number of bytes.
    public static final String BUFFER = "buffer";

    /// Unused bytes.
    public static final String UNUSED_BUFFER = "unused_buffer";

    /// Bits in 64-bit words.
    public static final String BITMAP = "bitmap";

    /// A null pointer in an array of pointers, before QEMU 11.1.
    public static final String NULL_POINTER = "nullptr";

    /// The mark of a pointer in an array of pointers, from QEMU 11.1 on.
    public static final String POINTER_MARKER = "ptr-marker";

    /// A file descriptor.
    public static final String DESCRIPTOR = "fd";

    /// A counted string.
    public static final String CAPABILITY = "capability";

    /// The whole state of a virtio device.
    public static final String VIRTIO = "virtio";

    /// A check of the state that sends nothing and is not described.
    public static final String VALIDATE = "validate";

    private TypeNames() {}
}
