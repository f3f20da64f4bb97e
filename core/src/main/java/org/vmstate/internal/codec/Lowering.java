// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.codec;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.vmstate.internal.access.Count;
import org.vmstate.internal.access.FieldLayout;
import org.vmstate.internal.access.Layout;
import org.vmstate.internal.access.VariableMember;
import org.vmstate.internal.codec.Item.Shape;
import org.vmstate.internal.codec.Step.Callee;
import org.vmstate.internal.compiled.BodyCodec;
import org.vmstate.internal.format.ScalarType;
import org.vmstate.internal.layout.Element;
import org.vmstate.internal.layout.Hooks;

/// Translates layouts to steps of code for one host and one direction.
///
/// Conditions that depend only on the version are evaluated here. Fields without a step of their
/// own become [Step.Planned].
final class Lowering {
    /// The maximum number of bytes to reserve at once.
    private static final int MAX_RUN_BYTES = 1 << 14;

    /// How often a structure must occur in the fields of a class to get a method of its own.
    private static final int MIN_SHARED = 32;

    private final Host host;
    private final boolean loading;
    private final Budget budget;
    private final BodySource elsewhere;

    /// Programs by layout and version; each becomes one method, which may be called from several
    /// places.
    private final IdentityHashMap<Layout, Map<Integer, Step.Program>> programs =
            new IdentityHashMap<>();

    /// Shapes by layout and version, empty for a layout that does not consist only of items. Each
    /// shape is computed once, even if its structure is nested many times.
    private final IdentityHashMap<Layout, Map<Integer, Optional<Shape>>> shapes =
            new IdentityHashMap<>();

    /// The structures with a method of their own.
    private final IdentityHashMap<Shape, Step.StructMethod> structures = new IdentityHashMap<>();

    /// The loops over pointers.
    private final Map<Looped, Step.PointerLoop> loops = new HashMap<>();

    /// The key of fields that share a loop. For objects, `type` is the type of the array; loops
    /// over memory are not shared.
    private record Looped(Object type, Shape shape, int first, int count) {}

    /// Creates bodies in other classes.
    interface BodySource {
        /// Returns the body of a layout at a version.
        BodyCodec body(Layout layout, int version);

        /// Returns a body for the fields of a layout from index `from` to index `to`, exclusive, at
        /// a version.
        BodyCodec slice(Layout layout, int version, int from, int to);

        /// Returns a body for the subsections of a layout from index `from` to index `to`,
        /// exclusive. Instead of a version, the body receives the position, from 0, of the
        /// subsection to save or load.
        BodyCodec subsections(Layout layout, int from, int to);
    }

    /// Creates a lowering for code in `host`; `elsewhere` creates the bodies in other classes.
    Lowering(Host host, boolean loading, Budget budget, BodySource elsewhere) {
        this.host = host;
        this.loading = loading;
        this.budget = budget;
        this.elsewhere = elsewhere;
    }

    /// Returns the steps of a body at a version.
    Step.Program program(Layout layout, int version) {
        Map<Integer, Step.Program> versions =
                programs.computeIfAbsent(layout, _ -> new HashMap<>());
        Step.Program known = versions.get(version);
        if (known != null) {
            return known;
        }
        List<Step> steps = fragment(layout, version, 0, layout.fields().size()).steps();
        Step.Program program =
                new Step.Program(
                        layout,
                        steps,
                        Grouping.subsections(layout, subsections(layout), budget.codeBytes()));
        versions.put(version, program);
        return program;
    }

    private List<Step.Subsection> subsections(Layout layout) {
        List<Layout> all = layout.subsections();
        List<Step.Subsection> subsections = new ArrayList<>();
        BodyCodec slice = null;
        for (int i = 0; i < all.size(); i++) {
            int at = i % budget.fields();
            if (all.size() > budget.fields() && at == 0) {
                int end = Math.min(i + budget.fields(), all.size());
                slice = elsewhere.subsections(layout, i, end);
            }
            Callee callee =
                    slice == null
                            ? callee(all.get(i), all.get(i).version())
                            : new Callee.Remote(slice, at);
            subsections.add(new Step.Subsection(all.get(i), callee));
        }
        return subsections;
    }

    /// Returns a method that receives the position of a subsection among those from index `from` to
    /// index `to`, exclusive, and calls its body.
    Step.SubsectionSwitch subsectionSwitch(Layout layout, int from, int to) {
        return new Step.SubsectionSwitch(
                layout,
                layout.subsections().subList(from, to).stream()
                        .map(subsection -> callee(subsection, subsection.version()))
                        .toList());
    }

    /// Returns the steps for the fields from index `from` to index `to`, exclusive, at a version.
    Step.Fragment fragment(Layout layout, int version, int from, int to) {
        int fields = to - from;
        if (fields <= budget.fields()) {
            List<Step> steps = steps(layout, version, from, to);
            return new Step.Fragment(layout, Grouping.steps(layout, steps, budget.codeBytes()));
        }
        List<Step> slices = new ArrayList<>();
        int count = Math.ceilDiv(fields, budget.fields());
        for (int i = 0; i < count; i++) {
            int start = from + (int) ((long) fields * i / count);
            int end = from + (int) ((long) fields * (i + 1) / count);
            slices.add(new Step.Slice(elsewhere.slice(layout, version, start, end)));
        }
        return new Step.Fragment(layout, Grouping.steps(layout, slices, budget.codeBytes()));
    }

    private List<Step> steps(Layout layout, int version, int first, int end) {
        List<Step> steps = new ArrayList<>();
        List<Item> items = new ArrayList<>();
        int from = first;
        List<@Nullable Item> plain = plainItems(layout.fields().subList(first, end), version);
        for (int i = first; i <= end; i++) {
            Item item = i < end ? plain.get(i - first) : null;
            boolean full = item == null || Item.bytes(items) + item.bytes() > MAX_RUN_BYTES;
            if (!items.isEmpty()
                    && (full
                            || Item.size(items) + (item == null ? 0 : item.size()) > budget.items()
                            || setsWhatWasChecked(item, items))) {
                steps.add(new Step.Run(Packing.of(items), from, i));
                items.clear();
            }
            if (item != null) {
                from = items.isEmpty() ? i : from;
                items.add(item);
            } else if (i < end) {
                Step step = step(layout, i, version);
                if (step != null) {
                    steps.add(step);
                }
            }
        }
        return steps;
    }

    /// Returns the items of fields, with null for fields that are not plain items. Structures that
    /// occur often are shared.
    private List<@Nullable Item> plainItems(List<FieldLayout> fields, int version) {
        List<@Nullable Item> items = new ArrayList<>();
        IdentityHashMap<Shape, Integer> uses = new IdentityHashMap<>();
        for (FieldLayout field : fields) {
            Item item = plainItem(field, version);
            items.add(item);
            if (item instanceof Item.Struct(_, Shape shape)) {
                uses.merge(shape, 1, Integer::sum);
            }
        }
        items.replaceAll(
                item ->
                        item instanceof Item.Struct(Spot spot, Shape shape)
                                        && uses.getOrDefault(shape, 0) >= MIN_SHARED
                                ? new Item.Shared(spot, structure(shape))
                                : item);
        return items;
    }

    private Step.StructMethod structure(Shape shape) {
        return structures.computeIfAbsent(shape, s -> new Step.StructMethod(Packing.of(s)));
    }

    /// Returns the item of a field whose existence does not depend on the state; null for others.
    private @Nullable Item plainItem(FieldLayout field, int version) {
        return field.test() == null && field.since() <= version ? item(field, version) : null;
    }

    private @Nullable Step step(Layout layout, int index, int version) {
        FieldLayout field = layout.fields().get(index);
        if (field.mustExist()) {
            return new Step.Planned(index, index + 1, false);
        }
        if (field.test() == null) {
            return field.since() <= version ? existing(layout, index, field, version) : null;
        }
        Item item = item(field, version);
        Step step =
                item == null
                        ? existing(layout, index, field, version)
                        : new Step.Run(List.of(item), index, index + 1);
        return new Step.Tested(index, field.test(), step);
    }

    private Step existing(Layout layout, int index, FieldLayout field, int version) {
        Step planned = new Step.Planned(index, index + 1, true);
        Spot spot = Spot.of(field);
        if (spot == null || field.marked() || isAllocatedLone(field)) {
            return planned;
        }
        Count count = field.count();
        boolean lone = count instanceof Count.One;
        return switch (field.element()) {
            case Element.Scalar(ScalarType type, _)
                    when !lone && !field.pointers() && isArrayOf(spot, type) ->
                    new Step.Numbers(index, spot, type, field.first(), count, field.allocated());
            case Element.Bitmap _
                    when lone && field.size() != null && spot.holdsArrayOf(ScalarType.UINT64) ->
                    new Step.Bitmap(index, spot, field.size(), field.allocated());
            case Element.Bytes(int start)
                    when field.size() != null
                            && spot.holdsBytes()
                            && (start == 0 || !field.allocated()) ->
                    new Step.Buffer(index, spot, start, field.size(), field.allocated());
            case Element.Struct _ when lone && isKnown(field.inner()) ->
                    new Step.Struct(index, spot, callee(field.inner(), field.inner().version()));
            case Element.VersionedStruct struct when lone && isKnown(field.inner()) ->
                    new Step.Struct(index, spot, callee(field.inner(), struct.version(version)));
            case Element.Struct _
                    when field.pointers()
                            && !field.allocated()
                            && count instanceof Count.Fixed(int n) ->
                    pointers(
                            layout,
                            index,
                            field,
                            spot,
                            shape(field.inner(), field.inner().version()),
                            n,
                            planned);
            case Element.Queue queue
                    when isKnown(field.inner()) && host.walks(spot, queue, loading) ->
                    queue(index, field, queue, spot);
            case Element.Custom(_, var codec, _)
                    when lone && spot.primitive() == null && (!loading || host.replaces(spot)) ->
                    new Step.Custom(index, spot, codec);
            default -> planned;
        };
    }

    private Step pointers(
            Layout layout,
            int index,
            FieldLayout field,
            Spot spot,
            @Nullable Shape shape,
            int n,
            Step planned) {
        if (shape == null
                || !spot.holdsStructs()
                || !spot.mayHold((long) field.first() + n)
                || (long) shape.bytes() * n > MAX_RUN_BYTES) {
            return planned;
        }
        Step.PointerLoop loop =
                loops.computeIfAbsent(
                        new Looped(looped(spot), shape, field.first(), n),
                        _ -> new Step.PointerLoop(layout, spot, shape, field.first(), n));
        return new Step.Pointers(index, spot, loop);
    }

    private Object looped(Spot spot) {
        return spot instanceof Spot.InObject(VariableMember member, _)
                ? host.arrayType(member)
                : spot;
    }

    private Step queue(int index, FieldLayout field, Element.Queue queue, Spot spot) {
        Layout inner = field.inner();
        int version = loading ? field.since() : inner.version();
        if (version > inner.version() || version < inner.minimumVersion()) {
            return new Step.Planned(index, index + 1, true);
        }
        return new Step.Queue(
                index,
                spot,
                inner.form().type(),
                queue.made(),
                shape(inner, version),
                callee(inner, version));
    }

    private Callee callee(Layout layout, int version) {
        if (host.takes(layout.form()) && !layout.unmigratable()) {
            return new Callee.Local(program(layout, version), version);
        }
        return new Callee.Remote(elsewhere.body(layout, version), version);
    }

    /// Returns the shape of a layout at a version; null if it does not consist only of items.
    private @Nullable Shape shape(Layout layout, int version) {
        Map<Integer, Optional<Shape>> versions =
                shapes.computeIfAbsent(layout, _ -> new HashMap<>());
        Optional<Shape> known = versions.get(version);
        if (known == null) {
            known = Optional.ofNullable(newShape(layout, version));
            versions.put(version, known);
        }
        return known.orElse(null);
    }

    private @Nullable Shape newShape(Layout layout, int version) {
        Hooks hooks = layout.hooks();
        boolean hooked =
                loading
                        ? hooks.preLoad() != null || hooks.postLoad() != null
                        : hooks.preSave() != null || hooks.postSave() != null;
        if (!host.takes(layout.form())
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
                Item item = item(field, version);
                if (item == null) {
                    return null;
                }
                if (setsWhatWasChecked(item, items)) {
                    return null;
                }
                items.add(item);
            }
        }
        return Item.bytes(items) <= MAX_RUN_BYTES && Item.size(items) <= budget.items()
                ? new Shape(layout, items)
                : null;
    }

    /// Returns the item of a field that exists in a body of a version; null if the field is not an
    /// item.
    private @Nullable Item item(FieldLayout field, int version) {
        Item item = element(field, version);
        return item != null && item.bytes() > 0 && item.bytes() <= MAX_RUN_BYTES ? item : null;
    }

    private @Nullable Item element(FieldLayout field, int version) {
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
        Spot spot = Spot.of(field);
        if (spot == null || n == 0) {
            return null;
        }
        boolean lone = count instanceof Count.One;
        return switch (field.element()) {
            case Element.Scalar(ScalarType type, _) when type == ScalarType.FD -> null;
            case Element.Scalar(ScalarType type, _) when lone ->
                    spot.primitive() != null ? new Item.Scalar(spot, type) : null;
            case Element.Scalar(ScalarType type, _)
                    when isArrayOf(spot, type) && spot.mayHold((long) field.first() + n) ->
                    new Item.Numbers(spot, type, field.first(), n);
            case Element.Bytes(int start)
                    when spot.holdsBytes()
                            && field.size() instanceof Count.Fixed(int size)
                            && spot.mayHold((long) start + size) ->
                    new Item.Buffer(spot, start, size);
            case Element.Struct _ ->
                    structs(field, spot, shape(field.inner(), field.inner().version()), lone, n);
            case Element.VersionedStruct struct ->
                    structs(field, spot, shape(field.inner(), struct.version(version)), lone, n);
            default -> null;
        };
    }

    private static @Nullable Item structs(
            FieldLayout field, Spot spot, @Nullable Shape shape, boolean lone, int n) {
        if (shape == null || (long) shape.bytes() * n > MAX_RUN_BYTES) {
            return null;
        }
        if (lone) {
            return spot.holdsStruct() ? new Item.Struct(spot, shape) : null;
        }
        return spot.holdsStructs() && spot.mayHold((long) field.first() + n)
                ? new Item.Structs(spot, shape, field.first(), n)
                : null;
    }

    /// Whether a field is a single structure that loading allocates.
    private boolean isAllocatedLone(FieldLayout field) {
        return loading
                && field.allocated()
                && field.count() instanceof Count.One
                && field.size() == null;
    }

    /// Whether a body of the layout can be called with the value of a field.
    private static boolean isKnown(Layout layout) {
        return layout.form().draft() == null;
    }

    /// Whether the elements of an array are the bytes of the wire, except for the byte order.
    private boolean isArrayOf(Spot spot, ScalarType type) {
        return type != ScalarType.FD
                && type != ScalarType.BOOL
                && (!loading || type.check() == ScalarType.Check.NONE)
                && spot.holdsArrayOf(type);
    }

    /// Whether loading an item changes a number that an earlier item was compared with. If the run
    /// exits, the plan loads both again and would compare with the new number.
    private boolean setsWhatWasChecked(@Nullable Item item, List<Item> earlier) {
        if (!loading || item == null) {
            return false;
        }
        for (Item checked : earlier) {
            if (checked.checked()) {
                Spot spot = spot(item);
                if (spot != null && spot.overlaps(spot(checked))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static @Nullable Spot spot(Item item) {
        return switch (item) {
            case Item.Scalar(Spot spot, _) -> spot;
            case Item.Numbers(Spot spot, _, _, _) -> spot;
            case Item.Struct(Spot spot, _) -> spot;
            case Item.Shared(Spot spot, _) -> spot;
            case Item.Structs(Spot spot, _, _, _) -> spot;
            default -> null;
        };
    }
}
