// SPDX-License-Identifier: Apache-2.0

/// The report of a stream as records, and as one HTML page; see `docs/design/0023-report.md`.
@NullMarked
package org.vmstate.tool.report;

import org.jspecify.annotations.NullMarked;
