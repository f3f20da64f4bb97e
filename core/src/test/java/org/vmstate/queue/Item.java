// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

/// An element that can be in several queues at once.
final class Item {
    final int value;
    final TailQueue.Link<Item> tail = new TailQueue.Link<>();
    final TailQueue.Link<Item> otherTail = new TailQueue.Link<>();
    final ListQueue.Link<Item> list = new ListQueue.Link<>();

    Item(int value) {
        this.value = value;
    }

    @Override
    public String toString() {
        return Integer.toString(value);
    }
}
