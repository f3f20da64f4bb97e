/* SPDX-License-Identifier: Apache-2.0 */
/* Queues that C builds for Java to walk, and walks when Java has built them. */
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

/* A tail queue whose head and entries share one circular link, as QEMU lays it out. */
struct circ {
    void *next;
    struct circ *prev;
};

struct item {
    uint8_t before;
    union {
        struct item *next;
        struct circ circ;
    } circ_entry;
    uint32_t value;
    TAILQ_ENTRY(item) tail_entry;
    LIST_ENTRY(item) list_entry;
};

struct device {
    uint16_t before;
    union {
        struct item *first;
        struct circ circ;
    } circ_head;
    TAILQ_HEAD(, item) tail_head;
    LIST_HEAD(, item) list_head;
};

int64_t device_size(void) { return sizeof(struct device); }
int64_t item_size(void) { return sizeof(struct item); }

void device_init(struct device *d)
{
    d->circ_head.first = NULL;
    d->circ_head.circ.prev = &d->circ_head.circ;
    TAILQ_INIT(&d->tail_head);
    LIST_INIT(&d->list_head);
}

/* Puts the item at the end of both tail queues and at the head of the list. */
void device_add(struct device *d, struct item *i)
{
    i->circ_entry.next = NULL;
    i->circ_entry.circ.prev = d->circ_head.circ.prev;
    d->circ_head.circ.prev->next = i;
    d->circ_head.circ.prev = &i->circ_entry.circ;
    TAILQ_INSERT_TAIL(&d->tail_head, i, tail_entry);
    LIST_INSERT_HEAD(&d->list_head, i, list_entry);
}

int32_t circ_walk(struct device *d, uint32_t *values)
{
    int32_t n = 0;
    for (struct item *i = d->circ_head.first; i; i = i->circ_entry.next) {
        values[n++] = i->value;
    }
    return n;
}

int32_t circ_walk_back(struct device *d, uint32_t *values)
{
    int32_t n = 0;
    struct item *i = d->circ_head.circ.prev->prev->next;
    for (; i; i = i->circ_entry.circ.prev->prev->next) {
        values[n++] = i->value;
    }
    return n;
}

int32_t tail_walk(struct device *d, uint32_t *values)
{
    int32_t n = 0;
    struct item *i;
    TAILQ_FOREACH(i, &d->tail_head, tail_entry) {
        values[n++] = i->value;
    }
    return n;
}

int32_t tail_walk_back(struct device *d, uint32_t *values)
{
    TAILQ_HEAD(tail_head, item);
    int32_t n = 0;
    struct item *i;
    TAILQ_FOREACH_REVERSE(i, (struct tail_head *)&d->tail_head, tail_head, tail_entry) {
        values[n++] = i->value;
    }
    return n;
}

int32_t list_walk(struct device *d, uint32_t *values)
{
    int32_t n = 0;
    struct item *i;
    LIST_FOREACH(i, &d->list_head, list_entry) {
        values[n++] = i->value;
    }
    return n;
}

int32_t list_walk_back(struct device *d, uint32_t *values)
{
    int32_t n = 0;
    struct item *last = d->list_head.lh_first;
    while (last && last->list_entry.le_next) {
        last = last->list_entry.le_next;
    }
    while (last) {
        struct item **link = last->list_entry.le_prev;
        values[n++] = last->value;
        last = link == &d->list_head.lh_first ? NULL :
               (struct item *)((char *)link - offsetof(struct item, list_entry.le_next));
    }
    return n;
}

/* Takes out every item with an odd value. */
void device_drop_odd(struct device *d)
{
    struct item *next;
    for (struct item *i = d->tail_head.tqh_first; i; i = next) {
        next = i->tail_entry.tqe_next;
        if (i->value & 1) {
            struct item *after = i->circ_entry.next;
            (after ? &after->circ_entry.circ : &d->circ_head.circ)->prev = i->circ_entry.circ.prev;
            i->circ_entry.circ.prev->next = after;
            TAILQ_REMOVE(&d->tail_head, i, tail_entry);
            LIST_REMOVE(i, list_entry);
        }
    }
}
