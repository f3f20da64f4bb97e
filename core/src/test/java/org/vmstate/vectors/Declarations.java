// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import static org.vmstate.VMStateFields.*;

import java.lang.invoke.MethodHandles;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.VMStateField;

/// Declares to the engine, by what the JSON says, descriptions of [Node]s.
final class Declarations {
    private final Map<String, Description> descriptions;
    private final States states;
    private final Map<String, VMStateDescription<Node>> declared = new HashMap<>();

    Declarations(Map<String, Description> descriptions, States states) {
        this.descriptions = descriptions;
        this.states = states;
    }

    VMStateDescription<Node> get(String id) {
        VMStateDescription<Node> known = declared.get(id);
        if (known == null) {
            known = declare(descriptions.get(id));
            declared.put(id, known);
        }
        return known;
    }

    private VMStateDescription<Node> declare(Description description) {
        Map<String, Object> json = description.json();
        VMStateDescriptionBuilder<Node> builder =
                VMStateDescription.builder(description.name(), Node.class, MethodHandles.lookup())
                        .versionId(((Long) json.get("version")).intValue())
                        .minimumVersionId(((Long) json.get("minimumVersion")).intValue());
        for (Description.Field field : description.fields()) {
            builder.fields(field(description, field));
        }
        for (String subsection : description.subsections()) {
            builder.subsections(get(subsection));
        }
        if (json.containsKey("needed")) {
            String needed = (String) description.map("needed").get("expr");
            builder.needed(node -> Expression.value(needed, node::number) != 0);
        }
        description
                .map("hooks")
                .forEach(
                        (when, what) -> {
                            HookText hook = new HookText((String) what);
                            switch (when) {
                                case "preSave" -> builder.preSave(node -> hook.run(node, 0));
                                case "postSave" -> builder.postSave(node -> hook.run(node, 0));
                                case "preLoad" -> builder.preLoad(node -> hook.run(node, 0));
                                case "postLoad" -> builder.postLoad(hook::run);
                                default -> throw new IllegalArgumentException(when);
                            }
                        });
        return builder.build();
    }

    private VMStateField<Node> field(Description description, Description.Field field) {
        String test = field.test();
        if (field.kind().equals("validate")) {
            return validate(field.name(), (Node node, int version) -> holds(test, node, version));
        }
        VMStateField<Node> declared = counted(description, field, bound(field));
        int since = field.has("since") ? field.number("since") : 0;
        if (since != 0) {
            declared = declared.sinceVersion(since);
        }
        if (test != null) {
            declared = declared.existsIf((node, version) -> holds(test, node, version));
        }
        return field.has("mustExist") ? declared.mustExist() : declared;
    }

    private static boolean holds(String test, Node node, int version) {
        return Expression.value(
                        test, name -> name.equals("version_id") ? version : node.number(name))
                != 0;
    }

    private VMStateField<Node> bound(Description.Field field) {
        String member = field.member();
        VMStateField<?> unbound = element(field);
        boolean lone = field.kind().equals("scalar");
        @SuppressWarnings("unchecked")
        VMStateField<Object> free = (VMStateField<Object>) unbound;
        if (field.kind().equals("tmp")) {
            return withTemporary(
                    get(field.text("description")),
                    (Node parent) -> states.blank(field.text("description"), parent));
        }
        return lone
                ? free.<Node>number(n -> n.number(member), (n, value) -> n.number(member, value))
                : free.<Node, Object>object(n -> n.get(member), (n, value) -> n.set(member, value));
    }

    private VMStateField<?> element(Description.Field field) {
        String name = field.name();
        String inner = field.has("description") ? field.text("description") : "";
        int since = field.has("since") ? field.number("since") : 0;
        return switch (field.kind()) {
            case "buffer" ->
                    (field.has("sizeFrom") ? vbuffer(name) : buffer(name, field.number("size")))
                            .from(field.has("start") ? field.number("start") : 0);
            case "bitmap" -> bitmap(name);
            case "unused" -> unused(field.number("size"));
            case "struct" -> struct(name, get(inner));
            case "vstruct" -> vstruct(name, get(inner), field.number("structVersion"));
            case "qtailq" -> qtailq(name, since, get(inner), () -> states.blank(inner, null));
            case "qlist" -> qlist(name, since, get(inner), () -> states.blank(inner, null));
            case "gtree" -> {
                String value =
                        (String) Description.cast(field.json().get("value")).get("description");
                if (field.json().get("key") instanceof String) {
                    yield gtreeDirect(name, since, get(value), () -> states.blank(value, null));
                }
                String key = (String) Description.cast(field.json().get("key")).get("description");
                yield gtree(
                        name,
                        since,
                        get(key),
                        () -> states.blank(key, null),
                        get(value),
                        () -> states.blank(value, null));
            }
            case "tmp" -> unused(0);
            default -> field.type().equals("struct") ? struct(name, get(inner)) : scalar(field);
        };
    }

    private static VMStateField<?> scalar(Description.Field field) {
        String name = field.name();
        String hint = field.has("errorHint") ? field.text("errorHint") : null;
        return switch (field.type()) {
            case "bool" -> bool(name);
            case "int8" -> int8(name);
            case "int16" -> int16(name);
            case "int32" -> int32(name);
            case "int64" -> int64(name);
            case "uint8" -> uint8(name);
            case "uint16" -> uint16(name);
            case "uint32" -> uint32(name);
            case "uint64" -> uint64(name);
            case "uint8 equal" -> uint8Equal(name, hint);
            case "uint16 equal" -> uint16Equal(name, hint);
            case "int32 equal" -> int32Equal(name, hint);
            case "uint32 equal" -> uint32Equal(name, hint);
            case "uint64 equal" -> uint64Equal(name, hint);
            case "int32 le" -> int32Le(name);
            case "timer" -> timer(name);
            case "cpudouble" -> cpuDouble(name);
            case "float64" -> float64(name);
            case "fd" -> fd(name);
            default -> throw new IllegalArgumentException(field.type());
        };
    }

    private VMStateField<Node> counted(
            Description description, Description.Field field, VMStateField<Node> declared) {
        VMStateField<Node> counted = declared;
        Description.Source source = field.source();
        if (source != null) {
            boolean sent =
                    description.fields().stream().anyMatch(f -> f.name().equals(source.member()));
            boolean size = !field.has("countFrom");
            counted =
                    sent
                            ? size
                                    ? counted.length(source.member())
                                    : counted.varray(source.member())
                            : size
                                    ? counted.length((Node n) -> n.number(source.member()))
                                    : counted.varray((Node n) -> n.number(source.member()));
            counted = counted.times(source.times());
        } else if (field.has("dims")) {
            List<?> dims = field.list("dims");
            counted =
                    counted.array2d(
                            ((Long) dims.get(0)).intValue(), ((Long) dims.get(1)).intValue());
        } else if (field.has("count")) {
            counted = counted.array(field.number("count"));
            counted = field.has("start") ? counted.from(field.number("start")) : counted;
        }
        if (field.kind().equals("arrayOfPointers")) {
            counted = counted.pointers();
        }
        if (field.allocated()) {
            counted =
                    field.type().equals("struct")
                            ? counted.allocate(() -> states.blank(field.text("description"), null))
                            : counted.allocate();
        }
        return counted;
    }
}
