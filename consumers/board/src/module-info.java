// SPDX-License-Identifier: Apache-2.0

/// An emulated board: five devices in two packages, of which `internal` is neither exported nor
/// opened.
module org.example.board {
    requires transitive org.vmstate; // the exported package names its types
    requires org.example.chassis;

    exports org.example.board;
}
