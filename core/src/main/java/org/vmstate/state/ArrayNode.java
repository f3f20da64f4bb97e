// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// An array: a sequence of elements of one type, or null pointers.
///
/// In an array of pointers whose elements loading allocates, the byte 0x31 precedes each element
/// that is not null (QEMU 11.1: `VMS_ARRAY_OF_POINTER_AUTO_ALLOC`).
///
/// Elements of a fixed size are not stored: [#elements()] creates them at every access.
public final class ArrayNode extends StateNode {
    private final List<Run> runs = new ArrayList<>();
    private int count;
    private long length;

    ArrayNode(NodePlace place) {
        super(place);
    }

    /// A sequence of consecutive elements.
    sealed interface Run {
        int first();

        int count();

        StateNode element(ArrayNode array, int index);
    }

    /// Creates the element with an index at an offset.
    @FunctionalInterface
    interface ElementDecoder {
        StateNode make(ArrayNode array, int index, long offset);
    }

    /// Elements of the same size, created at every access.
    record Uniform(int first, int count, long offset, long size, ElementDecoder maker)
            implements Run {
        @Override
        public StateNode element(ArrayNode array, int index) {
            return maker.make(array, index, offset + (index - first) * size);
        }
    }

    /// A single element that was decoded.
    ///
    /// @param marked whether a marker byte precedes the element
    record Single(int first, StateNode node, boolean marked) implements Run {
        @Override
        public int count() {
            return 1;
        }

        @Override
        public StateNode element(ArrayNode array, int index) {
            return node;
        }
    }

    /// The number of elements.
    public int size() {
        return count;
    }

    /// Whether the marker byte 0x31 precedes an element. It is part of the array's bytes, but not
    /// of the element's.
    public boolean marked(int index) {
        return run(index) instanceof Single single && single.marked();
    }

    /// Whether the same elements of both arrays have markers.
    boolean sameMarkers(ArrayNode other) {
        for (int i = 0; i < Math.min(count, other.count); i++) {
            if (marked(i) != other.marked(i)) {
                return false;
            }
        }
        return true;
    }

    /// Whether all elements have the size in the description; then none contains a queue, a list or
    /// a tree.
    public boolean uniform() {
        for (Run run : runs) {
            if (run instanceof Single) {
                return false;
            }
        }
        return true;
    }

    /// Elements of every kind: all that are stored, and the first one of each run of those that are
    /// not.
    List<StateNode> representatives() {
        List<StateNode> first = new ArrayList<>(runs.size());
        for (Run run : runs) {
            if (run.count() > 0) {
                first.add(run.element(this, run.first()));
            }
        }
        return first;
    }

    /// A view of the elements.
    public List<StateNode> elements() {
        return new AbstractList<>() {
            @Override
            public StateNode get(int index) {
                return element(index);
            }

            @Override
            public int size() {
                return count;
            }
        };
    }

    @Override
    public List<StateNode> children() {
        return elements();
    }

    @Override
    public long length() {
        return length;
    }

    private StateNode element(int index) {
        return run(index).element(this, index);
    }

    private Run run(int index) {
        Objects.checkIndex(index, count);
        int low = 0;
        int high = runs.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (runs.get(middle).first() <= index) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return runs.get(low);
    }

    void add(StateNode node) {
        add(node, false);
    }

    void add(StateNode node, boolean marked) {
        runs.add(new Single(count, node, marked));
        count++;
    }

    void add(int elements, long offset, long size, ElementDecoder maker) {
        runs.add(new Uniform(count, elements, offset, size, maker));
        count = Math.addExact(count, elements);
    }

    void endAt(long offset) {
        length = offset - offset();
    }
}
