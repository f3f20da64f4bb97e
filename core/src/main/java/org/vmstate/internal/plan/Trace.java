// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.plan;

import org.vmstate.internal.layout.Declaration;
import org.vmstate.internal.layout.Element;
import org.vmstate.trace.VMStateTrace;

/// Emits the trace events of queues, lists and trees with the arguments that QEMU's events have.
final class Trace {
    private Trace() {}

    static void getQueue(Element.Queue queue, String field, int version) {
        if (queue.list()) {
            VMStateTrace.getQlist(field, queue.inner().name(), version);
        } else {
            VMStateTrace.getQtailq(queue.inner().name(), version);
        }
    }

    static void getQueueEnd(Element.Queue queue, String field) {
        if (queue.list()) {
            VMStateTrace.getQlistEnd(field, queue.inner().name());
        } else {
            VMStateTrace.getQtailqEnd(queue.inner().name(), "end", 0);
        }
    }

    static void putQueue(Element.Queue queue, String field) {
        Declaration inner = queue.inner();
        if (queue.list()) {
            VMStateTrace.putQlist(field, inner.name(), inner.version());
        } else {
            VMStateTrace.putQtailq(inner.name(), inner.version());
        }
    }

    static void putQueueEnd(Element.Queue queue, String field) {
        if (queue.list()) {
            VMStateTrace.putQlistEnd(field, queue.inner().name());
        } else {
            VMStateTrace.putQtailqEnd(queue.inner().name(), "end");
        }
    }

    static void getTree(String field, Element.Tree tree, long nodes) {
        VMStateTrace.getGtree(field, keyName(tree), valueName(tree), (int) nodes);
    }

    static void getTreeEnd(String field, Element.Tree tree) {
        VMStateTrace.getGtreeEnd(field, keyName(tree), valueName(tree), 0);
    }

    static void putTree(String field, Element.Tree tree, int nodes) {
        VMStateTrace.putGtree(field, keyName(tree), valueName(tree), nodes);
    }

    static void putTreeEnd(String field, Element.Tree tree) {
        VMStateTrace.putGtreeEnd(field, keyName(tree), valueName(tree), 0);
    }

    private static String keyName(Element.Tree tree) {
        return tree.key() == null ? "direct" : tree.key().inner().name();
    }

    private static String valueName(Element.Tree tree) {
        return tree.value().inner().name();
    }
}
