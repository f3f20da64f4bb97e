// SPDX-License-Identifier: Apache-2.0

/// The command line of VMState for Java.
module org.vmstate.tool {
    requires static org.jspecify;
    requires org.vmstate;
    requires info.picocli;
    requires java.net.http;
    requires java.xml; // for the checks against libvirt
    requires jdk.jfr;
    requires tools.jackson.core;
    requires org.apache.commons.compress;
    requires org.tukaani.xz;
    requires com.github.luben.zstd_jni;

    opens org.vmstate.tool to
            info.picocli;
}
