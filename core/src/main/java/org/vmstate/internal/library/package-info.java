// SPDX-License-Identifier: Apache-2.0
/// Libraries of others that this one runs without until something needs them.
@NullMarked
package org.vmstate.internal.library;

import org.jspecify.annotations.NullMarked;
