// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A change to streams, element by element: each element becomes any number of others.
///
/// A transform may keep state while it works on a stream. It works on one stream at a time:
/// [#atStart()], [#apply] for each element, [#atEnd()]. `atStart` puts it back into its first
/// state, so one object can be used for any number of streams one after the other, also when the
/// stream before was not finished. [StreamWriter#write(StreamTransform, Source)] does the whole.
///
/// Transforms are not safe for use by several threads unless they say so.
@FunctionalInterface
public interface StreamTransform {
    /// Leaves everything as it is; safe for use by several threads.
    StreamTransform IDENTITY = List::of;

    /// Where elements come from, such as `reader::next`.
    @FunctionalInterface
    interface Source {
        /// The next element, or null at the end.
        @Nullable StreamElement next() throws IOException;
    }

    /// Begins a stream: forgets what was kept of the one before.
    ///
    /// @return what stands before the stream's first element, its header
    default List<StreamElement> atStart() throws IOException {
        return List.of();
    }

    /// What stands in the new stream in the place of `element`.
    List<StreamElement> apply(StreamElement element) throws IOException;

    /// Ends a stream.
    ///
    /// @return what stands behind the stream's last element
    default List<StreamElement> atEnd() throws IOException {
        return List.of();
    }

    /// This change, then `next` on its outcome.
    default StreamTransform then(StreamTransform next) {
        StreamTransform first = this;
        return new StreamTransform() {
            @Override
            public List<StreamElement> atStart() throws IOException {
                List<StreamElement> outcome = new ArrayList<>(next.atStart());
                outcome.addAll(applied(next, first.atStart()));
                return outcome;
            }

            @Override
            public List<StreamElement> apply(StreamElement element) throws IOException {
                return applied(next, first.apply(element));
            }

            @Override
            public List<StreamElement> atEnd() throws IOException {
                List<StreamElement> outcome = applied(next, first.atEnd());
                outcome.addAll(next.atEnd());
                return outcome;
            }
        };
    }

    /// The same change, applied to the elements inside packaged commands too.
    default StreamTransform inPackages() {
        StreamTransform inner = this;
        return new StreamTransform() {
            @Override
            public List<StreamElement> atStart() throws IOException {
                return inner.atStart();
            }

            @Override
            public List<StreamElement> apply(StreamElement element) throws IOException {
                return element instanceof Command.Packaged(List<StreamElement> elements)
                        ? inner.apply(new Command.Packaged(applied(inner, elements)))
                        : inner.apply(element);
            }

            @Override
            public List<StreamElement> atEnd() throws IOException {
                return inner.atEnd();
            }
        };
    }

    /// Leaves out elements of one kind, inside packaged commands too.
    static StreamTransform without(Class<? extends StreamElement> kind) {
        StreamTransform change = element -> kind.isInstance(element) ? List.of() : List.of(element);
        return change.inPackages();
    }

    /// Puts a footer behind every section, inside packaged commands too; for streams that have
    /// none.
    static StreamTransform withFooters() {
        StreamTransform change =
                element ->
                        element instanceof Section section
                                ? List.of(section, new SectionFooter(section.sectionId()))
                                : List.of(element);
        return change.inPackages();
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

    private static List<StreamElement> applied(
            StreamTransform transform, List<StreamElement> elements) throws IOException {
        List<StreamElement> outcome = new ArrayList<>();
        for (StreamElement element : elements) {
            outcome.addAll(transform.apply(element));
        }
        return outcome;
    }
}
