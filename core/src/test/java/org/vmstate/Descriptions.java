// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import static org.vmstate.VMStateFields.validate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.vmstate.wire.RefusedException;

/// Creates random descriptions of a kind of state, and random states.
abstract class Descriptions<T> {
    /// One of this number of descriptions repeats the same fields, so that their code is shared.
    private static final int MANY = 16;

    /// The number of repetitions of these fields.
    private static final int OFTEN = 48;

    final Random random;

    Descriptions(Random random) {
        this.random = random;
    }

    /// Creates a builder for the states.
    abstract VMStateDescriptionBuilder<T> builder(String name);

    /// A number in a state that determines the results of its tests and hooks.
    abstract int count(T state);

    /// Records in a state that a hook was called.
    abstract void record(T state, String call);

    /// Creates a state with random values; `shape` determines the numbers of pointers.
    abstract T state(Random values, long shape);

    /// Frees the memory of all states created so far.
    void forget() {}

    /// The whole content of a state as text.
    abstract String text(T state);

    /// All fields that a description may have.
    abstract List<VMStateField<Object>> all();

    /// Some members of the state in random order, at version 3.
    final VMStateDescription<T> next() {
        return description("every", 3, subsections("every"));
    }

    private VMStateDescription<T> description(
            String name, int version, List<VMStateDescription<T>> subsections) {
        var builder = builder(name).versionId(version).minimumVersionId(1);
        for (VMStateField<Object> field : fields()) {
            builder.fields(modified(field.asQemuDoes("at random")));
        }
        for (VMStateDescription<T> subsection : subsections) {
            builder.subsections(subsection);
        }
        if (random.nextInt(5) == 0) {
            builder.fields(validate("fewer than eight", (T s, int v) -> count(s) < 8));
        }
        if (random.nextBoolean()) {
            builder.needed(s -> count(s) % 3 != 0);
        }
        if (random.nextInt(3) == 0) {
            builder.preSave(s -> call(s, "preSave"));
        }
        if (random.nextInt(4) == 0) {
            builder.postSave(s -> call(s, "postSave"));
        }
        if (random.nextInt(3) == 0) {
            builder.preLoad(s -> call(s, "preLoad"));
        }
        if (random.nextInt(3) == 0) {
            builder.postLoad((s, v) -> call(s, "postLoad" + v));
        }
        return builder.build();
    }

    private void call(T state, String hook) throws IOException {
        record(state, hook);
        if (count(state) == 7) {
            throw new RefusedException("seven");
        }
    }

    private List<VMStateDescription<T>> subsections(String above) {
        List<VMStateDescription<T>> subsections = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            String name = above + "/" + i;
            subsections.add(
                    description(
                            name,
                            random.nextInt(1, 4),
                            above.length() > 7 ? List.of() : subsections(name)));
        }
        return subsections;
    }

    private VMStateField<? super T> modified(VMStateField<Object> field) {
        return switch (random.nextInt(12)) {
            case 0 -> field.versionId() == 0 ? field.sinceVersion(random.nextInt(5)) : field;
            case 1 -> field.existsIf((T s, int v) -> (count(s) + v) % 4 != 0);
            case 2 -> random.nextInt(4) == 0 ? field.mustExist() : field;
            default -> field;
        };
    }

    private List<VMStateField<Object>> fields() {
        List<VMStateField<Object>> all = new ArrayList<>(all());
        Collections.shuffle(all, random);
        return random.nextInt(MANY) == 0
                ? Collections.nCopies(OFTEN, all.subList(0, 3)).stream()
                        .flatMap(List::stream)
                        .toList()
                : all.subList(0, random.nextInt(1, 8));
    }
}
