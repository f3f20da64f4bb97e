// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

import java.io.Serializable;
import java.util.ArrayList;

/// The same thousand elements without links, for other libraries.
@SuppressWarnings("serial")
public final class Events implements Serializable {
    ArrayList<Entry> q = new ArrayList<>();

    /// One element.
    public static final class Entry implements Serializable {
        int summary;
        int extendedLength;
        long when;
        byte[] log = new byte[16];
    }

    static Events filled() {
        Events events = new Events();
        for (EventQueue.Entry from : EventQueue.filled().q) {
            Entry entry = new Entry();
            entry.summary = from.summary;
            entry.extendedLength = from.extendedLength;
            entry.when = from.when;
            entry.log = from.log.clone();
            events.q.add(entry);
        }
        return events;
    }
}
