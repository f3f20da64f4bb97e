// SPDX-License-Identifier: Apache-2.0
package org.vmstate.state;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A structure: fields, then subsections. Also a whole section, an element of a queue, a versioned
/// structure, and a temporary.
///
/// QEMU: the body that one `VMStateDescription` describes.
public sealed class StructNode extends StateNode permits SubsectionNode {
    private final String vmsdName;
    private final int version;
    private final Growing<StateNode> fields = new Growing<>();
    private final Growing<SubsectionNode> subsections = new Growing<>();
    private long length;
    private @Nullable Boolean plainNames;

    StructNode(NodePlace place, String vmsdName, int version) {
        super(place);
        this.vmsdName = vmsdName;
        this.version = version;
    }

    /// The name of its description, empty if the stream does not contain one.
    public final String vmsdName() {
        return vmsdName;
    }

    /// The version of its fields.
    public final int version() {
        return version;
    }

    /// The fields in the order of the wire; an array is one field.
    public final List<StateNode> fields() {
        return fields.view();
    }

    /// The subsections in the order of the wire.
    public final List<SubsectionNode> subsections() {
        return subsections.view();
    }

    @Override
    public final List<StateNode> children() {
        if (subsections().isEmpty()) {
            return fields();
        }
        List<StateNode> children = new ArrayList<>(fields());
        children.addAll(subsections());
        return children;
    }

    @Override
    public final long length() {
        return length;
    }

    /// Whether this section has [PlainNames]. Two threads may both compute it, which is harmless.
    final boolean hasPlainNames() {
        Boolean known = plainNames;
        if (known == null) {
            known = PlainNames.in(this);
            plainNames = known;
        }
        return known;
    }

    final void add(StateNode field) {
        fields.add(field);
    }

    final void add(SubsectionNode subsection) {
        subsections.add(subsection);
    }

    final void endAt(long offset) {
        length = offset - offset();
    }
}
