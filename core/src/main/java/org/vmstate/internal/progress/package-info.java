// SPDX-License-Identifier: Apache-2.0
/// Progress reports and cancellation of long operations, shared by all packages.
@NullMarked
package org.vmstate.internal.progress;

import org.jspecify.annotations.NullMarked;
