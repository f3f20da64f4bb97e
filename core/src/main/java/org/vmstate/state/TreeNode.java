// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.List;

/// A sorted map with its entries in the order of their keys.
///
/// `u32 n (mark key value)[n] 0x00`; the mark is 0x01, but any byte except 0 announces an entry. A
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

    /// One key with its value.
    ///
    /// @param key a [StructNode], or an [IntegerNode] of 8 bytes
    /// @param value the value
    public record Entry(StateNode key, StructNode value) {}

    /// The entries in order.
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

    /// The number of entries on the wire.
    long count() {
        return count;
    }

    /// Whether the mark of the end was read; not so in a tree that an error cut short.
    boolean ended() {
        return ended;
    }

    /// The keys, the last of which has no value in a tree that an error cut short.
    List<StateNode> keys() {
        return keys;
    }

    /// The value of a key, if it was read.
    List<StructNode> values(int index) {
        return index < values.size() ? List.of(values.get(index)) : List.of();
    }

    /// The byte that announces the entry at an index.
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
