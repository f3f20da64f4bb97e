// SPDX-License-Identifier: Apache-2.0

/// A library of base classes that does not depend on this project.
module org.example.chassis {
    exports org.example.chassis;
}
