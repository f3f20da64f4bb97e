// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The members of the states of descriptions, and the types of numbers among them.
record Members(Map<String, Description> descriptions) {
    /// The variables of tests and hooks: the members of a state of `id`, and the version, called
    /// `version_id` and, in hooks, `version`.
    <S> HookText.Target of(Kind<S> kind, String id, S state, @Nullable Integer version) {
        Kind.Numbers numbers = kind.numbers(id, state);
        return new HookText.Target() {
            @Override
            public CNumber of(String name) {
                if (version != null && (name.equals("version_id") || name.equals("version"))) {
                    return CNumber.of(version);
                }
                return CNumber.of(type(id, name), numbers.number(name));
            }

            @Override
            public void set(String member, CNumber value) {
                numbers.number(member, CNumber.of(type(id, member), value.value()).value());
            }

            @Override
            public void initialise(String queue) {
                kind.initialise(id, state, field(id, queue));
            }
        };
    }

    /// The type of a number: `a`, `parent.a` in a temporary, `in.a` in a structure.
    String type(String id, String path) {
        int dot = path.indexOf('.');
        if (dot < 0) {
            String type = notSent(id, path);
            return type == null ? field(id, path).type() : type;
        }
        return type(inner(id, path.substring(0, dot)), path.substring(dot + 1));
    }

    /// The description of a structure in a member, or of a temporary's parent.
    String inner(String id, String member) {
        return member.equals("parent") && descriptions.get(id).json().containsKey("temporaryOf")
                ? (String) descriptions.get(id).json().get("temporaryOf")
                : field(id, member).text("description");
    }

    private @Nullable String notSent(String id, String member) {
        Description description = descriptions.get(id);
        Object type = description.map("notSent").get(member);
        for (String subsection : description.subsections()) {
            type = type == null ? notSent(subsection, member) : type;
        }
        return (String) type;
    }

    /// Whether a field sends a member.
    boolean isSent(String id, String path) {
        int dot = path.indexOf('.');
        return dot < 0
                ? notSent(id, path) == null
                : isSent(inner(id, path.substring(0, dot)), path.substring(dot + 1));
    }

    /// The field that sends a member, in the description or one of its subsections.
    Description.Field field(String id, String member) {
        Description.Field field = find(id, member);
        if (field == null) {
            throw new IllegalArgumentException(id + " has no member " + member);
        }
        return field;
    }

    private Description.@Nullable Field find(String id, String member) {
        Description description = descriptions.get(id);
        for (Description.Field field : description.fields()) {
            if (field.hasMember() && field.member().equals(member)) {
                return field;
            }
        }
        for (String subsection : description.subsections()) {
            Description.Field field = find(subsection, member);
            if (field != null) {
                return field;
            }
        }
        return null;
    }
}
