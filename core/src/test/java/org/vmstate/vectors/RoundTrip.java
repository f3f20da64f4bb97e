// SPDX-License-Identifier: Apache-2.0
package org.vmstate.vectors;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Properties of the descriptions that determine whether a saved state can be loaded: QEMU can save
/// states that it cannot load, or loads as other states.
record RoundTrip(Map<String, Description> descriptions) {
    /// The reason why a saved state cannot be loaded, or null.
    @Nullable String refusal(String id, Map<String, Object> state) {
        Description description = descriptions.get(id);
        for (Description.Field field : description.fields()) {
            String refusal = refusal(field, state.get(field.member()));
            if (refusal != null) {
                return refusal;
            }
        }
        return description.subsections().stream()
                .map(subsection -> refusal(subsection, state))
                .filter(Objects::nonNull)
                .findFirst()
                .orElse(null);
    }

    private @Nullable String refusal(Description.Field field, @Nullable Object value) {
        if (field.type().equals("int32 le") && value instanceof Long number && number < 0) {
            return "a negative int32 le is saved and refused";
        }
        if (field.kind().equals("tmp") && minimum(field.text("description")) > 0) {
            return "a temporary is loaded as version 0";
        }
        if (elements(field).anyMatch(id -> since(field) > version(id))
                || elements(field).anyMatch(id -> since(field) < minimum(id))) {
            return "elements are loaded at the version of the field";
        }
        return switch (value) {
            case List<?> list ->
                    list.stream()
                            .map(element -> refusal(field, element))
                            .filter(Objects::nonNull)
                            .findFirst()
                            .orElse(null);
            case Map<?, ?> inner when field.has("description") ->
                    refusal(field.text("description"), Description.cast(inner));
            case null, default -> null;
        };
    }

    /// Whether the loaded state may differ from the saved one, even in its length.
    boolean isMisread(String id) {
        return parts(id).anyMatch(part -> fields(part).anyMatch(this::isMisread));
    }

    private boolean isMisread(Description.Field field) {
        return elements(field)
                .anyMatch(
                        id ->
                                since(field) != version(id)
                                        || parts(id).anyMatch(this::asksItsState));
    }

    /// Whether loading needs a property of a new element that it does not have yet.
    private boolean asksItsState(String id) {
        Description description = descriptions.get(id);
        return fields(id).anyMatch(field -> field.kind().equals("arrayOfPointers"))
                || !description.map("notSent").isEmpty();
    }

    /// Whether a hook of loading sets members that are saved.
    boolean isChangedByLoading(String id) {
        return parts(id).anyMatch(this::setsWhatIsSent);
    }

    private boolean setsWhatIsSent(String id) {
        Map<String, Object> hooks = descriptions.get(id).map("hooks");
        Members members = new Members(descriptions);
        return !hooks.containsKey("preSave")
                && Stream.of("preLoad", "postLoad")
                        .filter(hooks::containsKey)
                        .flatMap(
                                when -> HookText.parse((String) hooks.get(when)).actions().stream())
                        .anyMatch(
                                action ->
                                        action instanceof HookText.Assignment(String member, _)
                                                && members.isSent(id, member));
    }

    /// A description and all descriptions of its fields and subsections.
    private Stream<String> parts(String id) {
        return Stream.concat(
                Stream.of(id),
                Stream.concat(
                                descriptions.get(id).subsections().stream(),
                                fields(id).flatMap(this::inner))
                        .flatMap(this::parts));
    }

    private Stream<Description.Field> fields(String id) {
        return descriptions.get(id).fields().stream();
    }

    private Stream<String> inner(Description.Field field) {
        return field.has("description") ? Stream.of(field.text("description")) : elements(field);
    }

    /// The descriptions of the elements of a queue, list or tree.
    private Stream<String> elements(Description.Field field) {
        return switch (field.kind()) {
            case "qtailq", "qlist" -> Stream.of(field.text("description"));
            case "gtree" ->
                    field.json().get("key") instanceof String
                            ? Stream.of(field.inner("value"))
                            : Stream.of(field.inner("key"), field.inner("value"));
            default -> Stream.empty();
        };
    }

    private static int since(Description.Field field) {
        return field.has("since") ? field.number("since") : 0;
    }

    private int version(String id) {
        return ((Long) descriptions.get(id).json().get("version")).intValue();
    }

    private int minimum(String id) {
        return ((Long) descriptions.get(id).json().get("minimumVersion")).intValue();
    }
}
