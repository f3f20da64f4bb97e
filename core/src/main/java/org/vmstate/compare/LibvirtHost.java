// SPDX-License-Identifier: Apache-2.0
package org.vmstate.compare;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.vmstate.wire.VMStateException;
import org.w3c.dom.Element;

/// What libvirt says a host can run: the output of `virsh domcapabilities`.
///
/// It is compared with the domain's XML in a save image: machine type, architecture, CPU model and
/// features, and the models of some devices. Requires the module `java.xml`, which a program on the
/// module path must ask for.
///
/// Immutable.
public final class LibvirtHost {
    private static final Set<String> NEEDED = Set.of("require", "force");

    private final Optional<String> architecture;
    private final Optional<String> machine;
    private final Map<String, Boolean> models;
    private final Map<String, Set<String>> blockers;
    private final Optional<String> hostModel;
    private final Map<String, String> hostFeatures;
    private final Map<String, Set<String>> devices;

    private LibvirtHost(Element root) {
        architecture = LibvirtXml.text(root, "arch");
        machine = LibvirtXml.text(root, "machine");
        Map<String, Boolean> usable = new LinkedHashMap<>();
        Map<String, Set<String>> missing = new HashMap<>();
        Map<String, String> features = new LinkedHashMap<>();
        Optional<String> model = Optional.empty();
        for (Element mode :
                LibvirtXml.child(root, "cpu")
                        .map(cpu -> LibvirtXml.children(cpu, "mode"))
                        .orElse(List.of())) {
            String name = mode.getAttribute("name");
            if (name.equals("custom")) {
                custom(mode, usable, missing);
            } else if (name.equals("host-model")) {
                model = LibvirtXml.text(mode, "model");
                features(mode, features);
            }
        }
        models = Map.copyOf(usable);
        blockers = Map.copyOf(missing);
        hostModel = model;
        hostFeatures = Map.copyOf(features);
        devices = deviceModels(root);
    }

    private static void custom(
            Element mode, Map<String, Boolean> usable, Map<String, Set<String>> missing) {
        for (Element model : LibvirtXml.children(mode, "model")) {
            usable.put(model.getTextContent().strip(), !model.getAttribute("usable").equals("no"));
        }
        for (Element blocked : LibvirtXml.children(mode, "blockers")) {
            Set<String> names = new TreeSet<>();
            LibvirtXml.children(blocked, "feature").forEach(f -> names.add(f.getAttribute("name")));
            missing.put(blocked.getAttribute("model"), names);
        }
    }

    private static void features(Element parent, Map<String, String> features) {
        for (Element feature : LibvirtXml.children(parent, "feature")) {
            features.put(feature.getAttribute("name"), feature.getAttribute("policy"));
        }
    }

    private static Map<String, Set<String>> deviceModels(Element root) {
        Map<String, Set<String>> models = new HashMap<>();
        Optional<Element> listed = LibvirtXml.child(root, "devices");
        for (DeviceKind kind : DeviceKind.values()) {
            listed.flatMap(d -> LibvirtXml.child(d, kind.element))
                    .ifPresent(
                            device -> {
                                for (Element values : LibvirtXml.children(device, "enum")) {
                                    if (values.getAttribute("name").equals(kind.values)) {
                                        models.put(
                                                kind.element,
                                                LibvirtXml.children(values, "value").stream()
                                                        .map(v -> v.getTextContent().strip())
                                                        .collect(Collectors.toSet()));
                                    }
                                }
                            });
        }
        return Map.copyOf(models);
    }

    /// A kind of device whose models a host lists.
    private enum DeviceKind {
        VIDEO("video", "modelType"),
        RNG("rng", "model"),
        TPM("tpm", "model");

        private final String element;
        private final String values;

        DeviceKind(String element, String values) {
            this.element = element;
            this.values = values;
        }

        /// The model in a domain's device.
        Optional<String> model(Element device) {
            return this == VIDEO
                    ? LibvirtXml.child(device, "model")
                            .flatMap(m -> LibvirtXml.attribute(m, "type"))
                    : LibvirtXml.attribute(device, "model");
        }
    }

    /// Parses the output of `virsh domcapabilities`.
    ///
    /// Throws `CorruptException` if it is something else.
    public static LibvirtHost parse(String domainCapabilities) throws VMStateException {
        return new LibvirtHost(LibvirtXml.parse(domainCapabilities, "domainCapabilities"));
    }

    /// Compares a domain with this host.
    void check(String domainXml, MigrationCheck.Reasons reasons) throws VMStateException {
        Element domain = LibvirtXml.parse(domainXml, "domain");
        type(domain, reasons);
        LibvirtXml.child(domain, "cpu").ifPresent(cpu -> cpu(cpu, reasons));
        LibvirtXml.child(domain, "devices").ifPresent(list -> devices(list, reasons));
    }

    private void type(Element domain, MigrationCheck.Reasons reasons) {
        Optional<Element> type =
                LibvirtXml.child(domain, "os").flatMap(os -> LibvirtXml.child(os, "type"));
        Optional<String> arch = type.flatMap(t -> LibvirtXml.attribute(t, "arch"));
        if (arch.isPresent() && architecture.isPresent() && !arch.equals(architecture)) {
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.MACHINE_TYPE,
                                    arch.get(),
                                    "the host's emulator runs " + architecture.get())
                            .words("unsupported configuration: emulator does not support arch"));
        }
        Optional<String> wanted = type.flatMap(t -> LibvirtXml.attribute(t, "machine"));
        if (wanted.isPresent() && machine.isPresent() && !wanted.equals(machine)) {
            reasons.add(
                    Reason.mayRefuse(
                                    Reason.Kind.MACHINE_TYPE,
                                    wanted.get(),
                                    "the capabilities are those for " + machine.get())
                            .remedy(
                                    "virsh domcapabilities --machine "
                                            + wanted.get()
                                            + " decides whether the host has this machine type."));
        }
    }

    private void cpu(Element cpu, MigrationCheck.Reasons reasons) {
        String mode = LibvirtXml.attribute(cpu, "mode").orElse("custom");
        if (mode.equals("host-passthrough") || mode.equals("maximum")) {
            reasons.add(
                    Reason.condition(
                                    Reason.Kind.CPU_MODEL,
                                    mode,
                                    "the guest uses all features of the source's processor")
                            .remedy(
                                    "The destination needs the same processor, microcode and"
                                            + " kernel."));
        }
        Optional<String> model = LibvirtXml.text(cpu, "model");
        if (mode.equals("custom") && model.isPresent()) {
            model(model.get(), reasons);
        }
        Map<String, String> wanted = new LinkedHashMap<>();
        features(cpu, wanted);
        Set<String> lacking = new TreeSet<>();
        Set<String> uncertain = new TreeSet<>();
        for (Map.Entry<String, String> feature : wanted.entrySet()) {
            if (!NEEDED.contains(feature.getValue())) {
                continue;
            }
            String offered = hostFeatures.get(feature.getKey());
            if ("disable".equals(offered) || blocked(feature.getKey())) {
                lacking.add(feature.getKey());
            } else if (offered == null && hostModel.isPresent()) {
                (model.equals(hostModel) ? lacking : uncertain).add(feature.getKey());
            }
        }
        if (!lacking.isEmpty()) {
            String names = String.join(",", lacking);
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.CPU_MODEL,
                                    "cpu",
                                    "the host lacks required features: " + names)
                            .words(
                                    "operation failed: guest CPU doesn't match specification:"
                                            + " missing features: "
                                            + names)
                            .remedy(
                                    "Give the guests of all hosts a CPU model that the weakest host"
                                            + " has, or edit the image's XML (virsh"
                                            + " save-image-edit) if the guest does without them."));
        }
        if (!uncertain.isEmpty()) {
            reasons.add(
                    Reason.mayRefuse(
                                    Reason.Kind.CPU_MODEL,
                                    "cpu",
                                    "the host does not list required features, unless they belong"
                                            + " to its model: "
                                            + String.join(",", uncertain))
                            .remedy("virsh hypervisor-cpu-compare on the host decides it."));
        }
    }

    private boolean blocked(String feature) {
        return blockers.values().stream().anyMatch(names -> names.contains(feature));
    }

    private void model(String model, MigrationCheck.Reasons reasons) {
        if (models.isEmpty()) {
            return;
        }
        Boolean usable = models.get(model);
        Set<String> missing = blockers.getOrDefault(model, Set.of());
        if (usable == null) {
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.CPU_MODEL,
                                    model,
                                    "the host's libvirt or QEMU does not know this CPU model")
                            .words("unsupported configuration: Unknown CPU model " + model)
                            .remedy("Update the host, or choose a model that all hosts know."));
        } else if (!usable) {
            String names = missing.isEmpty() ? "" : ": " + String.join(",", missing);
            reasons.add(
                    Reason.refuses(
                                    Reason.Kind.CPU_MODEL,
                                    model,
                                    "the host's processor lacks features of this CPU model" + names)
                            .words(
                                    "the CPU is incompatible with host CPU: Host CPU does not"
                                            + " provide required features"
                                            + names)
                            .remedy(
                                    "Use a host whose processor has the features, or a CPU model"
                                            + " that all hosts have."));
        }
    }

    private void devices(Element list, MigrationCheck.Reasons reasons) {
        for (DeviceKind kind : DeviceKind.values()) {
            Set<String> offered = devices.get(kind.element);
            if (offered == null) {
                continue;
            }
            for (Element device : LibvirtXml.children(list, kind.element)) {
                Optional<String> model = kind.model(device);
                if (model.isPresent() && !offered.contains(model.get())) {
                    reasons.add(
                            Reason.refuses(
                                            Reason.Kind.SECTION,
                                            kind.element + " " + model.get(),
                                            "the host's QEMU does not have this model")
                                    .words(
                                            "unsupported configuration: domain configuration does"
                                                    + " not support "
                                                    + kind.element
                                                    + " model '"
                                                    + model.get()
                                                    + "'")
                                    .remedy("Use a host whose QEMU is built with it."));
                }
            }
        }
        if (!LibvirtXml.children(list, "hostdev").isEmpty()) {
            reasons.add(
                    Reason.condition(
                            Reason.Kind.UNMIGRATABLE,
                            "hostdev",
                            "the guest has a device of the host, which the destination must have,"
                                    + " too"));
        }
    }
}
