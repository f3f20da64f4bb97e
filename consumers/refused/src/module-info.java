// SPDX-License-Identifier: Apache-2.0

/// A program with a declaration that cannot be bound.
module org.example.refused {
    requires org.vmstate;
    requires org.example.chassis;
}
