// SPDX-License-Identifier: Apache-2.0
package org.vmstate.devices.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/// Checks the direction of imports: `internal → devices → (arm | avr | nrf51 | spapr) → machine`,
/// and nothing but the exported packages of the core.
final class DevicesArchitectureTest {
    private static final String DEVICES = "org.vmstate.devices";
    private static final JavaClasses CLASSES =
            new ClassFileImporter()
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                    .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_JARS)
                    .importPackages(DEVICES);

    @Test
    void packagesDoNotImportEachOtherInCircles() {
        slices().matching("org.vmstate.(devices..)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void onlyMachinesImportFamilies() {
        noClasses()
                .that()
                .resideInAnyPackage(DEVICES, DEVICES + ".internal")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        DEVICES + ".arm..",
                        DEVICES + ".avr..",
                        DEVICES + ".nrf51..",
                        DEVICES + ".spapr..",
                        DEVICES + ".machine..")
                .check(CLASSES);
    }

    @Test
    void internalsOfTheCoreAreNotUsed() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.vmstate.internal..")
                .check(CLASSES);
    }
}
