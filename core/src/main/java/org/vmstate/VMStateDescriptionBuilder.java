// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Binder;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.access.LayoutFactory;
import org.vmstate.internal.layout.Declaration;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.Hooks;

/// Builds a [VMStateDescription].
///
/// [#build] rejects declarations that cannot work and declarations that could lose or misread state
/// without an error. A description that it accepts loads the same state that it saves.
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
    private @Nullable BiPredicate<Object, Integer> savableAt;

    VMStateDescriptionBuilder(String name, Binder binder) {
        this.name = Objects.requireNonNull(name);
        this.binder = binder;
    }

    /// Sets the version that is saved, which is also the newest that can be loaded; the default is
    /// 1.
    public VMStateDescriptionBuilder<T> versionId(int versionId) {
        version = versionId;
        return this;
    }

    /// Sets the oldest version that can be loaded; the default is the current version.
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

    /// Adds subsections, in wire order. Their fields are members of the same state; their names
    /// begin with this description's name.
    @SafeVarargs
    public final VMStateDescriptionBuilder<T> subsections(VMStateDescription<? super T>... more) {
        for (VMStateDescription<? super T> subsection : more) {
            subsections.add(Objects.requireNonNull(subsection, "a subsection").layout());
        }
        return this;
    }

    /// Names members of the state that are deliberately not sent. In a record they are null or zero
    /// after loading, unless its constructor replaces the value. `build()` requires this for each
    /// component of a record that no field sends.
    public VMStateDescriptionBuilder<T> notSent(String... members) {
        notSent.addAll(List.of(members));
        return this;
    }

    /// Declares that this describes only a part of a record, as a subsection does; the parent
    /// description sends the rest.
    public VMStateDescriptionBuilder<T> partial() {
        partial = true;
        return this;
    }

    /// Sends this subsection or optional section only if the test returns true for the state.
    public VMStateDescriptionBuilder<T> needed(Predicate<T> test) {
        needed = VMStateField.erase(Objects.requireNonNull(test, "needed: the test is null"));
        return this;
    }

    /// Sets the test that decides whether a state can be saved at an older version. If it returns
    /// false, [saving][VMStateDescription#save(org.vmstate.wire.WireWriter, Object, int)] at that
    /// version is refused. Without it, the values of fields that the older version does not have
    /// are lost without an error.
    ///
    /// ```java
    /// .fields(uint32("count"), uint32("scale").sinceVersion(2))
    /// .savableAt((timer, version) -> version >= 2 || timer.scale == 1)
    /// ```
    ///
    /// It is not called for the current version, nor for a structure that is nested in another
    /// description: the test of the outermost description decides.
    public VMStateDescriptionBuilder<T> savableAt(BiPredicate<T, Integer> test) {
        savableAt = VMStateField.erase(Objects.requireNonNull(test));
        return this;
    }

    /// Sets a hook that runs before anything is written. If it fails, nothing is written.
    public VMStateDescriptionBuilder<T> preSave(Hook<T> hook) {
        preSave = erase(hook);
        return this;
    }

    /// Sets a hook that runs after saving, even if saving failed, unless the pre-save hook failed.
    public VMStateDescriptionBuilder<T> postSave(Hook<T> hook) {
        postSave = erase(hook);
        return this;
    }

    /// Sets a hook that runs after the version has been checked and before anything is read.
    public VMStateDescriptionBuilder<T> preLoad(Hook<T> hook) {
        preLoad = erase(hook);
        return this;
    }

    /// Sets a hook that runs after the fields and subsections have been loaded.
    public VMStateDescriptionBuilder<T> postLoad(PostLoadHook<T> hook) {
        PostLoadHook<Object> erased = VMStateField.erase(Objects.requireNonNull(hook));
        postLoad = erased::run;
        return this;
    }

    /// Declares that a machine with this device cannot be migrated.
    public VMStateDescriptionBuilder<T> unmigratable() {
        unmigratable = true;
        return this;
    }

    /// Sets the priority that orders the section among those of other devices.
    public VMStateDescriptionBuilder<T> priority(MigrationPriority when) {
        priority = Objects.requireNonNull(when);
        return this;
    }

    /// Sends the section during the setup of a migration, before any RAM.
    public VMStateDescriptionBuilder<T> earlySetup() {
        earlySetup = true;
        return this;
    }

    /// Returns the description. Throws `IllegalArgumentException` with the reason and the
    /// alternative if a declaration is rejected.
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
        return new VMStateDescription<>(layout, priority, earlySetup, savableAt);
    }

    private static <T> Hooks.Hook erase(Hook<T> hook) {
        Hook<Object> erased = VMStateField.erase(Objects.requireNonNull(hook));
        return erased::run;
    }

    /// A hook before or after saving or before loading. It refuses by throwing a
    /// [RefusedException][org.vmstate.wire.RefusedException#RefusedException(String)]; any other
    /// exception is wrapped in one.
    @FunctionalInterface
    public interface Hook<T> {
        /// Runs on the state.
        void run(T state) throws IOException;
    }

    /// A hook after loading. It refuses by throwing a
    /// [RefusedException][org.vmstate.wire.RefusedException#RefusedException(String)]; any other
    /// exception is wrapped in one.
    @FunctionalInterface
    public interface PostLoadHook<T> {
        /// Runs on the state, which was loaded from version `versionId`.
        void run(T state, int versionId) throws IOException;
    }
}
