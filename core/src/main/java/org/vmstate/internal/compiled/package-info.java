// SPDX-License-Identifier: Apache-2.0
/// The types that compiled code uses in addition to the exported packages, to call the plan.
///
/// Compiled code is defined in the module of the state's class. When the codec defines code in a
/// module, it exports this package and those of declarations and layouts to that module only, as
/// `java.lang.reflect.Proxy` does with its packages.
@NullMarked
package org.vmstate.internal.compiled;

import org.jspecify.annotations.NullMarked;
