// SPDX-License-Identifier: Apache-2.0

/// A program that opens streams; compressed ones only if the libraries are available.
module org.example.codecs {
    requires org.vmstate;
}
