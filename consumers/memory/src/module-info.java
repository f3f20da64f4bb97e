// SPDX-License-Identifier: Apache-2.0

/// A program whose states are structures in native memory.
module org.example.memory {
    requires org.vmstate;
}
