// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool.report;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The content of a report on a stream: an overview, the state of all devices, the bytes of their
/// sections, and a map of the memory; with another stream, the differences from it.
///
/// Immutable. It has copies of everything and stays valid when the streams are closed. Its size is
/// limited, so that its page is smaller than 20 MB: [ReportNode#folded()] and [Bytes#length()] show
/// what is left out.
///
/// @param name the name of the stream
/// @param other the name of the stream that it is compared with
/// @param facts the overview
/// @param devices the devices in the order of the stream, then those that only the other stream has
/// @param bytes the sections of devices, and the requested ranges of memory
/// @param memory the map of the memory; empty if the stream has no blocks of RAM
/// @param findings the number of contradictions between the stream and its description
public record Report(
        String name,
        Optional<String> other,
        List<Fact> facts,
        List<ReportNode> devices,
        List<Bytes> bytes,
        Optional<ReportMemory> memory,
        long findings) {
    /// Copies the lists.
    public Report {
        facts = List.copyOf(facts);
        devices = List.copyOf(devices);
        bytes = List.copyOf(bytes);
    }

    /// A line of the overview.
    public record Fact(Kind kind, String name, String value) {
        /// The purposes of facts.
        public enum Kind {
            /// A property of the machine or the stream.
            PROPERTY,
            /// A defect of the stream.
            DEFECT,
            /// A difference from the other stream that belongs to no device.
            DIFFERENCE
        }
    }

    /// A range of bytes.
    ///
    /// @param name the name of the section or of the block of RAM
    /// @param offset the absolute offset in the stream, or that in the block of RAM
    /// @param length the number of bytes, of which `content` has the first ones
    /// @param memory whether it is guest memory
    @SuppressWarnings("ArrayRecordComponent") // compared by content
    public record Bytes(String name, long offset, long length, boolean memory, byte[] content) {
        /// Compares the content, too.
        @Override
        public boolean equals(Object other) {
            return other instanceof Bytes b
                    && name.equals(b.name)
                    && offset == b.offset
                    && length == b.length
                    && memory == b.memory
                    && Arrays.equals(content, b.content);
        }

        @Override
        public int hashCode() {
            return name.hashCode() + Long.hashCode(offset) + Arrays.hashCode(content);
        }

        @Override
        public String toString() {
            return name + " at " + offset + ", " + length + " bytes";
        }
    }
}
