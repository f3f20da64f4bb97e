// SPDX-License-Identifier: Apache-2.0
@NullMarked
package org.vmstate.example;

import org.jspecify.annotations.NullMarked;
