// SPDX-License-Identifier: Apache-2.0
package org.vmstate.bench;

/// A serializer that repeatedly saves and loads one state.
interface Contender {
    /// Saves the state; returns the number of bytes.
    int save() throws Exception;

    /// Loads the saved bytes; returns the state.
    Object load() throws Exception;
}
