// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;

/// A queue or list with its elements, first to last.
///
/// `(mark element)* 0x00`; the mark is 0x01, but any byte except 0 announces an element.
///
/// QEMU: `vmstate_info_qtailq`, `vmstate_info_qlist`.
public final class QueueNode extends StateNode {
    private final Growing<StructNode> elements = new Growing<>();
    private final ElementMarks marks = new ElementMarks();
    private boolean ended;
    private long length;

    QueueNode(NodePlace place) {
        super(place);
    }

    /// The elements in their order.
    public List<StructNode> elements() {
        return elements.view();
    }

    @Override
    public List<StateNode> children() {
        return List.copyOf(elements());
    }

    @Override
    public long length() {
        return length;
    }

    /// Whether the mark of the end was read; not so in a tree that an error cut short.
    boolean ended() {
        return ended;
    }

    /// The byte that announces the element at an index.
    int mark(int index) {
        return marks.get(index);
    }

    void add(StructNode element, int mark) {
        marks.put(elements().size(), mark);
        elements.add(element);
    }

    void end() {
        ended = true;
    }

    void endAt(long offset) {
        length = offset - offset();
    }
}
