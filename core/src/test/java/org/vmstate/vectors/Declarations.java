// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import static org.vmstate.VMStateFields.*;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.VMStateDescriptionBuilder;
import org.vmstate.VMStateField;
import org.vmstate.wire.RefusedException;

/// Declares the descriptions in the JSON to the engine, for a kind of state.
final class Declarations<S> {
    private final Map<String, Description> descriptions;
    private final Kind<S> kind;
    private final Members members;
    private final @Nullable QemuEnd end;
    private final Map<Use, VMStateDescription<S>> declared = new HashMap<>();
    private boolean hookReturnedPositive;
    private @Nullable Integer hookFailure;

    /// Declares descriptions without changes.
    Declarations(Map<String, Description> descriptions, Kind<S> kind) {
        this(descriptions, kind, null);
    }

    /// Declares descriptions that also implement QEMU's rule about the end of the input.
    Declarations(Map<String, Description> descriptions, Kind<S> kind, @Nullable QemuEnd end) {
        this.descriptions = descriptions;
        this.kind = kind;
        this.members = new Members(descriptions);
        this.end = end;
    }

    /// The position of a description: top level, in a field, or as a subsection.
    private enum Role {
        OUTERMOST,
        IN_FIELD,
        SUBSECTION
    }

    /// A description of the states of `owner`, which is the description itself unless it is a
    /// subsection.
    private record Use(String id, String owner, Role role) {}

    /// Whether the result of a hook was positive, which does not stop loading.
    boolean hookReturnedPositive() {
        return hookReturnedPositive;
    }

    /// The result of the hook that failed, or null.
    @Nullable Integer hookFailure() {
        return hookFailure;
    }

    VMStateDescription<S> get(String id) {
        return get(new Use(id, id, Role.OUTERMOST));
    }

    private VMStateDescription<S> inField(String id) {
        return get(new Use(id, id, Role.IN_FIELD));
    }

    private VMStateDescription<S> get(Use use) {
        VMStateDescription<S> known = declared.get(use);
        if (known == null) {
            Description description = descriptions.get(use.id());
            if (description == null) {
                throw new IllegalArgumentException("there is no description " + use.id());
            }
            known = declare(description, use);
            declared.put(use, known);
        }
        return known;
    }

    private VMStateDescription<S> declare(Description description, Use use) {
        String owner = use.owner();
        Map<String, Object> json = description.json();
        VMStateDescriptionBuilder<S> builder =
                kind.builder(owner, description.name())
                        .versionId(((Long) json.get("version")).intValue())
                        .minimumVersionId(((Long) json.get("minimumVersion")).intValue());
        for (Description.Field field : description.fields()) {
            builder.fields(field(description, owner, field));
        }
        for (String subsection : description.subsections()) {
            builder.subsections(get(new Use(subsection, owner, Role.SUBSECTION)));
        }
        if (json.containsKey("needed")) {
            Expression needed = Expression.parse((String) description.map("needed").get("expr"));
            builder.needed(state -> needed.holds(members.of(kind, owner, state, null)));
        }
        hooks(builder, description, use);
        return builder.build();
    }

    private void hooks(VMStateDescriptionBuilder<S> builder, Description description, Use use) {
        int version = ((Long) description.json().get("version")).intValue();
        HookText preSave = hook(description, "preSave");
        if (preSave != null) {
            builder.preSave(s -> succeed(run(preSave, use, s, version)));
        }
        HookText postSave = hook(description, "postSave");
        if (postSave != null) {
            builder.postSave(s -> succeed(run(postSave, use, s, version)));
        }
        HookText preLoad = hook(description, "preLoad");
        if (preLoad != null) {
            builder.preLoad(s -> succeed(run(preLoad, use, s, null)));
        }
        HookText postLoad = hook(description, "postLoad");
        boolean ends = end != null && use.role() == Role.IN_FIELD;
        if (postLoad != null || ends) {
            builder.postLoad(
                    (s, v) -> {
                        int result = postLoad == null ? 0 : run(postLoad, use, s, v);
                        // A positive result after loading is not a failure.
                        hookReturnedPositive |= result > 0;
                        succeed(Math.min(result, 0));
                        if (ends) {
                            end.check(description.name());
                        }
                    });
        }
    }

    private static @Nullable HookText hook(Description description, String when) {
        String text = (String) description.map("hooks").get(when);
        return text == null ? null : HookText.parse(text);
    }

    private int run(HookText hook, Use use, S state, @Nullable Integer version) {
        return hook.run(members.of(kind, use.owner(), state, version));
    }

    /// Throws the exception of a hook whose result is not zero.
    private void succeed(int result) throws RefusedException {
        if (result != 0) {
            hookFailure = result;
            throw new RefusedException("the hook returns " + result);
        }
    }

    private VMStateField<S> field(Description description, String owner, Description.Field field) {
        Expression test = field.test() == null ? null : Expression.parse(field.test());
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
        declared = declared.asQemuDoes("the vectors declare it");
        return field.has("mustExist") ? declared.mustExist() : declared;
    }

    private boolean holds(Expression test, String owner, S state, int version) {
        return test.holds(members.of(kind, owner, state, version));
    }

    private VMStateField<S> bound(Description.Field field) {
        if (field.kind().equals("tmp")) {
            return withTemporary(
                    inField(field.text("description")),
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
            case "struct" -> struct(name, inField(inner));
            case "vstruct" -> vstruct(name, inField(inner), field.number("structVersion"));
            case "qtailq" -> qtailq(name, since, inField(inner), () -> kind.blank(inner, null));
            case "qlist" -> qlist(name, since, inField(inner), () -> kind.blank(inner, null));
            case "gtree" -> {
                String value = field.inner("value");
                if (field.json().get("key") instanceof String) {
                    yield gtreeDirect(name, since, inField(value), () -> kind.blank(value, null));
                }
                String key = field.inner("key");
                yield gtree(
                        name,
                        since,
                        inField(key),
                        () -> kind.blank(key, null),
                        inField(value),
                        () -> kind.blank(value, null));
            }
            case "scalar", "array", "arrayOfPointers" ->
                    field.type().equals("struct")
                            ? struct(name, inField(inner))
                            : field.has("errorHint")
                                    ? scalar(field).hint(field.text("errorHint"))
                                    : scalar(field);
            default -> throw new IllegalArgumentException(field.kind());
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
                    description.fields().stream()
                            .anyMatch(
                                    f ->
                                            f.hasMember()
                                                    && f.name().equals(source.member())
                                                    && f.member().equals(source.member()));
            boolean size = !field.has("countFrom");
            if (sent) {
                counted = size ? counted.length(source.member()) : counted.varray(source.member());
            } else {
                ToLongFunction<S> number =
                        s -> members.of(kind, owner, s, null).of(source.member()).value();
                counted = size ? counted.length(number) : counted.varray(number);
            }
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
