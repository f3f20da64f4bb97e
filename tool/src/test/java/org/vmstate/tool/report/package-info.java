// SPDX-License-Identifier: Apache-2.0

/// Tests of the page of `vmstate report` in a browser.
@NullMarked
package org.vmstate.tool.report;

import org.jspecify.annotations.NullMarked;
