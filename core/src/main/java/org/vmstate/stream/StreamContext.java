// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.util.List;
import java.util.Optional;

/// The information from the elements before a section that its body depends on.
///
/// @param configuration the configuration section; empty for old streams
/// @param postcopyAdvice the source's announcement of postcopy, if there was one; block lists then
///   contain page sizes
public record StreamContext(
        Optional<Configuration> configuration, Optional<Command.PostcopyAdvise> postcopyAdvice) {
    /// The context at the beginning of a stream.
    public static final StreamContext EMPTY = new StreamContext(Optional.empty(), Optional.empty());

    /// The migration capabilities in the configuration section, such as `mapped-ram`.
    public List<String> capabilities() {
        return configuration.map(Configuration::capabilities).orElse(List.of());
    }

    StreamContext after(StreamElement element) {
        if (element instanceof Configuration c) {
            return new StreamContext(Optional.of(c), postcopyAdvice);
        }
        return element instanceof Command.PostcopyAdvise a
                ? new StreamContext(configuration, Optional.of(a))
                : this;
    }
}
