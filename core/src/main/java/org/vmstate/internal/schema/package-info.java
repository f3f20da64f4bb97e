// SPDX-License-Identifier: Apache-2.0
/// The schema of a description: its versions, fields, presence, nesting and subsections, without
/// any state, class or code.
///
/// ```
/// Java declaration  ── Declaration.schema() ──┐
/// -dump-vmstate     ── SchemaDump.parse     ──┼──▶ Schema ── SchemaDump.toByteArray ──▶ -dump-vmstate
/// a stream's own    ── Schema.of            ──┘
/// ```
///
/// The three sources know different things, and what one does not say is null: a dump has no wire
/// types and only sizes in memory, a stream says what was sent once and not under which condition,
/// a Java declaration has no size in C's memory. So schemas can be compared and printed, but bodies
/// are not decoded by them.
@NullMarked
package org.vmstate.internal.schema;

import org.jspecify.annotations.NullMarked;
