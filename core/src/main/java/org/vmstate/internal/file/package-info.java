// SPDX-License-Identifier: Apache-2.0

/// Access to files that handles faults of the machine: output files that are created only when
/// complete, temporary files, and mapped input files.
@NullMarked
package org.vmstate.internal.file;

import org.jspecify.annotations.NullMarked;
