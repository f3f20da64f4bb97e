// SPDX-License-Identifier: Apache-2.0

/// Files that the machine may let down: output files that appear whole or not at all, temporary
/// files, and input files that are mapped.
@NullMarked
package org.vmstate.internal.file;

import org.jspecify.annotations.NullMarked;
