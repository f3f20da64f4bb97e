// SPDX-License-Identifier: Apache-2.0
/// What `vmstate show` prints: a machine at a glance, a device or value in detail, both for people
/// and for programs.
@NullMarked
package org.vmstate.tool.show;

import org.jspecify.annotations.NullMarked;
