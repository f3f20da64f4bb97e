// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

/// The values of the five states, computed with the same formula for all serializers.
final class Values {
    private Values() {}

    static int v32(long i) {
        return (int) (((i * 2654435761L) & 0x7fffffff) | 0x40000000);
    }

    static long v64(long i) {
        return ((long) v32(i) << 32) | Integer.toUnsignedLong(v32(i + 77777));
    }
}
