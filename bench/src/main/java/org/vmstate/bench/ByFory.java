// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import org.apache.fory.Fory;
import org.apache.fory.config.Language;
import org.apache.fory.logging.LoggerFactory;
import org.apache.fory.memory.MemoryBuffer;

/// Fory, with its classes registered and no references.
final class ByFory implements Contender {
    private final Fory fory;
    private final Object value;
    private final MemoryBuffer buffer = MemoryBuffer.newHeapBuffer(1 << 17);

    ByFory(Object value) {
        LoggerFactory.disableLogging();
        fory =
                Fory.builder()
                        .withLanguage(Language.JAVA)
                        .withRefTracking(false)
                        .requireClassRegistration(true)
                        .withAsyncCompilation(false)
                        .build();
        this.value = value;
        fory.register(Device.class);
        fory.register(Device.Nested.class);
        fory.register(Events.class);
        fory.register(Events.Entry.class);
        save();
    }

    @Override
    public int save() {
        buffer.writerIndex(0);
        fory.serialize(buffer, value);
        return buffer.writerIndex();
    }

    @Override
    public Object load() {
        buffer.readerIndex(0);
        return fory.deserialize(buffer);
    }
}
