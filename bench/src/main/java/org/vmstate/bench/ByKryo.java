// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import java.util.ArrayList;

/// Kryo, with its classes registered and no references.
final class ByKryo implements Contender {
    private final Kryo kryo = new Kryo();
    private final Object value;
    private final Output output = new Output(1 << 17);
    private final Input input = new Input();

    ByKryo(Object value) {
        this.value = value;
        kryo.setReferences(false);
        kryo.register(Device.class);
        kryo.register(Device.Nested.class);
        kryo.register(Events.class);
        kryo.register(Events.Entry.class);
        kryo.register(ArrayList.class);
        kryo.register(int[].class);
        kryo.register(byte[].class);
        save();
    }

    @Override
    public int save() {
        output.reset();
        kryo.writeObject(output, value);
        return output.position();
    }

    @Override
    public Object load() {
        input.setBuffer(output.getBuffer(), 0, output.position());
        return kryo.readObject(input, value.getClass());
    }
}
