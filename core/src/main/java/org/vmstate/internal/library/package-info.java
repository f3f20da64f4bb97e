// SPDX-License-Identifier: Apache-2.0
/// Optional dependencies.
@NullMarked
package org.vmstate.internal.library;

import org.jspecify.annotations.NullMarked;
