// SPDX-License-Identifier: Apache-2.0
package org.vmstate.tool;

import org.vmstate.internal.file.OutputFile;

/// The shutdown hook that removes the output files that an interrupted command did not complete.
final class UnfinishedFiles extends Thread {
    @Override
    public void run() {
        OutputFile.removeUnfinished();
    }
}
