// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.internal.format.DescriptionKeys;
import org.vmstate.stream.Body;
import org.vmstate.stream.Command;
import org.vmstate.stream.Description;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamTransform;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.JsonValue.Member;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireWriter;

/// A change to the state of one device by its declaration: loads its section into an object,
/// changes the object, and writes the section and its description from the object.
///
/// The declaration must cover the whole section. Throws [org.vmstate.wire.VersionTooNewException]
/// if the version of the section is higher than that of the declaration. Sections in packaged
/// commands are also changed. If there is no declaration in Java, use [MachineEdit].
///
/// @param <T> the type of the device's state
public final class DeviceRewrite<T> implements StreamTransform {
    private final String idString;
    private final long instanceId;
    private final VMStateDescription<T> vmstate;
    private final Supplier<? extends T> factory;
    private final Consumer<? super T> change;
    private final ReadLimits limits;

    private @Nullable JsonObject rewritten;

    /// Creates a change to the device with this id string and instance id, or to the first one if a
    /// stream contains several.
    ///
    /// @param vmstate declares the device's state
    /// @param factory creates the object to load into
    /// @param change receives the loaded object, once for each stream
    public DeviceRewrite(
            String idString,
            long instanceId,
            VMStateDescription<T> vmstate,
            Supplier<? extends T> factory,
            Consumer<? super T> change,
            ReadLimits limits) {
        this.idString = Objects.requireNonNull(idString);
        this.instanceId = instanceId;
        this.vmstate = Objects.requireNonNull(vmstate);
        this.factory = Objects.requireNonNull(factory);
        this.change = Objects.requireNonNull(change);
        this.limits = Objects.requireNonNull(limits);
    }

    /// Whether the device was in the part of the stream that was read.
    public boolean applied() {
        return rewritten != null;
    }

    @Override
    public List<StreamElement> atStart() {
        rewritten = null;
        return List.of();
    }

    @Override
    public List<StreamElement> apply(StreamElement element) throws IOException {
        return List.of(
                switch (element) {
                    case Section.Full full when rewritten == null && isOfDevice(full.identity()) ->
                            rewrite(full);
                    case Command.Packaged(List<StreamElement> elements) -> {
                        List<StreamElement> changed = new ArrayList<>();
                        for (StreamElement inside : elements) {
                            changed.addAll(apply(inside));
                        }
                        yield new Command.Packaged(changed);
                    }
                    case Description description when rewritten != null ->
                            describe(description, rewritten);
                    default -> element;
                });
    }

    private boolean isOfDevice(SectionIdentity identity) {
        return identity.instanceId() == instanceId && identity.idString().equals(idString);
    }

    private Section rewrite(Section.Full section) throws IOException {
        T state = vmstate.load(section, factory, limits);
        change.accept(state);
        VmDescWriter vmdesc = new VmDescWriter().startObject();
        WireWriter out = WireWriter.toMemory();
        try {
            vmstate.save(out, state, vmdesc);
        } catch (VMStateException e) {
            String label = section.identity().label();
            throw label.equals(vmstate.name()) ? e : e.within(label);
        }
        rewritten = JsonObject.parse(vmdesc.endObject().toByteArray(), limits);
        return new Section.Full(
                section.sectionId(),
                new SectionIdentity(idString, instanceId, vmstate.versionId()),
                Body.of(out.toByteArray()));
    }

    private Description describe(Description element, JsonObject device) throws VMStateException {
        Body json = element.json();
        VmDescription description = VmDescription.parse(json.memory(), json.offset(), limits);
        List<DeviceDescription> devices = description.devices();
        for (int i = 0; i < devices.size(); i++) {
            if (devices.get(i).instanceId() == instanceId
                    && devices.get(i).name().equals(idString)) {
                List<JsonObject> entries = new ArrayList<>(description.entries());
                entries.set(i, described(entries.get(i), device));
                return new Description(Body.of(description.withEntries(entries, limits).text()));
            }
        }
        return element;
    }

    /// Returns an entry with another description of the body.
    private static JsonObject described(JsonObject entry, JsonObject device) {
        List<Member> members = new ArrayList<>();
        for (Member member : entry.members()) {
            if (member.name().equals(DescriptionKeys.NAME)
                    || member.name().equals(DescriptionKeys.INSTANCE_ID)) {
                members.add(member);
            }
        }
        members.addAll(device.members());
        return new JsonObject(members);
    }
}
