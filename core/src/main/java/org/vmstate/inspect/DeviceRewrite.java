// SPDX-License-Identifier: Apache-2.0
package org.vmstate.inspect;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.vmstate.VMStateDescription;
import org.vmstate.stream.Body;
import org.vmstate.stream.Description;
import org.vmstate.stream.Section;
import org.vmstate.stream.SectionIdentity;
import org.vmstate.stream.StreamElement;
import org.vmstate.stream.StreamTransform;
import org.vmstate.vmdesc.DeviceDescription;
import org.vmstate.vmdesc.JsonValue.JsonObject;
import org.vmstate.vmdesc.VmDescWriter;
import org.vmstate.vmdesc.VmDescription;
import org.vmstate.wire.CorruptException;
import org.vmstate.wire.ReadLimits;
import org.vmstate.wire.VMStateException;
import org.vmstate.wire.WireReader;
import org.vmstate.wire.WireWriter;

/// A change to the state of one device in a stream: its section is loaded into an object, the
/// object is changed, and section and description are written anew from it.
///
/// The description has to cover the whole section. Not reusable: create one per stream.
///
/// @param <T> the type of the device's state
public final class DeviceRewrite<T> implements StreamTransform {
    private final String idString;
    private final long instanceId;
    private final VMStateDescription<T> vmstate;
    private final Supplier<T> factory;
    private final Consumer<? super T> change;
    private final ReadLimits limits;

    private @Nullable JsonObject rewritten;

    /// A change to the device with this id string and instance id; where several sections have
    /// both, to the first.
    ///
    /// @param vmstate declares the device's state
    /// @param factory makes the object to load into
    /// @param change is given the loaded object, once
    public DeviceRewrite(
            String idString,
            long instanceId,
            VMStateDescription<T> vmstate,
            Supplier<T> factory,
            Consumer<? super T> change,
            ReadLimits limits) {
        this.idString = Objects.requireNonNull(idString);
        this.instanceId = instanceId;
        this.vmstate = Objects.requireNonNull(vmstate);
        this.factory = Objects.requireNonNull(factory);
        this.change = Objects.requireNonNull(change);
        this.limits = Objects.requireNonNull(limits);
    }

    /// Whether the device has come by.
    public boolean applied() {
        return rewritten != null;
    }

    @Override
    public List<StreamElement> apply(StreamElement element) throws IOException {
        return switch (element) {
            case Section.Full full when rewritten == null && isOfDevice(full.identity()) ->
                    List.of(rewrite(full));
            case Description description when rewritten != null ->
                    List.of(describe(description, rewritten));
            default -> List.of(element);
        };
    }

    private boolean isOfDevice(SectionIdentity identity) {
        return identity.instanceId() == instanceId && identity.idString().equals(idString);
    }

    private Section rewrite(Section.Full section) throws IOException {
        VmDescWriter vmdesc = new VmDescWriter().startObject();
        WireWriter out = WireWriter.toMemory();
        try {
            vmstate.save(out, load(section), vmdesc);
        } catch (VMStateException e) {
            throw e.within(section.identity().label());
        }
        rewritten = JsonObject.parse(vmdesc.endObject().toByteArray(), limits);
        return new Section.Full(
                section.sectionId(),
                new SectionIdentity(idString, instanceId, vmstate.versionId()),
                Body.of(out.toByteArray()));
    }

    private T load(Section.Full section) throws IOException {
        Body body = section.body();
        WireReader in = WireReader.of(body.memory(), body.offset(), limits);
        T state = vmstate.load(in, factory, Math.toIntExact(section.identity().versionId()));
        if (!in.atEnd()) {
            throw new CorruptException(
                    "the section ends elsewhere than its declaration", in.position());
        }
        change.accept(state);
        return state;
    }

    private Description describe(Description element, JsonObject device) throws VMStateException {
        Body json = element.json();
        VmDescription description = VmDescription.parse(json.memory(), json.offset(), limits);
        List<DeviceDescription> devices = description.devices();
        for (int i = 0; i < devices.size(); i++) {
            if (devices.get(i).instanceId() == instanceId
                    && devices.get(i).name().equals(idString)) {
                VmDescription changed = description.withDevice(i, device, limits);
                return new Description(Body.of(changed.text()));
            }
        }
        return element;
    }
}
