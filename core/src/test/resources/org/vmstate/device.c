/* SPDX-License-Identifier: Apache-2.0 */
/* A device model in C, whose state Java saves and loads in place. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct event {
    uint32_t summary;
    uint32_t extended_length;
    uint8_t *extended_log;
    TAILQ_ENTRY(event) next;
};

struct channel {
    uint64_t base;
    uint8_t mode;
};

struct unit {
    uint16_t address;
    LIST_ENTRY(unit) list;
    struct channel channel;
};

struct device {
    bool enabled;
    int8_t i8;
    uint16_t u16;
    int32_t i32;
    uint64_t u64;
    double ratio;
    uint32_t regs[4];
    uint16_t grid[2][3];
    uint8_t mac[6];
    struct channel channel;
    struct channel channels[3];
    struct channel *extra;
    struct channel *slots[4];
    uint32_t count;
    int16_t *values;
    int32_t bits;
    unsigned long map[2];
    TAILQ_HEAD(, event) pending_events;
    LIST_HEAD(, unit) units;
    bool has_late;
    uint32_t late;
};

int64_t device_size(void) { return sizeof(struct device); }

void *zeroed(int64_t size) { return calloc(1, size); }

struct device *device_new(void)
{
    struct device *d = calloc(1, sizeof(*d));
    TAILQ_INIT(&d->pending_events);
    LIST_INIT(&d->units);
    d->slots[0] = calloc(1, sizeof(struct channel));
    d->slots[3] = calloc(1, sizeof(struct channel));
    return d;
}

void device_free(struct device *d)
{
    struct event *e;
    struct unit *u;
    while ((e = TAILQ_FIRST(&d->pending_events))) {
        TAILQ_REMOVE(&d->pending_events, e, next);
        free(e->extended_log);
        free(e);
    }
    while ((u = LIST_FIRST(&d->units))) {
        LIST_REMOVE(u, list);
        free(u);
    }
    free(d->slots[0]);
    free(d->slots[3]);
    free(d->extra);
    free(d->values);
    free(d);
}

static void channel_run(struct channel *c, int n)
{
    c->base = 0x0102030405060708ull * n;
    c->mode = 0x40 + n;
}

/* Brings the device into a state in which no member is zero. */
void device_run(struct device *d)
{
    struct unit *last = NULL;
    d->enabled = true;
    d->i8 = -2;
    d->u16 = 0xfedc;
    d->i32 = -3;
    d->u64 = 0xfedcba9876543210ull;
    d->ratio = -0.1;
    for (int i = 0; i < 4; i++) {
        d->regs[i] = 0xa0000000u + i;
    }
    for (int i = 0; i < 6; i++) {
        d->grid[i / 3][i % 3] = 0xb000 + i;
        d->mac[i] = 0xc0 + i;
    }
    channel_run(&d->channel, 1);
    for (int i = 0; i < 3; i++) {
        channel_run(&d->channels[i], 2 + i);
    }
    d->extra = calloc(1, sizeof(struct channel));
    channel_run(d->extra, 5);
    channel_run(d->slots[0], 6);
    channel_run(d->slots[3], 7);
    d->count = 5;
    d->values = calloc(d->count, sizeof(d->values[0]));
    for (uint32_t i = 0; i < d->count; i++) {
        d->values[i] = -100 - i;
    }
    d->bits = 70;
    d->map[0] = 0x8000000000000001ul;
    d->map[1] = 0x21;
    for (uint32_t i = 0; i < 4; i++) {
        struct event *e = calloc(1, sizeof(*e));
        e->summary = 0xe0000000u + i;
        e->extended_length = 3 * i;
        e->extended_log = i ? malloc(3 * i) : NULL;
        if (i) {
            memset(e->extended_log, 0xd0 + i, 3 * i);
        }
        TAILQ_INSERT_TAIL(&d->pending_events, e, next);
    }
    for (int i = 0; i < 3; i++) {
        struct unit *u = calloc(1, sizeof(*u));
        u->address = 0xf000 + i;
        channel_run(&u->channel, 8 + i);
        if (last) {
            LIST_INSERT_AFTER(last, u, list);
        } else {
            LIST_INSERT_HEAD(&d->units, u, list);
        }
        last = u;
    }
    d->has_late = true;
    d->late = 0x01020304;
}

static uint8_t *put(uint8_t *out, uint64_t value, int bytes)
{
    while (bytes--) {
        *out++ = value >> 8 * bytes;
    }
    return out;
}

static uint8_t *put_channel(uint8_t *out, struct channel *c)
{
    return put(put(out, c->base, 8), c->mode, 1);
}

/* Writes the bytes that a save of the device has to have; returns their number. */
int64_t device_encode(struct device *d, uint8_t *start)
{
    static const char name[] = "device/late";
    uint8_t *out = start;
    struct event *e;
    struct unit *u;
    uint64_t ratio;
    memcpy(&ratio, &d->ratio, 8);
    out = put(out, d->enabled, 1);
    out = put(out, d->i8, 1);
    out = put(out, d->u16, 2);
    out = put(out, d->i32, 4);
    out = put(out, d->u64, 8);
    out = put(out, ratio, 8);
    for (int i = 0; i < 4; i++) {
        out = put(out, d->regs[i], 4);
    }
    for (int i = 0; i < 6; i++) {
        out = put(out, d->grid[i / 3][i % 3], 2);
    }
    for (int i = 0; i < 6; i++) {
        out = put(out, d->mac[i], 1);
    }
    out = put_channel(out, &d->channel);
    for (int i = 0; i < 3; i++) {
        out = put_channel(out, &d->channels[i]);
    }
    out = put_channel(out, d->extra);
    for (int i = 0; i < 4; i++) {
        out = d->slots[i] ? put_channel(out, d->slots[i]) : put(out, '0', 1);
    }
    out = put(out, d->count, 4);
    for (uint32_t i = 0; i < d->count; i++) {
        out = put(out, d->values[i], 2);
    }
    out = put(out, d->bits, 4);
    for (int i = 0; i < (d->bits + 63) / 64; i++) {
        out = put(out, d->map[i], 8);
    }
    TAILQ_FOREACH(e, &d->pending_events, next) {
        out = put(out, 1, 1);
        out = put(out, e->summary, 4);
        out = put(out, e->extended_length, 4);
        for (uint32_t i = 0; i < e->extended_length; i++) {
            out = put(out, e->extended_log[i], 1);
        }
    }
    out = put(out, 0, 1);
    LIST_FOREACH(u, &d->units, list) {
        out = put_channel(put(put(out, 1, 1), u->address, 2), &u->channel);
    }
    out = put(out, 0, 1);
    if (d->has_late) {
        out = put(put(out, 5, 1), sizeof(name) - 1, 1);
        memcpy(out, name, sizeof(name) - 1);
        out = put(put(out + sizeof(name) - 1, 1, 4), d->late, 4);
    }
    return out - start;
}
