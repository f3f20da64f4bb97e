// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// The magic number and format version at the beginning of every stream: `QEVM`, 3.
public record FileHeader() implements StreamElement {}
