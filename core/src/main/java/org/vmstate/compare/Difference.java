// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.Optional;
import org.vmstate.inspect.Device;
import org.vmstate.state.StateNode;
import org.vmstate.state.StatePath;

/// One difference between the states of two machines, except their memory.
///
/// Immutable. Nodes and devices are views of the streams, so that they are valid only while the
/// sources of both streams are open.
public sealed interface Difference {
    /// The path of what differs: that in the first machine, or that in the second machine if the
    /// first one does not have it.
    StatePath path();

    /// The text of the path, which `vmstate show` accepts for the machine that has it.
    default String pathText() {
        return path().plain();
    }

    /// A device that only one machine has.
    record DeviceOnly(Side side, Device device) implements Difference {
        @Override
        public StatePath path() {
            return Paths.of(device);
        }
    }

    /// A field, an element of an array, queue or list, the value of an entry of a tree, or a
    /// subsection that only one machine has.
    record PartOnly(Side side, StateNode node) implements Difference {
        @Override
        public StatePath path() {
            return node.path();
        }

        @Override
        public String pathText() {
            return node.pathText();
        }
    }

    /// A value that differs. The two nodes can be of different kinds or sizes, if the devices are
    /// of different versions.
    record ValueChange(StateNode before, StateNode after) implements Difference {
        @Override
        public StatePath path() {
            return before.path();
        }

        @Override
        public String pathText() {
            return before.pathText();
        }
    }

    /// The bytes of a state that is not described, or that is sent in several sections, differ.
    ///
    /// @param length the number of bytes in the first machine
    /// @param lengthAfter the number of bytes in the second machine
    /// @param offset the offset of the first different byte, relative to the first byte of the
    ///   state; empty if it is unknown
    record BytesChange(
            Device before, Device after, long length, long lengthAfter, Optional<Long> offset)
            implements Difference {
        @Override
        public StatePath path() {
            return Paths.of(before);
        }
    }

    /// A property of the machine, of a section or of a value differs: a version, the machine type,
    /// a type of the description.
    ///
    /// @param property the name of the property, such as `version`
    /// @param before its value in the first machine, if it has the property
    /// @param after its value in the second machine, if it has the property
    /// @param form whether it concerns only the form in which the state was sent: section ids, the
    ///   order of sections, commands, names of types for the same bytes
    record PropertyChange(
            StatePath path,
            String property,
            Optional<String> before,
            Optional<String> after,
            boolean form)
            implements Difference {}
}
