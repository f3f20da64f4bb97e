// SPDX-License-Identifier: Apache-2.0
@NullMarked
package org.vmstate.savevm;

import org.jspecify.annotations.NullMarked;
