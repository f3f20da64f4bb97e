// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

import java.util.List;
import java.util.Optional;

/// What the elements before a section said that its body depends on.
///
/// @param configuration the configuration section, absent in old streams
/// @param postcopyAdvice what the source announced if a change to postcopy was prepared; then block
///   lists carry page sizes
public record StreamContext(
        Optional<Configuration> configuration, Optional<Command.PostcopyAdvise> postcopyAdvice) {
    /// The context at the beginning of a stream.
    public static final StreamContext EMPTY = new StreamContext(Optional.empty(), Optional.empty());

    /// The migration capabilities that the configuration section names, such as `mapped-ram`.
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
