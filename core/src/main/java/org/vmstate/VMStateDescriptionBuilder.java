// SPDX-License-Identifier: Apache-2.0
package org.vmstate;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.vmstate.internal.access.Binder;
import org.vmstate.internal.access.FieldBinding;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.access.LayoutFactory;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldDeclaration;
import org.vmstate.internal.layout.Hooks;

/// Collects a [VMStateDescription]; [#build] refuses what cannot work.
///
/// @param <T> the type of the states
public final class VMStateDescriptionBuilder<T> {
    private final String name;
    private final Binder binder;
    private final List<VMStateField<?>> fields = new ArrayList<>();
    private final List<Layout> subsections = new ArrayList<>();
    private int version = 1;
    private int minimumVersion = 1;
    private boolean minimumGiven;
    private Hooks hooks = Hooks.NONE;
    private boolean unmigratable;
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
            fields.add(field);
        }
        return this;
    }

    /// Adds subsections, in the order they are sent. Their fields are members of the same state;
    /// their names begin with this description's name.
    @SafeVarargs
    public final VMStateDescriptionBuilder<T> subsections(VMStateDescription<? super T>... more) {
        for (VMStateDescription<? super T> subsection : more) {
            subsections.add(subsection.layout());
        }
        return this;
    }

    /// Sends this only if the state needs it; for subsections, and for optional sections.
    public VMStateDescriptionBuilder<T> needed(Predicate<T> needed) {
        Predicate<Object> erased = VMStateField.erase(needed);
        hooks =
                new Hooks(
                        erased,
                        hooks.preSave(),
                        hooks.postSave(),
                        hooks.preLoad(),
                        hooks.postLoad());
        return this;
    }

    /// Runs before anything is written; if it fails, nothing is.
    public VMStateDescriptionBuilder<T> preSave(Hook<T> hook) {
        hooks =
                new Hooks(
                        hooks.needed(),
                        erase(hook),
                        hooks.postSave(),
                        hooks.preLoad(),
                        hooks.postLoad());
        return this;
    }

    /// Runs after saving, failed or not, unless the hook before saving failed.
    public VMStateDescriptionBuilder<T> postSave(Hook<T> hook) {
        hooks =
                new Hooks(
                        hooks.needed(),
                        hooks.preSave(),
                        erase(hook),
                        hooks.preLoad(),
                        hooks.postLoad());
        return this;
    }

    /// Runs before anything is read, after the version was found fit.
    public VMStateDescriptionBuilder<T> preLoad(Hook<T> hook) {
        hooks =
                new Hooks(
                        hooks.needed(),
                        hooks.preSave(),
                        hooks.postSave(),
                        erase(hook),
                        hooks.postLoad());
        return this;
    }

    /// Runs after fields and subsections were loaded.
    public VMStateDescriptionBuilder<T> postLoad(PostLoadHook<T> hook) {
        PostLoadHook<Object> erased = VMStateField.erase(hook);
        hooks =
                new Hooks(
                        hooks.needed(),
                        hooks.preSave(),
                        hooks.postSave(),
                        hooks.preLoad(),
                        erased::run);
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

    /// The description; an `IllegalArgumentException` says what cannot work.
    public VMStateDescription<T> build() {
        int minimum = minimumGiven ? minimumVersion : version;
        List<FieldBinding> bindings = new ArrayList<>();
        for (VMStateField<?> field : fields) {
            FieldDeclaration declaration = field.declaration();
            if (declaration.element() instanceof Element.Custom(var type, InfoCodec<?> codec)) {
                declaration = declaration.withElement(new Element.Custom(type, codec.at(field)));
            }
            bindings.add(new FieldBinding(declaration, field.nestedLayouts()));
        }
        Layout layout =
                new LayoutFactory(name, binder)
                        .layout(version, minimum, bindings, subsections, hooks, unmigratable);
        return new VMStateDescription<>(layout, priority, earlySetup);
    }

    private static <T> Hooks.Hook erase(Hook<T> hook) {
        Hook<Object> erased = VMStateField.erase(hook);
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
