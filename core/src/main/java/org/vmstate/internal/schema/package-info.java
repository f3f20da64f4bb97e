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
/// Each of the three sources lacks some properties, which are then null: a dump has no wire types
/// and only sizes in memory, a stream contains what was sent once but not the conditions, a Java
/// declaration has no sizes in C memory. Schemas are therefore used to compare and print
/// descriptions, not to decode bodies.
@NullMarked
package org.vmstate.internal.schema;

import org.jspecify.annotations.NullMarked;
