// SPDX-License-Identifier: Apache-2.0

/// A program that opens streams, compressed ones too if the libraries for that are there.
module org.example.codecs {
    requires org.vmstate;
}
