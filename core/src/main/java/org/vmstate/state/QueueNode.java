// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;

/// A queue or list.
///
/// `(mark element)* 0x00`. Writers use the mark 0x01; readers accept any byte except 0.
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

    /// The elements, in the order of the wire.
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

    /// Whether the end mark was read; false if an error ended decoding.
    boolean ended() {
        return ended;
    }

    /// The mark of an element.
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
