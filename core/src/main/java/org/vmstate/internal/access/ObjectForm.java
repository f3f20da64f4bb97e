// SPDX-License-Identifier: Apache-2.0
package org.vmstate.internal.access;

import java.lang.invoke.MethodHandles;

/// The form of states that are objects of a class, whose members `lookup` can access.
public record ObjectForm(Class<?> type, MethodHandles.Lookup lookup) implements StateForm {}
