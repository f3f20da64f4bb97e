// SPDX-License-Identifier: Apache-2.0
/// The content of sections: decodes a body by its description into a tree of values, and encodes
/// it.
///
/// [org.vmstate.state.SectionDecoder] decodes a body by its [org.vmstate.vmdesc.DeviceDescription]
/// into a tree of [org.vmstate.state.StateNode]s; [org.vmstate.state.StateEncoder] encodes the
/// values of a tree to the same bytes; [org.vmstate.state.StatePath] is the path of a value and
/// finds its node; [org.vmstate.state.StatePattern] finds all nodes whose paths match wildcards.
/// [org.vmstate.state.SectionEditor] changes a body together with its description.
///
/// ```
/// body       := field* subsection*
/// subsection := 0x05  str8 name  u32 version  body
/// qtailq     := (0x01 body)* 0x00                          qlist the same
/// gtree      := u32 n  (0x01 key body)[n]  0x00            key := body | u64
/// pointers   := (element | 0x30)*                          0x30 is a null pointer
///             | (0x31 element | 0x30)*                     where loading allocates the elements
/// capability := str8
/// ```
///
/// Paths and patterns:
///
/// ```
/// path    := section step*
/// section := name [ # instance ]
/// step    := . name  |  / name  |  [ index ]  |  [ index ].key  |  [ index ].value
/// name    := characters  |  " characters "                 quotes where the characters need them
/// pattern := path, in which * is any characters of one step, [*] any index, ** any steps
/// ```
///
/// A description can contradict the bytes (QEMU before 10.0 misdescribed arrays of pointers). This
/// does not cause an exception, but a [org.vmstate.state.Finding]; the tree contains what was
/// decoded before it.
@NullMarked
package org.vmstate.state;

import org.jspecify.annotations.NullMarked;
