// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

/// Someone who saves and loads one state, over and over.
interface Contender {
    /// Saves it; returns the number of bytes.
    int save() throws Exception;

    /// Loads what was saved; returns the state.
    Object load() throws Exception;
}
