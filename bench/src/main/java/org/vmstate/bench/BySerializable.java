// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;

/// The serialization of the JDK.
final class BySerializable implements Contender {
    private final Object value;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 17);
    private final byte[] bytes;

    BySerializable(Object value) throws IOException {
        this.value = value;
        save();
        bytes = out.toByteArray();
    }

    @Override
    public int save() throws IOException {
        out.reset();
        try (ObjectOutputStream objects = new ObjectOutputStream(out)) {
            objects.writeObject(value);
        }
        return out.size();
    }

    @Override
    public Object load() throws IOException, ClassNotFoundException {
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes))) {
            return in.readObject();
        }
    }
}
