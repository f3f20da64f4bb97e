// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.List;
import org.vmstate.internal.format.TypeNames;
import org.vmstate.trace.VMStateTrace;

/// Emits the trace events of loading a decoded section: for each body, field, element and
/// subsection the events of the engine, which are those of QEMU.
///
/// Omits what the description does not contain: fields that were not sent, and the element names of
/// an empty queue, for which the field's name is used.
public final class LoadTrace {
    private static final String END = "end";

    private LoadTrace() {}

    /// Emits the events of a section, up to where it was decoded.
    public static void emit(DecodedSection section) {
        body(section.root());
    }

    private static void body(StructNode struct) {
        String name = struct.vmsdName();
        VMStateTrace.loadState(name, struct.version());
        for (StateNode field : struct.fields()) {
            VMStateTrace.loadStateField(name, field.name(), true);
            List<? extends StateNode> elements =
                    field instanceof ArrayNode array ? array.elements() : List.of(field);
            VMStateTrace.nElems(field.name(), elements.size());
            if (!elements.isEmpty() && mayHoldOthers(elements.getFirst())) {
                elements.forEach(element -> inside(field.name(), element));
            }
        }
        VMStateTrace.subsectionLoad(name);
        struct.subsections().forEach(LoadTrace::body);
        VMStateTrace.subsectionLoadGood(name);
        VMStateTrace.loadStateEnd(name, END, 0);
    }

    /// Whether values of this kind, or the other elements of an array of pointers, can have
    /// children.
    private static boolean mayHoldOthers(StateNode first) {
        return !(first instanceof LeafNode) || first instanceof NullNode;
    }

    private static void inside(String field, StateNode node) {
        switch (node) {
            case StructNode struct -> body(struct);
            case QueueNode queue when queue.type().equals(TypeNames.LIST) -> {
                VMStateTrace.getQlist(field, nameIn(field, queue), versionIn(queue));
                queue.elements().forEach(LoadTrace::body);
                VMStateTrace.getQlistEnd(field, nameIn(field, queue));
            }
            case QueueNode queue -> {
                VMStateTrace.getQtailq(nameIn(field, queue), versionIn(queue));
                queue.elements().forEach(LoadTrace::body);
                VMStateTrace.getQtailqEnd(nameIn(field, queue), END, 0);
            }
            case TreeNode tree -> tree(field, tree);
            case LeafNode _, ArrayNode _, CompositeNode _ -> {}
        }
    }

    private static void tree(String field, TreeNode tree) {
        String key = "";
        String value = "";
        if (!tree.entries().isEmpty()) {
            TreeNode.Entry first = tree.entries().getFirst();
            key = first.key() instanceof StructNode struct ? struct.vmsdName() : "direct";
            value = first.value().vmsdName();
        }
        VMStateTrace.getGtree(field, key, value, tree.entries().size());
        for (TreeNode.Entry entry : tree.entries()) {
            inside(field, entry.key());
            body(entry.value());
        }
        VMStateTrace.getGtreeEnd(field, key, value, 0);
    }

    private static String nameIn(String field, QueueNode queue) {
        return queue.elements().isEmpty() ? field : queue.elements().getFirst().vmsdName();
    }

    private static int versionIn(QueueNode queue) {
        return queue.elements().isEmpty() ? 0 : queue.elements().getFirst().version();
    }
}
