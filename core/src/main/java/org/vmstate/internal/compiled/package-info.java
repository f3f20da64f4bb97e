// SPDX-License-Identifier: Apache-2.0
/// What compiled code may name besides the exported packages: the seam back to the plan.
///
/// Compiled code lives in the module of the state's class. The codec exports this package, and
/// those of declarations and layouts, to just that module when it defines code there, as
/// `java.lang.reflect.Proxy` does with its packages.
@NullMarked
package org.vmstate.internal.compiled;

import org.jspecify.annotations.NullMarked;
