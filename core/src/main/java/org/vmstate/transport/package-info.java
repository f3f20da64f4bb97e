// SPDX-License-Identifier: Apache-2.0
/// The connections of a live migration: addresses in QEMU's syntax, sockets, files, commands.
///
/// [org.vmstate.transport.MigrationAddress] is an address; it connects to a destination, or listens
/// for a source. What is sent over a channel is in `org.vmstate.migration`.
@NullMarked
package org.vmstate.transport;

import org.jspecify.annotations.NullMarked;
