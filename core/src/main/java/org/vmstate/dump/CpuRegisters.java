// SPDX-License-Identifier: Apache-2.0
package org.vmstate.dump;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;
import org.vmstate.state.IntegerNode;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;
import org.vmstate.state.StructNode;
import org.vmstate.wire.UnsupportedException;
import org.vmstate.wire.VMStateException;

/// The decoded `cpu` section of one CPU, accessed by field name.
///
/// A name that begins with `/` is that of a field in a subsection: `/fpu.env.fpscr`. A field that
/// does not exist in the version of the section reads as 0.
final class CpuRegisters {
    private final long instance;
    private final StructNode state;

    /// @param instance the section's instance id
    /// @param state the root of the section's tree
    CpuRegisters(long instance, StructNode state) {
        this.instance = instance;
        this.state = state;
    }

    /// The number of the CPU in notes, as QEMU assigns it: from 1 on.
    int thread() {
        return (int) instance + 1;
    }

    /// @throws UnsupportedException if one of these fields is not in the section
    void require(String... names) throws UnsupportedException {
        for (String name : names) {
            if (!has(name)) {
                throw new UnsupportedException(
                        "a core of a CPU without " + name, VMStateException.NO_OFFSET);
            }
        }
    }

    boolean has(String name) {
        return find(name).isPresent();
    }

    /// The size of a field in the stream in bytes, 0 if it does not exist.
    long length(String name) {
        return find(name).map(StateNode::length).orElse(0L);
    }

    /// The bits of a field of up to 64 bits; 0 if it does not exist.
    long value(String name) {
        Optional<StateNode> node = find(name);
        if (node.isEmpty()) {
            return 0;
        }
        if (node.get() instanceof IntegerNode integer) {
            return integer.bits();
        }
        ByteBuffer bytes = bytes(node.get());
        return switch (bytes.remaining()) {
            case Byte.BYTES -> Byte.toUnsignedLong(bytes.get());
            case Integer.BYTES -> Integer.toUnsignedLong(bytes.getInt());
            case Long.BYTES -> bytes.getLong();
            default -> 0;
        };
    }

    long element(String array, int index) {
        return value(array + "[" + index + "]");
    }

    /// The 64-bit word `index` of a field that consists of several.
    long word(String name, int index) {
        return find(name)
                .map(CpuRegisters::bytes)
                .filter(b -> b.remaining() >= (index + 1) * Long.BYTES)
                .map(b -> b.getLong(index * Long.BYTES))
                .orElse(0L);
    }

    private Optional<StateNode> find(String name) {
        return StatePath.find(state, name.startsWith("/") ? name : "." + name);
    }

    private static ByteBuffer bytes(StateNode node) {
        return node.bytes().asByteBuffer().order(ByteOrder.BIG_ENDIAN);
    }
}
