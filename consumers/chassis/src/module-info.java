// SPDX-License-Identifier: Apache-2.0

/// A library of base classes, which knows nothing of this project.
module org.example.chassis {
    exports org.example.chassis;
}
