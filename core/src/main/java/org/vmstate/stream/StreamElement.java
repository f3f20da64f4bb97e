// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// One of the things that stand in a stream one after the other.
public sealed interface StreamElement
        permits FileHeader,
                Configuration,
                Section,
                SectionFooter,
                Command,
                EndOfStream,
                Description {
    /// The absolute offset of the element's first byte in the stream it was read from; of no
    /// meaning for one made anew.
    long offset();
}
