// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/// The option that gives a multifd migration's further channels.
final class ChannelOption {
    @Option(
            names = "--channel",
            paramLabel = "FILE",
            description = "A further channel of a multifd stream; give all of them, in any order.")
    private List<Path> channels = List.of();

    List<Path> files() {
        return channels;
    }
}
