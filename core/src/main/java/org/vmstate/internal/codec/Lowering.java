// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.ObjectAccess;
import org.vmstate.internal.access.ObjectForm;
import org.vmstate.internal.access.VariableMember;
import org.vmstate.internal.codec.Item.Shape;
import org.vmstate.internal.codec.Step.Callee;
import org.vmstate.internal.compiled.Body;
import org.vmstate.internal.layout.Count;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.FieldLayout;
import org.vmstate.internal.layout.Hooks;
import org.vmstate.internal.layout.Layout;
import org.vmstate.internal.layout.ScalarType;
import org.vmstate.queue.IntrusiveQueue;

/// Turns layouts into steps of code for one host and one direction.
///
/// What is there at a version and does not ask the state is decided here. Everything that has no
/// step of its own becomes [Step.Planned].
final class Lowering {
    /// More bytes than this are not reserved at once.
    private static final int MAX_RUN_BYTES = 1 << 14;

    /// More items than this are not in one method, which the JIT compiler might refuse.
    private static final int MAX_RUN_ITEMS = 100;

    private final Host host;
    private final boolean loading;
    private final Elsewhere elsewhere;

    /// Makes bodies that cannot be in the same class.
    @FunctionalInterface
    interface Elsewhere {
        /// The body of a layout at a version.
        Body body(Layout layout, int version);
    }

    /// A lowering for code beside `host`; `elsewhere` makes the bodies that cannot be there.
    Lowering(Host host, boolean loading, Elsewhere elsewhere) {
        this.host = host;
        this.loading = loading;
        this.elsewhere = elsewhere;
    }

    /// The steps of a body at a version.
    Step.Program program(Layout layout, Class<?> type, int version) {
        List<Step> steps = new ArrayList<>();
        List<Item> items = new ArrayList<>();
        int from = 0;
        List<FieldLayout> fields = layout.fields();
        for (int i = 0; i <= fields.size(); i++) {
            Item item = i < fields.size() ? plainItem(fields.get(i), version) : null;
            boolean full = item == null || bytes(items) + item.bytes() > MAX_RUN_BYTES;
            if (!items.isEmpty() && (full || size(items) + size(item) > MAX_RUN_ITEMS)) {
                steps.add(new Step.Run(List.copyOf(items), from, i));
                items.clear();
            }
            if (item != null) {
                from = items.isEmpty() ? i : from;
                items.add(item);
            } else if (i < fields.size()) {
                Step step = step(i, fields.get(i), version);
                if (step != null) {
                    steps.add(step);
                }
            }
        }
        List<Step.Subsection> subsections = new ArrayList<>();
        for (Layout subsection : layout.subsections()) {
            subsections.add(
                    new Step.Subsection(subsection, callee(subsection, subsection.version())));
        }
        return new Step.Program(layout, type, steps, subsections);
    }

    /// The item of a field that is there without asking the state; null for others.
    private @Nullable Item plainItem(FieldLayout field, int version) {
        return field.test() == null && field.since() <= version ? item(field) : null;
    }

    private @Nullable Step step(int index, FieldLayout field, int version) {
        if (field.mustExist()) {
            return new Step.Planned(index, index + 1, false);
        }
        if (field.test() == null) {
            return field.since() <= version ? existing(index, field) : null;
        }
        Item item = item(field);
        Step step =
                item == null
                        ? existing(index, field)
                        : new Step.Run(List.of(item), index, index + 1);
        return new Step.Tested(field.test(), step);
    }

    private Step existing(int index, FieldLayout field) {
        Step planned = new Step.Planned(index, index + 1, true);
        VariableMember member = member(field);
        if (member == null || field.marked() || isAllocatedLone(field)) {
            return planned;
        }
        Count count = field.count();
        boolean lone = count instanceof Count.One;
        boolean inArray = field.access() instanceof ObjectAccess access && !access.single();
        return switch (field.element()) {
            case Element.Scalar(ScalarType type, _)
                    when inArray && !field.pointers() && isArrayOf(member, type) ->
                    new Step.Numbers(index, member, type, field.first(), count, field.allocated());
            case Element.Bytes(int start)
                    when field.size() != null
                            && member.type() == byte[].class
                            && (start == 0 || !field.allocated()) ->
                    new Step.Bytes(index, member, start, field.size(), field.allocated());
            case Element.Struct(Layout inner, _) when lone && isObject(inner) ->
                    new Step.Struct(index, member, callee(inner, inner.version()));
            case Element.VersionedStruct(Layout inner, int version) when lone && isObject(inner) ->
                    new Step.Struct(index, member, callee(inner, version));
            case Element.Struct(Layout inner, _)
                    when field.pointers()
                            && !field.allocated()
                            && count instanceof Count.Fixed(int n) ->
                    pointers(index, field, member, shape(inner, inner.version()), n, planned);
            case Element.Queue queue when canWalk(queue, member) ->
                    queue(index, field, queue, member);
            case Element.Custom(_, var codec) when lone && isReplaceable(member) ->
                    new Step.Custom(index, member, codec);
            default -> planned;
        };
    }

    private static Step pointers(
            int index,
            FieldLayout field,
            VariableMember member,
            @Nullable Shape shape,
            int n,
            Step planned) {
        return shape != null
                        && isArrayOfObjects(member)
                        && (long) shape.bytes() * n <= MAX_RUN_BYTES
                ? new Step.Pointers(index, member, shape, field.first(), n)
                : planned;
    }

    private Step queue(int index, FieldLayout field, Element.Queue queue, VariableMember member) {
        Layout inner = queue.layout();
        int version = loading ? field.since() : inner.version();
        if (version > inner.version() || version < inner.minimumVersion()) {
            return new Step.Planned(index, index + 1, true);
        }
        return new Step.Queue(
                index,
                member,
                ((ObjectForm) inner.form()).type(),
                queue.made(),
                shape(inner, version),
                callee(inner, version));
    }

    private boolean canWalk(Element.Queue queue, VariableMember member) {
        boolean intrusive = IntrusiveQueue.class.isAssignableFrom(member.type());
        return isObject(queue.layout())
                && (queue.made() != null || !loading)
                && !(loading && queue.list())
                && (intrusive || Iterable.class.isAssignableFrom(member.type()));
    }

    private Callee callee(Layout layout, int version) {
        if (layout.form() instanceof ObjectForm form
                && host.sees(form.type())
                && !layout.unmigratable()) {
            return new Callee.Local(program(layout, form.type(), version), version);
        }
        return new Callee.Remote(elsewhere.body(layout, version), version);
    }

    /// The shape of a layout at a version; null where it is more than items.
    private @Nullable Shape shape(Layout layout, int version) {
        Hooks hooks = layout.hooks();
        boolean hooked =
                loading
                        ? hooks.preLoad() != null || hooks.postLoad() != null
                        : hooks.preSave() != null || hooks.postSave() != null;
        if (!(layout.form() instanceof ObjectForm form)
                || !host.sees(form.type())
                || hooked
                || layout.unmigratable()
                || !layout.subsections().isEmpty()) {
            return null;
        }
        List<Item> items = new ArrayList<>();
        for (FieldLayout field : layout.fields()) {
            if (field.test() != null || (field.since() > version && field.mustExist())) {
                return null;
            }
            if (field.since() <= version) {
                Item item = item(field);
                if (item == null) {
                    return null;
                }
                items.add(item);
            }
        }
        return bytes(items) <= MAX_RUN_BYTES && size(items) <= MAX_RUN_ITEMS
                ? new Shape(form.type(), layout.name(), items)
                : null;
    }

    /// The item of a field that is there; null where it is none.
    private @Nullable Item item(FieldLayout field) {
        Item item = element(field);
        return item != null && item.bytes() > 0 && item.bytes() <= MAX_RUN_BYTES ? item : null;
    }

    private @Nullable Item element(FieldLayout field) {
        Count count = field.count();
        int n =
                count instanceof Count.Fixed(int fixed)
                        ? fixed
                        : count instanceof Count.One ? 1 : 0;
        if (field.pointers() || field.allocated() || n > MAX_RUN_BYTES) {
            return null;
        }
        if (field.element() instanceof Element.Unused(int size)
                && size <= MAX_RUN_BYTES / (n + 1)) {
            return new Item.Gap(size * n);
        }
        VariableMember member = member(field);
        if (member == null || n == 0) {
            return null;
        }
        boolean lone = count instanceof Count.One;
        return switch (field.element()) {
            case Element.Scalar(ScalarType type, _) when type == ScalarType.FD -> null;
            case Element.Scalar(ScalarType type, _) when lone ->
                    member.type().isPrimitive() ? new Item.Scalar(member, type) : null;
            case Element.Scalar(ScalarType type, _) when isArrayOf(member, type) ->
                    new Item.Numbers(member, type, field.first(), n);
            case Element.Bytes(int start)
                    when member.type() == byte[].class
                            && field.size() instanceof Count.Fixed(int size) ->
                    new Item.Buffer(member, start, size);
            case Element.Struct(Layout inner, _) ->
                    structs(field, member, shape(inner, inner.version()), lone, n);
            case Element.VersionedStruct(Layout inner, int version) ->
                    structs(field, member, shape(inner, version), lone, n);
            default -> null;
        };
    }

    private static @Nullable Item structs(
            FieldLayout field, VariableMember member, @Nullable Shape shape, boolean lone, int n) {
        if (shape == null || (long) shape.bytes() * n > MAX_RUN_BYTES) {
            return null;
        }
        if (lone) {
            return member.type().isPrimitive() ? null : new Item.Struct(member, shape);
        }
        return isArrayOfObjects(member) ? new Item.Structs(member, shape, field.first(), n) : null;
    }

    private static @Nullable VariableMember member(FieldLayout field) {
        return field.access() instanceof ObjectAccess access
                        && access.member() instanceof VariableMember variable
                ? variable
                : null;
    }

    /// A lone structure that loading makes.
    private boolean isAllocatedLone(FieldLayout field) {
        return loading
                && field.allocated()
                && field.count() instanceof Count.One
                && field.size() == null;
    }

    private boolean isReplaceable(VariableMember member) {
        return host.sees(member.type()) && (member.settable() || !loading);
    }

    private static boolean isObject(Layout layout) {
        return layout.form() instanceof ObjectForm;
    }

    private static boolean isArrayOfObjects(VariableMember member) {
        Class<?> component = member.type().getComponentType();
        return component != null && !component.isPrimitive() && !component.isArray();
    }

    /// Whether the elements of an array are the bytes of the wire, in another order at most.
    private boolean isArrayOf(VariableMember member, ScalarType type) {
        Class<?> component = member.type().getComponentType();
        if (component == null || type == ScalarType.FD || type == ScalarType.BOOL) {
            return false;
        }
        if (loading && type.check() != ScalarType.Check.NONE) {
            return false;
        }
        return switch (type.bytes()) {
            case 1 -> component == byte.class;
            case 2 -> component == short.class;
            case 4 -> component == int.class;
            default -> component == long.class;
        };
    }

    private static int bytes(List<Item> items) {
        return items.stream().mapToInt(Item::bytes).sum();
    }

    private static int size(List<Item> items) {
        return items.stream().mapToInt(Lowering::size).sum();
    }

    private static int size(@Nullable Item item) {
        return switch (item) {
            case null -> 0;
            case Item.Struct(_, Shape shape) -> 1 + size(shape.items());
            case Item.Structs(_, Shape shape, _, _) -> 1 + size(shape.items());
            default -> 1;
        };
    }
}
