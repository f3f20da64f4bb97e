// SPDX-License-Identifier: Apache-2.0
/// A small complete computer whose state is saved, loaded and rewound: a model for emulators that
/// use this library.
///
/// Read [org.vmstate.example.Timer] first, which is the simplest device, then
/// [org.vmstate.example.DmaEngine], whose requests wait in a queue, then
/// [org.vmstate.example.Board], which makes a machine of the devices.
/// [org.vmstate.example.FirstRelease] contains the declarations as they were before the devices
/// grew. The guides `docs/guide/build-a-machine.md` and `docs/guide/evolve-a-machine.md` explain
/// both.
@NullMarked
package org.vmstate.example;

import org.jspecify.annotations.NullMarked;
