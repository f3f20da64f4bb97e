// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class TailQueueTest {
    private final TailQueue<Item> queue = new TailQueue<>(i -> i.tail);
    private final Item a = new Item(1);
    private final Item b = new Item(2);
    private final Item c = new Item(3);

    @Test
    void tailInsertionKeepsTheOrder() {
        fill();

        assertThat(queue).containsExactly(a, b, c);
        assertThat(queue.reversed()).containsExactly(c, b, a);
        assertThat(queue.last()).isSameAs(c);
        assertThat(queue.prev(c)).isSameAs(b);
        assertThat(queue.prev(a)).isNull();
    }

    @Test
    void lastFollowsRemovalAtBothEnds() {
        fill();

        queue.remove(c);
        assertThat(queue.last()).isSameAs(b);
        queue.remove(a);
        assertThat(queue.last()).isSameAs(b);
        assertThat(queue.first()).isSameAs(b);
        queue.remove(b);
        assertThat(queue.last()).isNull();
        queue.insertTail(a);
        assertThat(queue).containsExactly(a);
    }

    @Test
    void insertionAfterTheLastMovesTheEnd() {
        queue.insertTail(a);
        queue.insertAfter(a, b);
        queue.insertBefore(a, c);

        assertThat(queue.last()).isSameAs(b);
        assertThat(queue.reversed()).containsExactly(b, a, c);
    }

    @Test
    void reverseLoopMayRemoveTheCurrentElement() {
        fill();

        for (Item item : queue.reversed()) {
            queue.remove(item);
        }

        assertThat(queue).isEmpty();
    }

    @Test
    void secondInsertionAtTheTailIsRefused() {
        fill();

        assertThatIllegalStateException().isThrownBy(() -> queue.insertTail(a));

        assertThat(queue.reversed()).containsExactly(c, b, a);
    }

    @Test
    void elementIsInAsManyQueuesAsItHasLinks() {
        TailQueue<Item> second = new TailQueue<>(i -> i.otherTail);
        fill();

        second.insertTail(b);
        second.insertTail(a);
        queue.remove(a);

        assertThat(queue).containsExactly(b, c);
        assertThat(second).containsExactly(b, a);
        assertThat(a.tail.isLinked()).isFalse();
        assertThat(a.otherTail.isLinked()).isTrue();
    }

    private void fill() {
        queue.insertTail(a);
        queue.insertTail(b);
        queue.insertTail(c);
    }
}
