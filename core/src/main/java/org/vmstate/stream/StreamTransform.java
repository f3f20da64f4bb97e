// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A change to streams, element by element: replaces each element by any number of elements.
///
/// A transform may have state. It processes one stream at a time: [#atStart()], [#apply] for each
/// element, [#atEnd()]. `atStart` resets the state, so that one object can process several streams
/// in turn, even if a stream was not finished. [StreamWriter#write(StreamTransform, Source)] calls
/// all three.
///
/// Transforms are not thread-safe unless documented otherwise.
@FunctionalInterface
public interface StreamTransform {
    /// The transform that changes nothing; thread-safe.
    StreamTransform IDENTITY = List::of;

    /// A source of elements, such as `reader::next`.
    @FunctionalInterface
    interface Source {
        /// Returns the next element, or null at the end.
        @Nullable StreamElement next() throws IOException;
    }

    /// Begins a stream: resets the state.
    ///
    /// @return the elements to write before the stream's first element, its header
    default List<StreamElement> atStart() throws IOException {
        return List.of();
    }

    /// Returns the elements that replace `element`.
    List<StreamElement> apply(StreamElement element) throws IOException;

    /// Ends a stream.
    ///
    /// @return the elements to write after the stream's last element
    default List<StreamElement> atEnd() throws IOException {
        return List.of();
    }

    /// Returns a transform that applies this transform and then `next` to its result.
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

    /// Returns a transform that also applies this one to the elements in packaged commands.
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

    /// Returns a transform that removes elements of one kind, also in packaged commands.
    static StreamTransform without(Class<? extends StreamElement> kind) {
        StreamTransform change = element -> kind.isInstance(element) ? List.of() : List.of(element);
        return change.inPackages();
    }

    /// Returns a transform that adds a footer after every section, also in packaged commands; for
    /// streams without footers.
    static StreamTransform withFooters() {
        StreamTransform change =
                element ->
                        element instanceof Section section
                                ? List.of(section, new SectionFooter(section.sectionId()))
                                : List.of(element);
        return change.inPackages();
    }

    /// Returns a transform that adds a configuration after the header; for streams without one.
    static StreamTransform withConfiguration(Configuration configuration) {
        return element ->
                element instanceof FileHeader ? List.of(element, configuration) : List.of(element);
    }

    /// Returns a transform that adds a description after the end; for streams without one.
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
