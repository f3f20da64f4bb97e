// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import static org.vmstate.VMStateFields.*;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.VMStateField;

/// Declares to the engine, by what the JSON says, descriptions of a kind of state.
final class Declarations<S> {
    private final Map<String, Description> descriptions;
    private final Kind<S> kind;
    private final Map<String, VMStateDescription<S>> declared = new HashMap<>();

    Declarations(Map<String, Description> descriptions, Kind<S> kind) {
        this.descriptions = descriptions;
        this.kind = kind;
    }

    VMStateDescription<S> get(String id) {
        return get(id, id);
    }

    /// The description `id` of the states of `owner`, which is `id` unless that is a subsection.
    private VMStateDescription<S> get(String id, String owner) {
        VMStateDescription<S> known = declared.get(id);
        if (known == null) {
            known = declare(descriptions.get(id), owner);
            declared.put(id, known);
        }
        return known;
    }

    private VMStateDescription<S> declare(Description description, String owner) {
        Map<String, Object> json = description.json();
        VMStateDescriptionBuilder<S> builder =
                kind.builder(owner, description.name())
                        .versionId(((Long) json.get("version")).intValue())
                        .minimumVersionId(((Long) json.get("minimumVersion")).intValue());
        for (Description.Field field : description.fields()) {
            builder.fields(field(description, owner, field));
        }
        for (String subsection : description.subsections()) {
            builder.subsections(get(subsection, owner));
        }
        if (json.containsKey("needed")) {
            String needed = (String) description.map("needed").get("expr");
            builder.needed(
                    state -> Expression.value(needed, kind.numbers(owner, state)::number) != 0);
        }
        description
                .map("hooks")
                .forEach(
                        (when, what) -> {
                            HookText hook = new HookText((String) what);
                            switch (when) {
                                case "preSave" ->
                                        builder.preSave(s -> hook.run(kind.numbers(owner, s), 0));
                                case "postSave" ->
                                        builder.postSave(s -> hook.run(kind.numbers(owner, s), 0));
                                case "preLoad" ->
                                        builder.preLoad(s -> hook.run(kind.numbers(owner, s), 0));
                                case "postLoad" ->
                                        builder.postLoad(
                                                (s, v) -> hook.run(kind.numbers(owner, s), v));
                                default -> throw new IllegalArgumentException(when);
                            }
                        });
        return builder.build();
    }

    private VMStateField<S> field(Description description, String owner, Description.Field field) {
        String test = field.test();
        if (field.kind().equals("validate")) {
            return validate(field.name(), (S state, int v) -> holds(test, owner, state, v));
        }
        VMStateField<S> declared = counted(description, owner, field, bound(field));
        int since = field.has("since") ? field.number("since") : 0;
        if (since != 0) {
            declared = declared.sinceVersion(since);
        }
        if (test != null) {
            declared = declared.existsIf((S state, int v) -> holds(test, owner, state, v));
        }
        return field.has("mustExist") ? declared.mustExist() : declared;
    }

    private boolean holds(String test, String owner, S state, int version) {
        Kind.Numbers numbers = kind.numbers(owner, state);
        return Expression.value(
                        test, name -> name.equals("version_id") ? version : numbers.number(name))
                != 0;
    }

    private VMStateField<S> bound(Description.Field field) {
        if (field.kind().equals("tmp")) {
            return withTemporary(
                    get(field.text("description")),
                    (S parent) -> kind.blank(field.text("description"), parent));
        }
        @SuppressWarnings("unchecked")
        VMStateField<Object> free = (VMStateField<Object>) element(field);
        return kind.bind(field, free);
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
            case "qtailq" -> qtailq(name, since, get(inner), () -> kind.blank(inner, null));
            case "qlist" -> qlist(name, since, get(inner), () -> kind.blank(inner, null));
            case "gtree" -> {
                String value =
                        (String) Description.cast(field.json().get("value")).get("description");
                if (field.json().get("key") instanceof String) {
                    yield gtreeDirect(name, since, get(value), () -> kind.blank(value, null));
                }
                String key = (String) Description.cast(field.json().get("key")).get("description");
                yield gtree(
                        name,
                        since,
                        get(key),
                        () -> kind.blank(key, null),
                        get(value),
                        () -> kind.blank(value, null));
            }
            default ->
                    field.type().equals("struct")
                            ? struct(name, get(inner))
                            : field.has("errorHint")
                                    ? scalar(field).hint(field.text("errorHint"))
                                    : scalar(field);
        };
    }

    private static VMStateField<?> scalar(Description.Field field) {
        String name = field.name();
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
            case "uint8 equal" -> uint8Equal(name);
            case "uint16 equal" -> uint16Equal(name);
            case "int32 equal" -> int32Equal(name);
            case "uint32 equal" -> uint32Equal(name);
            case "uint64 equal" -> uint64Equal(name);
            case "int32 le" -> int32Le(name);
            case "timer" -> timer(name);
            case "cpudouble" -> cpuDouble(name);
            case "float64" -> float64(name);
            case "fd" -> fd(name);
            default -> throw new IllegalArgumentException(field.type());
        };
    }

    private VMStateField<S> counted(
            Description description,
            String owner,
            Description.Field field,
            VMStateField<S> declared) {
        VMStateField<S> counted = declared;
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
                                    ? counted.length(
                                            (S s) -> kind.numbers(owner, s).number(source.member()))
                                    : counted.varray(
                                            (S s) ->
                                                    kind.numbers(owner, s).number(source.member()));
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
            counted = kind.allocate(field, counted);
        }
        return counted;
    }
}
