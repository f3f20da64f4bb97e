// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import static org.vmstate.VMStateFields.*;

import org.vmstate.VMStateField;

/// The fields of the states, for objects and for memory.
final class Fields {
    private Fields() {}

    static VMStateField<Object>[] numbers() {
        return of(
                bool("b1"),
                int8("i8_1"),
                int8("i8_2"),
                uint16("u16_1"),
                uint16("u16_2"),
                uint32("u32_1"),
                uint32("u32_2"),
                uint32("u32_3"),
                uint32("u32_4"),
                int64("i64_1"),
                int64("i64_2"),
                int64("i64_3"),
                int64("i64_4"));
    }

    static VMStateField<Object>[] nested() {
        return of(
                uint32("ctrl"),
                uint32("count"),
                uint64("base"),
                uint64("limit"),
                uint8("mode"),
                bool("enabled"));
    }

    static VMStateField<Object>[] ext() {
        return of(uint32("ext_a"), uint64("ext_b"));
    }

    static VMStateField<Object>[] entry() {
        return of(uint32("summary"), uint32("extended_length"), uint64("when"), buffer("log", 16));
    }

    static VMStateField<Object>[] item() {
        return of(uint32("a"), uint32("b"), uint32("c"));
    }

    static VMStateField<Object>[] registers() {
        return of(uint64("r64").array(512), uint32("r32").array(1024));
    }

    @SafeVarargs
    private static VMStateField<Object>[] of(VMStateField<Object>... fields) {
        return fields;
    }
}
