// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import picocli.CommandLine.IVersionProvider;

/// The version of the tool, which the build writes into the jar.
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Main.class.getPackage().getImplementationVersion();
        return new String[] {"vmstate " + (version == null ? "(unpackaged)" : version)};
    }
}
