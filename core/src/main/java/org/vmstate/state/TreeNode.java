// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.List;

/// A sorted map, with its entries in ascending order of keys.
///
/// `u32 n (mark key value)[n] 0x00`. Writers use the mark 0x01; readers accept any byte except 0. A
/// key is a structure or a 64-bit number.
///
/// QEMU: `vmstate_info_gtree`.
public final class TreeNode extends StateNode {
    private final long count;
    private final List<StateNode> keys = new ArrayList<>();
    private final List<StructNode> values = new ArrayList<>();
    private final ElementMarks marks = new ElementMarks();
    private boolean ended;
    private long length;

    TreeNode(NodePlace place, long count) {
        super(place);
        this.count = count;
    }

    /// A key and its value.
    ///
    /// @param key a [StructNode], or an [IntegerNode] of 8 bytes
    /// @param value the value
    public record Entry(StateNode key, StructNode value) {}

    /// The entries in the order of the wire.
    public List<Entry> entries() {
        List<Entry> entries = new ArrayList<>(values.size());
        for (int i = 0; i < values.size(); i++) {
            entries.add(new Entry(keys.get(i), values.get(i)));
        }
        return entries;
    }

    @Override
    public List<StateNode> children() {
        List<StateNode> children = new ArrayList<>(2 * keys.size());
        for (int i = 0; i < keys.size(); i++) {
            children.add(keys.get(i));
            children.addAll(values(i));
        }
        return children;
    }

    @Override
    public long length() {
        return length;
    }

    /// The number of entries according to the wire.
    long count() {
        return count;
    }

    /// Whether the end mark was read; false if an error ended decoding.
    boolean ended() {
        return ended;
    }

    /// The keys. If an error ended decoding, the last one may lack a value.
    List<StateNode> keys() {
        return keys;
    }

    /// The value of a key, if it was read.
    List<StructNode> values(int index) {
        return index < values.size() ? List.of(values.get(index)) : List.of();
    }

    /// The mark of an entry.
    int mark(int index) {
        return marks.get(index);
    }

    void addKey(StateNode key, int mark) {
        marks.put(keys.size(), mark);
        keys.add(key);
    }

    void addValue(StructNode value) {
        values.add(value);
    }

    void end() {
        ended = true;
    }

    void endAt(long offset) {
        length = offset - offset();
    }
}
