// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// An element of a stream: the unit in which streams are read, changed and written.
///
/// Elements are immutable and do not contain their position in the stream; [StreamReader#origin()]
/// returns it. Two elements are equal if their components are equal; bodies are compared by
/// identity ([Body#contentEquals(Body)]).
public sealed interface StreamElement
        permits FileHeader,
                Configuration,
                Section,
                SectionFooter,
                Command,
                EndOfStream,
                Description {}
