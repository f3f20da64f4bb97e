// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

/// Types that the stream's description does not take apart but whose format is known.
final class DeviceTypes {
    private DeviceTypes() {}

    /// The value of any type that is not known to the description's own language.
    static StateNode make(Place place, long size) {
        return new BytesNode(place, size, BytesNode.Kind.OPAQUE);
    }
}
