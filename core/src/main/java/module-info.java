// SPDX-License-Identifier: Apache-2.0

/// QEMU's migration-stream framework on the JVM, wire-exact.
///
/// Data flows one way, and so do the imports: `wire → stream → (ram | state | org.vmstate) →
/// inspect / compare`.
@SuppressWarnings("module") // the tool is compiled later, and may be absent
module org.vmstate {
    // not transitive: otherwise javac requires it to compile any consumer
    requires static org.jspecify;
    requires static org.tukaani.xz;
    requires static com.github.luben.zstd_jni;
    requires transitive jdk.jfr;
    requires static java.xml;

    exports org.vmstate;
    exports org.vmstate.compare;
    exports org.vmstate.trace;
    exports org.vmstate.container;
    exports org.vmstate.dump;
    exports org.vmstate.handler;
    exports org.vmstate.queue;
    exports org.vmstate.ram;
    exports org.vmstate.savevm;
    exports org.vmstate.inspect;
    exports org.vmstate.migration;
    exports org.vmstate.state;
    exports org.vmstate.stream;
    exports org.vmstate.transport;
    exports org.vmstate.vmdesc;
    exports org.vmstate.wire;

    // Shared with the tool; not part of the API.
    exports org.vmstate.internal.file to
            org.vmstate.tool;
}
