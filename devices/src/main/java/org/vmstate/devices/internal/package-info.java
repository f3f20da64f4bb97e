// SPDX-License-Identifier: Apache-2.0
/// Declarations that several devices share.
@NullMarked
package org.vmstate.devices.internal;

import org.jspecify.annotations.NullMarked;
