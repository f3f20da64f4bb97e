// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.List;

/// A change to a stream, element by element: each element becomes any number of others.
@FunctionalInterface
public interface StreamTransform {
    /// Leaves everything as it is.
    StreamTransform IDENTITY = List::of;

    /// What stands in the new stream in the place of `element`.
    List<StreamElement> apply(StreamElement element) throws IOException;

    /// This change, then `next` on its outcome.
    default StreamTransform then(StreamTransform next) {
        return element -> {
            List<StreamElement> outcome = new java.util.ArrayList<>();
            for (StreamElement e : apply(element)) {
                outcome.addAll(next.apply(e));
            }
            return outcome;
        };
    }

    /// Leaves out elements of one kind, inside packaged commands too.
    static StreamTransform without(Class<? extends StreamElement> kind) {
        return inPackages(element -> kind.isInstance(element) ? List.of() : List.of(element));
    }

    /// Puts a footer behind every section, inside packaged commands too; for streams that have
    /// none.
    static StreamTransform withFooters() {
        return inPackages(
                element ->
                        element instanceof Section section
                                ? List.of(section, new SectionFooter(section.sectionId()))
                                : List.of(element));
    }

    /// Puts a configuration behind the header; for streams that have none.
    static StreamTransform withConfiguration(Configuration configuration) {
        return element ->
                element instanceof FileHeader ? List.of(element, configuration) : List.of(element);
    }

    /// Puts a description behind the end; for streams that have none.
    static StreamTransform withDescription(Description description) {
        return element ->
                element instanceof EndOfStream ? List.of(element, description) : List.of(element);
    }

    private static StreamTransform inPackages(StreamTransform inner) {
        return element -> {
            if (!(element instanceof Command.Packaged(List<StreamElement> elements))) {
                return inner.apply(element);
            }
            List<StreamElement> changed = new java.util.ArrayList<>();
            for (StreamElement e : elements) {
                changed.addAll(inner.apply(e));
            }
            return inner.apply(new Command.Packaged(changed));
        };
    }
}
