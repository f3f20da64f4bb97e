// SPDX-License-Identifier: Apache-2.0
package org.vmstate.migration;

import org.vmstate.ram.PresentPages;

/// An emulator that can run while pages of its memory are missing.
///
/// ```java
/// PresentPages.Pages pages = present.pages(block);  // in begin
/// pages.require(offset, Integer.BYTES);             // before each access, until end
/// segment.get(JAVA_INT, offset);
/// ```
///
/// Called by threads of the [MigrationDestination].
public interface PagesOnDemand {
    /// From now on pages are missing: everything that uses the memory requires them before. Called
    /// before the devices are loaded.
    void begin(PresentPages pages);

    /// All pages have arrived.
    void end();
}
