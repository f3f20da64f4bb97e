// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.vmstate.queue.ListQueue;
import org.vmstate.queue.TailQueue;

/// A state whose members are stored by name: numbers as longs, everything else as objects.
final class Node implements Kind.Numbers {
    final TailQueue.Link<Node> tailLink = new TailQueue.Link<>();
    final ListQueue.Link<Node> listLink = new ListQueue.Link<>();
    private final Map<String, Object> members = new HashMap<>();
    private final @Nullable Node parent;

    Node() {
        this(null);
    }

    Node(@Nullable Node parent) {
        this.parent = parent;
    }

    @Nullable Object get(String member) {
        return members.get(member);
    }

    void set(String member, @Nullable Object value) {
        members.put(member, value);
    }

    /// The number in a member, in `parent.member`, or in `member.member` of a struct.
    @Override
    public long number(String path) {
        int dot = path.indexOf('.');
        return dot < 0
                ? members.get(path) instanceof Long number ? number : 0
                : inner(path.substring(0, dot)).number(path.substring(dot + 1));
    }

    @Override
    public void number(String path, long value) {
        int dot = path.indexOf('.');
        if (dot < 0) {
            members.put(path, value);
        } else {
            inner(path.substring(0, dot)).number(path.substring(dot + 1), value);
        }
    }

    private Node inner(String name) {
        Object inner = name.equals("parent") && parent != null ? parent : members.get(name);
        if (inner instanceof Node node) {
            return node;
        }
        throw new IllegalArgumentException("no structure in " + name);
    }
}
