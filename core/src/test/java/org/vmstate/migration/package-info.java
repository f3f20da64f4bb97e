// SPDX-License-Identifier: Apache-2.0
@NullMarked
package org.vmstate.migration;

import org.jspecify.annotations.NullMarked;
