// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Binder;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.access.LayoutFactory;
import org.vmstate.internal.layout.Declaration;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.Hooks;

/// Collects a [VMStateDescription].
///
/// [#build] refuses what cannot work, and what would lose or misread state without an error: what
/// it accepts saves and loads the same state.
///
/// @param <T> the type of the states
public final class VMStateDescriptionBuilder<T> {
    private final String name;
    private final Binder binder;
    private final List<VMStateField<?>> fields = new ArrayList<>();
    private final List<Layout> subsections = new ArrayList<>();
    private final Set<String> notSent = new HashSet<>();
    private int version = 1;
    private int minimumVersion = 1;
    private boolean minimumGiven;
    private @Nullable Predicate<Object> needed;
    private Hooks.@Nullable Hook preSave;
    private Hooks.@Nullable Hook postSave;
    private Hooks.@Nullable Hook preLoad;
    private Hooks.@Nullable PostLoad postLoad;
    private boolean unmigratable;
    private boolean partial;
    private MigrationPriority priority = MigrationPriority.DEFAULT;
    private boolean earlySetup;

    VMStateDescriptionBuilder(String name, Binder binder) {
        this.name = Objects.requireNonNull(name);
        this.binder = binder;
    }

    /// The version that is saved, and the newest that is loaded; 1 unless given.
    public VMStateDescriptionBuilder<T> versionId(int versionId) {
        version = versionId;
        return this;
    }

    /// The oldest version that is loaded; unless given, only the current one is.
    public VMStateDescriptionBuilder<T> minimumVersionId(int versionId) {
        minimumVersion = versionId;
        minimumGiven = true;
        return this;
    }

    /// Adds fields, in wire order.
    @SafeVarargs
    public final VMStateDescriptionBuilder<T> fields(VMStateField<? super T>... more) {
        for (VMStateField<? super T> field : more) {
            fields.add(Objects.requireNonNull(field, "a field"));
        }
        return this;
    }

    /// Adds subsections, in the order they are sent. Their fields are members of the same state;
    /// their names begin with this description's name.
    @SafeVarargs
    public final VMStateDescriptionBuilder<T> subsections(VMStateDescription<? super T>... more) {
        for (VMStateDescription<? super T> subsection : more) {
            subsections.add(Objects.requireNonNull(subsection, "a subsection").layout());
        }
        return this;
    }

    /// Members of the state that are left out on purpose: a record's are null or zero after
    /// loading, which its constructor may replace. `build()` demands this for the components of a
    /// record that no field sends.
    public VMStateDescriptionBuilder<T> notSent(String... members) {
        notSent.addAll(List.of(members));
        return this;
    }

    /// Describes only a part of a record, as a subsection of one does: its parent sends the rest.
    public VMStateDescriptionBuilder<T> partial() {
        partial = true;
        return this;
    }

    /// Sends this only if the state needs it; for subsections, and for optional sections.
    public VMStateDescriptionBuilder<T> needed(Predicate<T> test) {
        needed = VMStateField.erase(Objects.requireNonNull(test, "needed: the test is null"));
        return this;
    }

    /// Runs before anything is written; if it fails, nothing is.
    public VMStateDescriptionBuilder<T> preSave(Hook<T> hook) {
        preSave = erase(hook);
        return this;
    }

    /// Runs after saving, failed or not, unless the hook before saving failed.
    public VMStateDescriptionBuilder<T> postSave(Hook<T> hook) {
        postSave = erase(hook);
        return this;
    }

    /// Runs before anything is read, after the version was found fit.
    public VMStateDescriptionBuilder<T> preLoad(Hook<T> hook) {
        preLoad = erase(hook);
        return this;
    }

    /// Runs after fields and subsections were loaded.
    public VMStateDescriptionBuilder<T> postLoad(PostLoadHook<T> hook) {
        PostLoadHook<Object> erased = VMStateField.erase(Objects.requireNonNull(hook));
        postLoad = erased::run;
        return this;
    }

    /// A machine with such a device cannot be migrated.
    public VMStateDescriptionBuilder<T> unmigratable() {
        unmigratable = true;
        return this;
    }

    /// When the section is sent among those of other devices.
    public VMStateDescriptionBuilder<T> priority(MigrationPriority when) {
        priority = Objects.requireNonNull(when);
        return this;
    }

    /// The section is sent while migration is set up, before any RAM.
    public VMStateDescriptionBuilder<T> earlySetup() {
        earlySetup = true;
        return this;
    }

    /// The description; an `IllegalArgumentException` says what is refused, why, and what to
    /// declare instead.
    public VMStateDescription<T> build() {
        List<FieldDeclaration> declarations = new ArrayList<>();
        List<List<Layout>> nested = new ArrayList<>();
        for (VMStateField<?> field : fields) {
            FieldDeclaration declaration = field.declaration();
            if (declaration.element()
                    instanceof Element.Custom(var type, InfoCodec<?> codec, var used)) {
                declaration =
                        declaration.withElement(new Element.Custom(type, codec.at(field), used));
            }
            declarations.add(declaration);
            nested.add(field.nestedLayouts());
        }
        Declaration declared =
                new Declaration(
                        name,
                        version,
                        minimumGiven ? minimumVersion : version,
                        declarations,
                        subsections.stream().map(Layout::declaration).toList(),
                        new Hooks(needed, preSave, postSave, preLoad, postLoad),
                        unmigratable,
                        notSent,
                        partial);
        Layout layout = new LayoutFactory(declared, binder).layout(nested, subsections);
        return new VMStateDescription<>(layout, priority, earlySetup);
    }

    private static <T> Hooks.Hook erase(Hook<T> hook) {
        Hook<Object> erased = VMStateField.erase(Objects.requireNonNull(hook));
        return erased::run;
    }

    /// A hook; it refuses by a [org.vmstate.wire.RefusedException#RefusedException(String)], and
    /// any other exception of it becomes one.
    @FunctionalInterface
    public interface Hook<T> {
        /// Does its work on the state.
        void run(T state) throws IOException;
    }

    /// A hook after loading; it refuses by a
    /// [org.vmstate.wire.RefusedException#RefusedException(String)], and any other exception of it
    /// becomes one.
    @FunctionalInterface
    public interface PostLoadHook<T> {
        /// Does its work on the state, which was loaded from that version.
        void run(T state, int versionId) throws IOException;
    }
}
