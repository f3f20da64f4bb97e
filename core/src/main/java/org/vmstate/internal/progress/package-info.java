// SPDX-License-Identifier: Apache-2.0
/// How long operations report their progress and are cancelled, in one place for all packages.
@NullMarked
package org.vmstate.internal.progress;

import org.jspecify.annotations.NullMarked;
