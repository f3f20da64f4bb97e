// SPDX-License-Identifier: Apache-2.0
package org.vmstate.stream;

/// A piece of a stream between header and end: the unit in which streams are read, changed and
/// written.
///
/// Elements do not change and do not know where they were read from; [StreamReader#origin()] says
/// that. Two elements are equal if they say the same and share their bodies, which compare by
/// identity ([Body#contentEquals(Body)]).
public sealed interface StreamElement
        permits FileHeader,
                Configuration,
                Section,
                SectionFooter,
                Command,
                EndOfStream,
                Description {}
