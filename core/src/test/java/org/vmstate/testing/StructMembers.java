// SPDX-License-Identifier: Apache-2.0
package org.vmstate.testing;

import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;

/// The members of a structure in memory, found once for each layout: layout paths are slow.
public final class StructMembers {
    private static final Map<GroupLayout, StructMembers> KNOWN =
            Collections.synchronizedMap(new IdentityHashMap<>());

    private final List<Member> members = new ArrayList<>();
    private final Map<String, Member> named = new HashMap<>();

    private StructMembers(GroupLayout struct) {
        List<MemoryLayout> layouts = struct.memberLayouts();
        for (int i = 0; i < layouts.size(); i++) {
            long offset = struct.byteOffset(PathElement.groupElement(i));
            Member member = new Member(layouts.get(i), offset);
            members.add(member);
            member.layout.name().ifPresent(name -> named.put(name, member));
        }
    }

    /// One of the members.
    public record Member(MemoryLayout layout, long offset) {
        /// Its bytes in a structure.
        public MemorySegment in(MemorySegment struct) {
            return struct.asSlice(offset, layout.byteSize());
        }
    }

    /// The members of a layout, which is known by its identity.
    public static StructMembers of(GroupLayout struct) {
        return KNOWN.computeIfAbsent(struct, StructMembers::new);
    }

    /// All of them, padding included, in their order.
    public List<Member> all() {
        return members;
    }

    /// The member of a name.
    public Member named(String name) {
        Member member = named.get(name);
        if (member == null) {
            throw new NoSuchElementException(name);
        }
        return member;
    }
}
