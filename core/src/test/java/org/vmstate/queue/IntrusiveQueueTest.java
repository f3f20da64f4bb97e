// SPDX-License-Identifier: Apache-2.0
package org.vmstate.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/// The contract of both kinds of queue.
@ParameterizedClass
@MethodSource("kinds")
class IntrusiveQueueTest {
    private final IntrusiveQueue<Item> queue;
    private final IntrusiveQueue<Item> other;
    private final Item a = new Item(1);
    private final Item b = new Item(2);
    private final Item c = new Item(3);

    IntrusiveQueueTest(Supplier<IntrusiveQueue<Item>> kind) {
        queue = kind.get();
        other = kind.get();
    }

    static Stream<Named<Supplier<IntrusiveQueue<Item>>>> kinds() {
        return Stream.of(
                Named.of("tail queue", () -> new TailQueue<>(i -> i.tail)),
                Named.of("list", () -> new ListQueue<>(i -> i.list)));
    }

    @Test
    void newQueueIsEmpty() {
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.size()).isZero();
        assertThat(queue.first()).isNull();
        assertThat(queue).isEmpty();
        assertThatThrownBy(queue.iterator()::next).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void headInsertionReversesTheOrder() {
        fill();

        assertThat(queue).containsExactly(a, b, c);
        assertThat(queue.first()).isSameAs(a);
        assertThat(queue.next(a)).isSameAs(b);
        assertThat(queue.next(c)).isNull();
        assertThat(queue.size()).isEqualTo(3);
    }

    @Test
    void randomOperationsKeepTheOrderOfAList() {
        Random random = new Random(3);
        List<Item> items = Stream.generate(() -> new Item(0)).limit(20).toList();
        List<Item> model = new ArrayList<>();
        for (int step = 0; step < 5000; step++) {
            Item item = items.get(random.nextInt(items.size()));
            if (queue.contains(item)) {
                queue.remove(item);
                model.remove(item);
            } else if (model.isEmpty() || random.nextInt(4) == 0) {
                queue.insertHead(item);
                model.addFirst(item);
            } else {
                int position = random.nextInt(model.size());
                if (random.nextBoolean()) {
                    queue.insertBefore(model.get(position), item);
                    model.add(position, item);
                } else {
                    queue.insertAfter(model.get(position), item);
                    model.add(position + 1, item);
                }
            }
            assertThat(queue).containsExactlyElementsOf(model);
            assertThat(queue.size()).isEqualTo(model.size());
        }
    }

    @Test
    void secondInsertionIsRefusedAndChangesNothing() {
        fill();
        Item d = new Item(4);
        other.insertHead(d);

        List<Runnable> insertions =
                List.of(
                        () -> queue.insertHead(a),
                        () -> queue.insertHead(c),
                        () -> queue.insertBefore(a, c),
                        () -> queue.insertAfter(b, b),
                        () -> queue.insertHead(d),
                        () -> queue.insertAfter(b, d),
                        () -> other.insertHead(b));
        for (Runnable insertion : insertions) {
            assertThatIllegalStateException()
                    .isThrownBy(insertion::run)
                    .withMessageMatching("element is (already in this|in another) queue");
            assertThat(queue).containsExactly(a, b, c);
            assertThat(other).containsExactly(d);
        }
    }

    @Test
    void strangersAreRefused() {
        fill();
        Item stranger = new Item(4);
        Item fresh = new Item(5);
        other.insertHead(stranger);

        List<Runnable> operations =
                List.of(
                        () -> queue.remove(stranger),
                        () -> queue.remove(fresh),
                        () -> queue.next(stranger),
                        () -> queue.insertBefore(stranger, fresh),
                        () -> queue.insertAfter(stranger, fresh));
        for (Runnable operation : operations) {
            assertThatIllegalStateException()
                    .isThrownBy(operation::run)
                    .withMessage("element is not in this queue");
        }
        assertThat(queue).containsExactly(a, b, c);
        assertThat(other).containsExactly(stranger);
    }

    @Test
    void removedElementGoesIntoAnotherQueue() {
        fill();

        queue.remove(b);
        other.insertHead(b);

        assertThat(queue).containsExactly(a, c);
        assertThat(other).containsExactly(b);
        assertThat(queue.contains(b)).isFalse();
        assertThat(other.contains(b)).isTrue();
    }

    @Test
    void clearedElementsAreFree() {
        fill();

        queue.clear();

        assertThat(queue).isEmpty();
        assertThat(queue.size()).isZero();
        other.insertHead(a);
        other.insertAfter(a, c);
        assertThat(other).containsExactly(a, c);
    }

    @Test
    void loopMayRemoveTheCurrentElement() {
        fill();

        for (Item item : queue) {
            if (item != b) {
                queue.remove(item);
            }
        }

        assertThat(queue).containsExactly(b);
    }

    @Test
    void iteratorRemovesWhatItReturnedOnce() {
        fill();
        Iterator<Item> iterator = queue.iterator();

        assertThatIllegalStateException().isThrownBy(iterator::remove);
        iterator.next();
        iterator.remove();
        assertThatIllegalStateException().isThrownBy(iterator::remove);

        assertThat(queue).containsExactly(b, c);
        assertThat(iterator.next()).isSameAs(b);
    }

    @Test
    void removalOfTheNextElementIsNoticed() {
        fill();
        Iterator<Item> iterator = queue.iterator();
        iterator.next();

        queue.remove(b);

        assertThatThrownBy(iterator::next).isInstanceOf(ConcurrentModificationException.class);
    }

    @Test
    void nullIsRefused() {
        assertThatThrownBy(() -> queue.insertHead(null)).isInstanceOf(NullPointerException.class);
        Function<Item, TailQueue.Link<Item>> none = i -> null;
        assertThatThrownBy(() -> new TailQueue<>(none).insertHead(a))
                .isInstanceOf(NullPointerException.class);
    }

    private void fill() {
        queue.insertHead(c);
        queue.insertHead(b);
        queue.insertHead(a);
    }
}
